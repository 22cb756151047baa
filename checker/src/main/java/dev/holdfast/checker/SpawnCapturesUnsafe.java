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
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.util.TreePath;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import org.jspecify.annotations.Nullable;

/**
 * A task that shares an object which is not thread-safe with another one: with the code that
 * started it and goes on, with the next task, or with others of its kind.
 */
@BugPattern(
    summary =
        "A task shares an object that is not thread-safe with code that runs at the same time: what one of them changes"
            + " the other may see in part or never. Give each its own and join the results, or share a thread-safe object.",
    severity = WARNING,
    linkType = NONE)
public final class SpawnCapturesUnsafe extends BugChecker implements MethodInvocationTreeMatcher {

  private static final long serialVersionUID = 1;

  @Override
  public Description matchMethodInvocation(MethodInvocationTree call, VisitorState state) {
    if (!HoldfastApi.SPAWN.matches(call, state) || call.getArguments().isEmpty()) {
      return NO_MATCH;
    }
    MethodTree method = ASTHelpers.findEnclosingNode(state.getPath(), MethodTree.class);
    if (method == null
        || method.getBody() == null
        || !(ASTHelpers.stripParentheses(call.getArguments().getLast())
            instanceof LambdaExpressionTree body)) {
      return NO_MATCH;
    }
    for (VarSymbol variable : Captured.by(body)) {
      Type type = unsafe(variable, state);
      if (type == null) {
        continue;
      }
      Sharing sharing = new Sharing(variable, body, state.getPath(), method, state);
      String with = sharing.with();
      if (with != null) {
        state.reportMatch(
            buildDescription(sharing.place())
                .setMessage(
                    "This task shares '"
                        + variable.getSimpleName()
                        + "' with "
                        + with
                        + ", and "
                        + describe(type)
                        + " is not thread-safe: what one of them changes the other may see in part or never, and"
                        + " changes may be lost. Give each its own and join the results, or share a thread-safe"
                        + " object.")
                .build());
      }
    }
    return NO_MATCH;
  }

  private static String describe(Type type) {
    return type instanceof Type.ArrayType
        ? "an array"
        : type.tsym.getSimpleName().isEmpty() ? "its class" : "class " + type.tsym.getSimpleName();
  }

  /**
   * Returns the class of the object that a variable has, if it can be seen and is known not to be
   * thread-safe. Of a variable whose type is an interface only what it was made with tells.
   */
  private static @Nullable Type unsafe(VarSymbol variable, VisitorState state) {
    TreePath declaration = Declared.path(variable, state.getPath());
    ExpressionTree value = Declared.value(variable, state.getPath());
    Type type = variable.type;
    if (value != null) {
      ExpressionTree bare = ASTHelpers.stripParentheses(value);
      if (bare instanceof NewClassTree || bare instanceof NewArrayTree) {
        type = ASTHelpers.getType(bare);
      }
    }
    if (declaration == null || type == null) {
      return null;
    }
    if (type instanceof Type.ArrayType) {
      return type;
    }
    boolean seen =
        type instanceof Type.ClassType
            && !type.isInterface()
            && (type.tsym.flags() & com.sun.tools.javac.code.Flags.ABSTRACT) == 0;
    return seen && !isMadeForTasks(type) && !Safety.isThreadSafe(type, state) ? type : null;
  }

  /** Of a concurrent map the values may be unsafe; the map itself is not. */
  private static boolean isMadeForTasks(Type type) {
    return ASTHelpers.enclosingPackage(type.tsym)
        .filter(each -> each.getQualifiedName().toString().startsWith("java.util.concurrent"))
        .isPresent();
  }
}
