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
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.SynchronizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Type;
import java.util.HashSet;
import java.util.Set;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** Calls that may block, in code that its worker waits for. */
@BugPattern(
    summary = "Code that must not block, in with, update or a destructor, makes a call that may.",
    severity = WARNING,
    linkType = NONE)
public final class BlockingInsideWith extends BugChecker implements MethodInvocationTreeMatcher {

  private static final long serialVersionUID = 1;

  /** Where the code is. */
  private enum Place {
    PINNED(
        "the function of with and update runs pinned: its worker stands still meanwhile, and other"
            + " tasks with it. Do this before or after, or take a lease(), which may be held while"
            + " a task waits."),
    DESTRUCTOR(
        "a destructor is waited for by the close of its runtime, and by the values made before its"
            + " own: they are destroyed late, or not before the deadline. Do this where the runtime"
            + " still runs, as in its last task.");

    final String danger;

    Place(String danger) {
      this.danger = danger;
    }

    /** To wait for its file or socket may be all that a destructor is for. */
    boolean minds(BlockingCalls.For what) {
      return this == PINNED || what == BlockingCalls.For.OTHERS;
    }
  }

  @Override
  public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
    ExpressionTree destructor = Destructors.argument(tree, state);
    if (destructor != null) {
      look(destructor, Place.DESTRUCTOR, state);
    } else if (tree.getArguments().size() == 1 && HoldfastApi.WITH.matches(tree, state)) {
      look(tree.getArguments().getFirst(), Place.PINNED, state);
    }
    return NO_MATCH;
  }

  private void look(ExpressionTree function, Place place, VisitorState state) {
    Body body = Body.of(function, state);
    if (body != null) {
      new Calls(body.path().getLeaf(), place, true, state).scan(body.path(), null);
    } else if (place == Place.PINNED
        && ASTHelpers.stripParentheses(function) instanceof MemberReferenceTree reference
        && BlockingCalls.waitsFor(
                ASTHelpers.getSymbol(reference), ASTHelpers.getReceiverType(reference), state)
            != null) {
      report(function, name(ASTHelpers.getSymbol(reference)), place, state);
    }
  }

  private void report(Tree where, String what, Place place, VisitorState state) {
    state.reportMatch(
        buildDescription(where).setMessage(what + " may block, and " + place.danger).build());
  }

  private static String name(MethodSymbol method) {
    return method.owner.getSimpleName() + "." + method.getSimpleName() + "()";
  }

  /** Looks for calls that block; in the code itself, and in methods of the same file. */
  private final class Calls extends SuppressibleTreePathScanner<@Nullable Void, @Nullable Void> {

    private final Tree whole;
    private final Place place;
    private final boolean reports;
    // The value and what the code declares itself: nobody else contends for their locks, and it is
    // for the destructor to wait for the end of its value.
    private final Set<Symbol> own = new HashSet<>();

    @Nullable String found;

    Calls(Tree whole, Place place, boolean reports, VisitorState state) {
      super(state);
      this.whole = whole;
      this.place = place;
      this.reports = reports;
    }

    private void blocks(Tree where, String what) {
      found = what;
      if (reports) {
        report(where, what, place, state);
      }
    }

    @Override
    public @Nullable Void visitVariable(VariableTree tree, @Nullable Void unused) {
      own.add(ASTHelpers.getSymbol(tree));
      return super.visitVariable(tree, null);
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
      MethodSymbol method = ASTHelpers.getSymbol(call);
      ExpressionTree receiver = ASTHelpers.getReceiver(call);
      Type type = receiver == null ? null : ASTHelpers.getType(receiver);
      BlockingCalls.For what = BlockingCalls.waitsFor(method, type, state);
      boolean ofTheValue = own.contains(Region.root(receiver));
      if (what != null && place.minds(what)) {
        if (!ofTheValue || (place == Place.PINNED && !isLock(method))) {
          blocks(call, name(method));
        }
      } else if (reports && isOfNoOther(method)) {
        String inside = blocksWithin(method);
        if (inside != null) {
          blocks(call, inside + ", which " + method.getSimpleName() + "() calls,");
        }
      }
      return super.visitMethodInvocation(call, null);
    }

    private boolean isLock(MethodSymbol method) {
      return method.owner.getQualifiedName().toString().startsWith("java.util.concurrent.locks.");
    }

    /** Whether the method is what it seems: no subclass has another in its place. */
    private boolean isOfNoOther(MethodSymbol method) {
      Set<Modifier> modifiers = method.getModifiers();
      return modifiers.contains(Modifier.PRIVATE)
          || modifiers.contains(Modifier.STATIC)
          || modifiers.contains(Modifier.FINAL)
          || method.owner.getModifiers().contains(Modifier.FINAL);
    }

    private @Nullable String blocksWithin(MethodSymbol method) {
      Body body = Body.ofMethod(method, state);
      if (body == null) {
        return null;
      }
      Calls inner = new Calls(body.path().getLeaf(), place, false, state);
      inner.scan(body.path(), null);
      return inner.found;
    }

    @Override
    public @Nullable Void visitSynchronized(SynchronizedTree tree, @Nullable Void unused) {
      if (!own.contains(Region.root(tree.getExpression()))) {
        blocks(tree, "synchronized");
      }
      return super.visitSynchronized(tree, null);
    }

    // A function that is made here runs here only if it is given to what runs it at once.
    @Override
    public @Nullable Void visitLambdaExpression(LambdaExpressionTree tree, @Nullable Void unused) {
      Tree parent = getCurrentPath().getParentPath().getLeaf();
      return tree == whole || (parent instanceof MethodInvocationTree call && runsAtOnce(call))
          ? super.visitLambdaExpression(tree, null)
          : null;
    }

    private boolean runsAtOnce(MethodInvocationTree call) {
      String owner = ASTHelpers.getSymbol(call).owner.getQualifiedName().toString();
      return (owner.matches("java\\.util\\.(stream\\.)?[A-Z].*")
              || owner.equals("java.lang.Iterable"))
          && !Region.PUT.matches(call, state);
    }

    @Override
    public @Nullable Void visitClass(ClassTree tree, @Nullable Void unused) {
      return null;
    }
  }
}
