// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.BugPattern.LinkType.NONE;
import static com.google.errorprone.BugPattern.SeverityLevel.ERROR;
import static com.google.errorprone.matchers.Description.NO_MATCH;
import static com.google.errorprone.matchers.Matchers.instanceMethod;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.bugpatterns.BugChecker.NewClassTreeMatcher;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.matchers.Matcher;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@code TaskConfined} that is used in the body of another task, or on another thread. */
@BugPattern(
    summary =
        "A TaskConfined is used in the body of another task. Only the task that made it may touch it: the call throws."
            + " Pass a copy or a message to the other task, or share a thread-safe object instead.",
    severity = ERROR,
    linkType = NONE)
public final class TaskConfinedShared extends BugChecker
    implements MethodInvocationTreeMatcher, NewClassTreeMatcher {

  private static final long serialVersionUID = 1;

  private static final Matcher<ExpressionTree> USE =
      instanceMethod().onExactClass(HoldfastApi.TASK_CONFINED).namedAnyOf("get", "set", "with");

  private static final Matcher<ExpressionTree> STAGE_CALL =
      instanceMethod().onDescendantOf("java.util.concurrent.CompletionStage");

  @Override
  public Description matchMethodInvocation(MethodInvocationTree call, VisitorState state) {
    if (isToAnotherTask(call, state)) {
      report(call.getArguments(), state);
    }
    return NO_MATCH;
  }

  /** A callback of a future is left out: the task that registers it may well run it. */
  private static boolean isToAnotherTask(MethodInvocationTree call, VisitorState state) {
    return HoldfastApi.SPAWN.matches(call, state)
        || (Handover.of(call, state) != null && !isCallback(call, state));
  }

  private static boolean isCallback(MethodInvocationTree call, VisitorState state) {
    return STAGE_CALL.matches(call, state)
        && !ASTHelpers.getSymbol(call).getSimpleName().toString().endsWith("Async");
  }

  @Override
  public Description matchNewClass(NewClassTree made, VisitorState state) {
    if (Handover.of(made, state) != null) {
      report(made.getArguments(), state);
    }
    return NO_MATCH;
  }

  private void report(List<? extends ExpressionTree> arguments, VisitorState state) {
    for (ExpressionTree argument : arguments) {
      if (Region.isFunction(argument)) {
        new Uses(argument, state).scan(new TreePath(state.getPath(), argument), null);
      }
    }
  }

  /** Reports the uses of what was there before the body. */
  private final class Uses extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final ExpressionTree body;
    private final VisitorState state;

    Uses(ExpressionTree body, VisitorState state) {
      this.body = body;
      this.state = state;
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void none) {
      if (USE.matches(call, state)) {
        found(call, ASTHelpers.getReceiver(call));
      }
      // A body within the body is looked at by itself, as the body of one more task.
      if (isToAnotherTask(call, state.withPath(getCurrentPath()))) {
        return null;
      }
      return super.visitMethodInvocation(call, null);
    }

    @Override
    public @Nullable Void visitMemberReference(MemberReferenceTree tree, @Nullable Void none) {
      if (USE.matches(tree, state)) {
        found(tree, tree.getQualifierExpression());
      }
      return super.visitMemberReference(tree, null);
    }

    private void found(Tree where, @Nullable ExpressionTree receiver) {
      if (receiver != null
          && ASTHelpers.getSymbol(receiver) instanceof VarSymbol variable
          && isFromBefore(variable)) {
        state.reportMatch(
            buildDescription(where)
                .setMessage(
                    "TaskConfined '"
                        + variable.getSimpleName()
                        + "' is used in the body of another task. Only the task that made it may touch it: this"
                        + " call throws EscapedReferenceException. Pass a copy or a message to the other task, or"
                        + " share a thread-safe object instead.")
                .build());
      }
    }

    /** A variable of the method around the body; of a field nobody knows which task has set it. */
    private boolean isFromBefore(VarSymbol variable) {
      return switch (variable.getKind()) {
        case LOCAL_VARIABLE, PARAMETER -> !Captured.declares(body, variable);
        default -> false;
      };
    }
  }
}
