// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The declarations of variables, found by going outwards from where they are used. */
final class Declared {

  private Declared() {}

  /** Returns the path of a variable's declaration, or null if this file does not show it. */
  static @Nullable TreePath path(Symbol variable, TreePath from) {
    if (!(variable instanceof VarSymbol)) {
      return null;
    }
    for (TreePath path = from; path != null; path = path.getParentPath()) {
      for (Tree tree : declarations(path.getLeaf())) {
        if (tree instanceof VariableTree && ASTHelpers.getSymbol(tree) == variable) {
          return new TreePath(path, tree);
        }
      }
    }
    return null;
  }

  /**
   * Returns what a variable always is: the initialiser of one that is never assigned again. Null if
   * it is not known.
   */
  static @Nullable ExpressionTree value(@Nullable Symbol variable, TreePath from) {
    if (variable == null || !ASTHelpers.isConsideredFinal(variable)) {
      return null;
    }
    TreePath path = path(variable, from);
    return path == null ? null : ((VariableTree) path.getLeaf()).getInitializer();
  }

  private static List<? extends Tree> declarations(Tree tree) {
    return switch (tree) {
      case BlockTree block -> block.getStatements();
      case CaseTree branch when branch.getStatements() != null -> branch.getStatements();
      case ClassTree type -> type.getMembers();
      case EnhancedForLoopTree loop -> List.of(loop.getVariable());
      case ForLoopTree loop -> loop.getInitializer();
      case LambdaExpressionTree lambda -> lambda.getParameters();
      case MethodTree method -> method.getParameters();
      case TryTree attempt -> attempt.getResources();
      default -> List.of();
    };
  }
}
