// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.VisitorState;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The code of a function, as far as the file shows it.
 *
 * @param parameters what the code is given
 * @param path to the lambda or method
 */
record Body(List<? extends VariableTree> parameters, TreePath path) {

  /**
   * Returns the code that an expression stands for: a lambda's, or that of the method of the same
   * file which it refers to. Null for all else.
   */
  static @Nullable Body of(ExpressionTree function, VisitorState state) {
    ExpressionTree bare = ASTHelpers.stripParentheses(function);
    if (bare instanceof LambdaExpressionTree lambda) {
      TreePath path = TreePath.getPath(state.getPath(), lambda);
      return path == null ? null : new Body(lambda.getParameters(), path);
    }
    return bare instanceof MemberReferenceTree reference
        ? ofMethod(ASTHelpers.getSymbol(reference), state)
        : null;
  }

  /** Returns the code of a method of this file, or null. */
  static @Nullable Body ofMethod(MethodSymbol method, VisitorState state) {
    TreePath unit = new TreePath(state.getPath().getCompilationUnit());
    if (!declares(unit, method)) {
      return null;
    }
    TreePath path = new Declaration(method).scan(unit, null);
    return path != null && path.getLeaf() instanceof MethodTree tree && tree.getBody() != null
        ? new Body(tree.getParameters(), path)
        : null;
  }

  /** Whether the method's outermost class is of that file. */
  private static boolean declares(TreePath unit, MethodSymbol method) {
    Object outermost = ASTHelpers.outermostClass(method);
    return unit.getCompilationUnit().getTypeDecls().stream()
        .anyMatch(type -> Objects.equals(ASTHelpers.getSymbol(type), outermost));
  }

  /** Looks for the declaration of a method. */
  private static final class Declaration
      extends TreePathScanner<@Nullable TreePath, @Nullable Void> {

    private final MethodSymbol method;

    Declaration(MethodSymbol method) {
      this.method = method;
    }

    @Override
    public @Nullable TreePath visitMethod(MethodTree tree, @Nullable Void unused) {
      return ASTHelpers.getSymbol(tree) == method
          ? getCurrentPath()
          : super.visitMethod(tree, null);
    }

    @Override
    public @Nullable TreePath reduce(@Nullable TreePath found, @Nullable TreePath other) {
      return found != null ? found : other;
    }
  }
}
