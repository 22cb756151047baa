// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.BugPattern.LinkType.NONE;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.matchers.Description.NO_MATCH;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.fixes.SuggestedFixes;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.tools.javac.code.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** References and guards of values that only one thread at a time may use. */
@BugPattern(
    summary = "ref() or guard() of a WorkerLocal whose values are not thread-safe.",
    severity = WARNING,
    linkType = NONE)
public final class RefToUnsafeValue extends BugChecker implements MethodInvocationTreeMatcher {

  private static final long serialVersionUID = 1;

  private static final String STRICT = "Holdfast:StrictThreadSafety";

  @Override
  public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
    if (!tree.getArguments().isEmpty()) {
      return NO_MATCH;
    }
    boolean guard = HoldfastApi.GUARD_TAKEN.matches(tree, state);
    if (!guard && !HoldfastApi.REF.matches(tree, state)) {
      return NO_MATCH;
    }
    Type value = valueOf(tree, state);
    if (value == null || Safety.isThreadSafe(value, state)) {
      return NO_MATCH;
    }
    String why = Safety.whyUnsafe(value, state);
    if (why == null && state.errorProneOptions().getFlags().getBoolean(STRICT).orElse(false)) {
      why = "nothing says that it is";
    }
    return why == null
        ? NO_MATCH
        : buildDescription(tree)
            .setMessage(
                (guard
                        ? "A Guard gives the value to any thread, beside the tasks of its worker,"
                        : "A LocalRef is the same for all tasks of a worker, and may go to others,")
                    + " but "
                    + SuggestedFixes.prettyType(state.getTypes().erasure(value), state)
                    + " is not thread-safe: "
                    + why
                    + ". They would use it at the same time. Use it by with() or update(), take a"
                    + " lease() to have one across blocking points, or make it thread-safe.")
            .build();
  }

  /** Returns the type of the values as far as it is known. */
  private static @Nullable Type valueOf(MethodInvocationTree tree, VisitorState state) {
    ExpressionTree local = ASTHelpers.getReceiver(tree);
    if (local == null) {
      return null;
    }
    List<Type> arguments =
        ASTHelpers.getType(local) == null
            ? List.of()
            : ASTHelpers.getType(local).getTypeArguments();
    if (arguments.size() != 1) {
      return null;
    }
    Type declared = state.getTypes().wildUpperBound(arguments.getFirst());
    Type made = madeBy(Declared.value(ASTHelpers.getSymbol(local), state.getPath()), state);
    return made != null && ASTHelpers.isSubtype(made, declared, state) ? made : declared;
  }

  /** Returns the type of what the initialiser of a local makes, if the local's making shows it. */
  private static @Nullable Type madeBy(@Nullable ExpressionTree making, VisitorState state) {
    ExpressionTree call = making;
    while (HoldfastApi.isBuilderCall(call, state)) {
      call = ASTHelpers.getReceiver(call);
    }
    if (!(call instanceof MethodInvocationTree of)
        || of.getArguments().isEmpty()
        || !(HoldfastApi.WORKER_LOCAL_OF.matches(of, state)
            || HoldfastApi.WORKER_LOCAL_BUILDER_OF.matches(of, state))) {
      return null;
    }
    return switch (ASTHelpers.stripParentheses(of.getArguments().getFirst())) {
      case LambdaExpressionTree lambda when lambda.getBody() instanceof ExpressionTree body ->
          ASTHelpers.getType(body);
      case MemberReferenceTree reference
          when reference.getMode() == MemberReferenceTree.ReferenceMode.NEW ->
          ASTHelpers.getType(reference.getQualifierExpression());
      case MemberReferenceTree reference -> ASTHelpers.getSymbol(reference).getReturnType();
      default -> null;
    };
  }
}
