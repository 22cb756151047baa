// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.BugPattern.LinkType.NONE;
import static com.google.errorprone.BugPattern.SeverityLevel.ERROR;
import static com.google.errorprone.matchers.Description.NO_MATCH;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.matchers.Matcher;
import com.google.errorprone.matchers.Matchers;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.VariableTree;
import com.sun.tools.javac.code.Symbol;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Work that a destructor of a {@code WorkerLocal} hands to a runtime. */
@BugPattern(
    summary =
        "The destructor of a WorkerLocal hands work to a runtime. A runtime destroys its values"
            + " after its last task and takes no more then: this call throws, and the value is not"
            + " cleaned up to its end. Do the work in the destructor itself, or hand it to an"
            + " executor that outlives the runtime.",
    severity = ERROR,
    linkType = NONE)
public final class SpawnInDestructor extends BugChecker implements MethodInvocationTreeMatcher {

  private static final long serialVersionUID = 1;

  private static final Matcher<ExpressionTree> HANDS_WORK_OVER =
      Matchers.anyOf(HoldfastApi.SPAWN, HoldfastApi.RUN, HoldfastApi.THREAD_FACTORY);

  @Override
  public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
    Body destructor = Destructors.given(tree, state);
    if (destructor != null) {
      new Calls(state).scan(destructor.path(), null);
    }
    return NO_MATCH;
  }

  /** Reports what the code of a destructor hands over. */
  private final class Calls extends SuppressibleTreePathScanner<@Nullable Void, @Nullable Void> {

    // A runtime that is the value, or was made from it or by the destructor, is another runtime.
    private final Set<Symbol> own = new HashSet<>();

    Calls(VisitorState state) {
      super(state);
    }

    @Override
    public @Nullable Void visitVariable(VariableTree tree, @Nullable Void unused) {
      own.add(ASTHelpers.getSymbol(tree));
      return super.visitVariable(tree, null);
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
      if (HANDS_WORK_OVER.matches(call, state) && !own.contains(root(call))) {
        state.reportMatch(describeMatch(call));
      }
      return super.visitMethodInvocation(call, null);
    }

    // What a class of its own does, it does not do here.
    @Override
    public @Nullable Void visitClass(ClassTree tree, @Nullable Void unused) {
      return null;
    }

    private @Nullable Symbol root(MethodInvocationTree call) {
      ExpressionTree root = ASTHelpers.getRootAssignable(call);
      while (root instanceof MemberSelectTree select) {
        root = select.getExpression();
      }
      return ASTHelpers.getSymbol(root);
    }
  }
}
