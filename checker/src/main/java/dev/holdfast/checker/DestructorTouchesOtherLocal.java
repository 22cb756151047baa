// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.BugPattern.LinkType.NONE;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.matchers.Description.NO_MATCH;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Destructors that ask for values which may be gone by then, or cannot be had there. */
@BugPattern(
    summary = "A destructor asks for a local whose value may be destroyed before its own.",
    severity = WARNING,
    linkType = NONE)
public final class DestructorTouchesOtherLocal extends BugChecker
    implements MethodInvocationTreeMatcher {

  private static final long serialVersionUID = 1;

  @Override
  public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
    Body destructor = Destructors.given(tree, state);
    if (destructor != null) {
      new Uses(local(state.getPath()), initial(tree, state), state).scan(destructor.path(), null);
    }
    return NO_MATCH;
  }

  /** Returns the variable that the local is put into, or null if it is not known. */
  private static @Nullable Symbol local(TreePath call) {
    for (TreePath path = call.getParentPath(); path != null; path = path.getParentPath()) {
      switch (path.getLeaf()) {
        case MemberSelectTree _, MethodInvocationTree _, ParenthesizedTree _ -> {}
        case VariableTree variable -> {
          return ASTHelpers.getSymbol(variable);
        }
        case AssignmentTree assignment -> {
          return ASTHelpers.getSymbol(assignment.getVariable());
        }
        default -> {
          return null;
        }
      }
    }
    return null;
  }

  /** Returns the initialiser that is given together with the destructor. */
  private static @Nullable ExpressionTree initial(MethodInvocationTree call, VisitorState state) {
    ExpressionTree of = call;
    while (HoldfastApi.isBuilderCall(of, state)) {
      of = ASTHelpers.getReceiver(of);
    }
    return of instanceof MethodInvocationTree first && !first.getArguments().isEmpty()
        ? first.getArguments().getFirst()
        : null;
  }

  /** Reports the locals that the code of a destructor asks for. */
  private final class Uses extends SuppressibleTreePathScanner<@Nullable Void, @Nullable Void> {

    private final @Nullable Symbol local;
    private final @Nullable ExpressionTree initial;

    // Values of the value's own, and locals that the destructor makes.
    private final Set<Symbol> own = new HashSet<>();

    Uses(@Nullable Symbol local, @Nullable ExpressionTree initial, VisitorState state) {
      super(state);
      this.local = local;
      this.initial = initial;
    }

    @Override
    public @Nullable Void visitVariable(VariableTree tree, @Nullable Void unused) {
      own.add(ASTHelpers.getSymbol(tree));
      return super.visitVariable(tree, null);
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
      check(call);
      return super.visitMethodInvocation(call, null);
    }

    @Override
    public @Nullable Void visitMemberReference(
        MemberReferenceTree reference, @Nullable Void unused) {
      check(reference);
      return super.visitMemberReference(reference, null);
    }

    private void check(ExpressionTree use) {
      if (HoldfastApi.LEASE_TAKEN.matches(use, state)
          || HoldfastApi.GUARD_TAKEN.matches(use, state)
          || HoldfastApi.SCOPE_OPENED.matches(use, state)) {
        report(
            use,
            "A destructor takes a lease, a guard or a scope. These belong to tasks, and a"
                + " destructor runs in none: this throws, and the rest of the destructor does not"
                + " run. Use with() of a local that was used by this one's initialiser, or make"
                + " what is needed.");
        return;
      }
      if (!HoldfastApi.WITH.matches(use, state)
          && !HoldfastApi.REF.matches(use, state)
          && !HoldfastApi.ON_OWNER.matches(use, state)) {
        return;
      }
      Symbol other = ASTHelpers.getSymbol(ASTHelpers.getReceiver(use));
      if (other == null || own.contains(Region.root(ASTHelpers.getReceiver(use)))) {
        return;
      }
      if (other == local) {
        report(
            use,
            "The destructor of "
                + other.getSimpleName()
                + " asks it for the value that is being destroyed. This throws, and the rest of the"
                + " destructor does not run. The value is the destructor's argument.");
      } else if (!isUsedByTheInitialiser(other)) {
        report(
            use,
            "A destructor asks for the value of "
                + other.getSimpleName()
                + ", which may be destroyed by then: values are destroyed last made first, and a"
                + " worker makes each on its first use. This throws then, and the rest of the"
                + " destructor does not run. Let the initialiser use "
                + other.getSimpleName()
                + ", which makes it the older one, or keep what is needed in the value.");
      }
    }

    private void report(Tree where, String message) {
      state.reportMatch(buildDescription(where).setMessage(message).build());
    }

    /** Whether the other's value is there before this one's, and so is destroyed after it. */
    private boolean isUsedByTheInitialiser(Symbol other) {
      if (initial == null) {
        // Not shown: it may.
        return true;
      }
      Mentions mentions = new Mentions(other, state);
      mentions.scan(initial, null);
      return mentions.found;
    }
  }

  /** Whether code mentions a variable: itself, or by what it calls in the same file. */
  private static final class Mentions extends TreeScanner<@Nullable Void, @Nullable Void> {

    private final Symbol variable;
    private final VisitorState state;
    private final Set<Symbol> seen = new HashSet<>();
    private boolean found;

    Mentions(Symbol variable, VisitorState state) {
      this.variable = variable;
      this.state = state;
    }

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree name, @Nullable Void unused) {
      found |= ASTHelpers.getSymbol(name) == variable;
      return null;
    }

    @Override
    public @Nullable Void visitMemberSelect(MemberSelectTree select, @Nullable Void unused) {
      found |= ASTHelpers.getSymbol(select) == variable;
      return super.visitMemberSelect(select, null);
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
      enter(ASTHelpers.getSymbol(call));
      return super.visitMethodInvocation(call, null);
    }

    @Override
    public @Nullable Void visitNewClass(NewClassTree made, @Nullable Void unused) {
      enter(ASTHelpers.getSymbol(made));
      return super.visitNewClass(made, null);
    }

    @Override
    public @Nullable Void visitMemberReference(
        MemberReferenceTree reference, @Nullable Void unused) {
      enter(ASTHelpers.getSymbol(reference));
      return super.visitMemberReference(reference, null);
    }

    // All of a class that is made: its fields have initialisers.
    private void enter(MethodSymbol method) {
      if (found || !seen.add(method)) {
        return;
      }
      Body body = Body.ofMethod(method, state);
      if (body != null) {
        scan(
            method.isConstructor()
                ? ASTHelpers.findEnclosingNode(body.path(), ClassTree.class)
                : body.path().getLeaf(),
            null);
      }
    }
  }
}
