// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.BugPattern.LinkType.NONE;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.matchers.Description.NO_MATCH;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.matchers.Matcher;
import com.google.errorprone.matchers.Matchers;
import com.google.errorprone.matchers.UnusedReturnValueMatcher;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionStatementTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.StatementTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.Symbol;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import org.jspecify.annotations.Nullable;

/** Leases, guards and scopes that nobody closes, or that stay open when the code between throws. */
@BugPattern(
    summary = "A lease, guard or scope is not closed by try-with-resources.",
    severity = WARNING,
    linkType = NONE)
public final class LeaseNotClosed extends BugChecker implements MethodInvocationTreeMatcher {

  private static final long serialVersionUID = 1;

  private static final Matcher<ExpressionTree> OPENED =
      Matchers.anyOf(HoldfastApi.LEASE_TAKEN, HoldfastApi.GUARD_TAKEN, HoldfastApi.SCOPE_OPENED);

  @Override
  public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
    if (!tree.getArguments().isEmpty() || !OPENED.matches(tree, state)) {
      return NO_MATCH;
    }
    TreePath parent = state.getPath().getParentPath();
    while (parent.getLeaf() instanceof ParenthesizedTree) {
      parent = parent.getParentPath();
    }
    TreePath around = parent.getParentPath();
    return switch (parent.getLeaf()) {
      // A test that it throws gets none.
      case ExpressionStatementTree _ when UnusedReturnValueMatcher.expectedExceptionTest(state) ->
          NO_MATCH;
      case ExpressionStatementTree _ -> describe(tree, "is dropped at once", null, state);
      case MemberSelectTree select when !select.getIdentifier().contentEquals("close") ->
          describe(tree, "is used without a variable, so that nothing can close it", null, state);
      case VariableTree variable
          when ASTHelpers.getSymbol(variable).getKind() == ElementKind.LOCAL_VARIABLE
              && around.getLeaf() instanceof BlockTree block ->
          matchLocal(tree, variable, block, around, state);
      // Handed to somebody: a caller, a field, another method.
      default -> NO_MATCH;
    };
  }

  private Description matchLocal(
      MethodInvocationTree opened,
      VariableTree variable,
      BlockTree block,
      TreePath blockPath,
      VisitorState state) {
    Symbol symbol = ASTHelpers.getSymbol(variable);
    Uses uses = new Uses(symbol);
    uses.scan(blockPath, null);
    if (uses.handedOver || !ASTHelpers.isConsideredFinal(symbol)) {
      return NO_MATCH;
    }
    if (uses.closes.isEmpty()) {
      return describe(
          opened, "is never closed", wrapRest(variable, block, blockPath, state), state);
    }
    if (uses.closes.size() > 1) {
      return NO_MATCH;
    }
    int from = block.getStatements().indexOf(variable);
    StatementTree close = uses.closes.getFirst();
    int to = block.getStatements().indexOf(close);
    // Closed in a finally, which is right, or in a branch, which may be what is meant.
    if (to < 0 || to == from + 1) {
      return NO_MATCH;
    }
    return describe(
        opened,
        "stays open if the code before its close() throws",
        wrapUpTo(variable, block, from, to, state),
        state);
  }

  private Description describe(
      MethodInvocationTree opened, String what, @Nullable SuggestedFix fix, VisitorState state) {
    String message;
    if (HoldfastApi.GUARD_TAKEN.matches(opened, state)) {
      message =
          "This Guard "
              + what
              + ". As long as it is open the runtime cannot end: its close misses the deadline. Use"
              + " try-with-resources, or give it to the code that is to close it.";
    } else if (HoldfastApi.SCOPE_OPENED.matches(opened, state)) {
      message =
          "This scope "
              + what
              + ". It ends with its task as a leak, and its slab is not used again. Use"
              + " try-with-resources.";
    } else {
      message =
          "This Lease "
              + what
              + ". It ends with its task as a leak: others wait for the value until then, and it is"
              + " not used again. Use try-with-resources.";
    }
    Description.Builder description = buildDescription(opened).setMessage(message);
    if (fix != null) {
      description.addFix(fix);
    }
    return description.build();
  }

  /** Makes what is left of the block the body of a try-with-resources. */
  private static @Nullable SuggestedFix wrapRest(
      VariableTree variable, BlockTree block, TreePath blockPath, VisitorState state) {
    List<? extends StatementTree> statements = block.getStatements();
    return statements.getLast() == variable
            || isShared(variable, block)
            || valueGetsOut(variable, block, blockPath, state)
        ? null
        : intoTry(variable, state).postfixWith(statements.getLast(), "\n}").build();
  }

  /** Whether something would still have the value when the fix has closed it. */
  private static boolean valueGetsOut(
      VariableTree variable, BlockTree block, TreePath blockPath, VisitorState state) {
    boolean[] found = {false};
    Region.Held held =
        HoldfastApi.SCOPE_OPENED.matches(variable.getInitializer(), state)
            ? Region.Held.SCOPE
            : Region.Held.HANDLE;
    new Region(
            block,
            Map.of(ASTHelpers.getSymbol(variable), held),
            false,
            state,
            (_, _, _) -> found[0] = true)
        .scan(blockPath);
    return found[0];
  }

  /** Whether other variables are declared by the same statement. */
  private static boolean isShared(VariableTree variable, BlockTree block) {
    int start = ASTHelpers.getStartPosition(variable);
    return block.getStatements().stream()
        .anyMatch(each -> each != variable && ASTHelpers.getStartPosition(each) == start);
  }

  /** Puts what is between the variable and its close into a try-with-resources. */
  private static @Nullable SuggestedFix wrapUpTo(
      VariableTree variable, BlockTree block, int from, int to, VisitorState state) {
    List<? extends StatementTree> between = block.getStatements().subList(from + 1, to);
    List<? extends StatementTree> after =
        block.getStatements().subList(to + 1, block.getStatements().size());
    Set<Symbol> declared = new HashSet<>();
    declared.add(ASTHelpers.getSymbol(variable));
    for (StatementTree statement : between) {
      if (statement instanceof VariableTree local) {
        declared.add(ASTHelpers.getSymbol(local));
      }
    }
    return mentions(after, declared) || isShared(variable, block)
        ? null
        : intoTry(variable, state).replace(block.getStatements().get(to), "}").build();
  }

  private static SuggestedFix.Builder intoTry(VariableTree variable, VisitorState state) {
    String source = state.getSourceForNode(variable);
    String declaration = source.substring(0, source.lastIndexOf(';'));
    return SuggestedFix.builder().replace(variable, "try (" + declaration + ") {");
  }

  private static boolean mentions(List<? extends Tree> code, Set<Symbol> variables) {
    boolean[] found = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitIdentifier(IdentifierTree name, @Nullable Void unused) {
        found[0] |= variables.contains(ASTHelpers.getSymbol(name));
        return null;
      }
    }.scan(code, null);
    return found[0];
  }

  /** What becomes of a variable. */
  private static final class Uses extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final Symbol variable;
    private final List<StatementTree> closes = new ArrayList<>();
    private boolean handedOver;

    Uses(Symbol variable) {
      this.variable = variable;
    }

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree name, @Nullable Void unused) {
      if (ASTHelpers.getSymbol(name) != variable) {
        return null;
      }
      TreePath path = getCurrentPath();
      boolean captured = false;
      for (TreePath each = path; each.getParentPath() != null; each = each.getParentPath()) {
        Tree outer = each.getParentPath().getLeaf();
        captured |= outer instanceof LambdaExpressionTree || outer instanceof ClassTree;
        if (outer instanceof BlockTree block
            && block.getStatements().stream().anyMatch(this::declares)) {
          break;
        }
      }
      if (!(path.getParentPath().getLeaf() instanceof MemberSelectTree select)) {
        // An argument, a result, a resource, a value of another variable.
        handedOver = true;
      } else if (select.getIdentifier().contentEquals("close")) {
        handedOver |= captured;
        TreePath statement = path.getParentPath().getParentPath().getParentPath();
        if (statement.getLeaf() instanceof ExpressionStatementTree close) {
          closes.add(close);
        } else {
          handedOver = true;
        }
      } else if (captured) {
        // Who runs this code may close it.
        handedOver = true;
      }
      return null;
    }

    @Override
    public @Nullable Void visitMemberReference(MemberReferenceTree tree, @Nullable Void unused) {
      handedOver |= ASTHelpers.getSymbol(tree.getQualifierExpression()) == variable;
      return super.visitMemberReference(tree, null);
    }

    private boolean declares(StatementTree statement) {
      return statement instanceof VariableTree && ASTHelpers.getSymbol(statement) == variable;
    }
  }
}
