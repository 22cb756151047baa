// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The variables of a method that the code of a function in it uses. */
final class Captured {

  private Captured() {}

  /** Returns the variables that a function has from the code around it, fields not among them. */
  static Set<VarSymbol> by(Tree function) {
    Set<VarSymbol> used = uses(function).keySet();
    used.removeIf(variable -> !isLocal(variable));
    return used;
  }

  /**
   * Returns the variables that a function uses and does not declare, fields among them, in the
   * order of their first uses, with those.
   */
  static Map<VarSymbol, IdentifierTree> uses(Tree function) {
    Map<VarSymbol, IdentifierTree> used = new LinkedHashMap<>();
    Set<Symbol> own = new HashSet<>();
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitVariable(VariableTree tree, @Nullable Void none) {
        own.add(ASTHelpers.getSymbol(tree));
        return super.visitVariable(tree, null);
      }

      @Override
      public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void none) {
        if (ASTHelpers.getSymbol(tree) instanceof VarSymbol variable) {
          used.putIfAbsent(variable, tree);
        }
        return null;
      }
    }.scan(function, null);
    used.keySet().removeAll(own);
    return used;
  }

  /** Whether a variable is declared in the code, so that it is another one each time it runs. */
  static boolean declares(Tree code, VarSymbol variable) {
    boolean[] found = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitVariable(VariableTree tree, @Nullable Void none) {
        found[0] |= variable.equals(ASTHelpers.getSymbol(tree));
        return super.visitVariable(tree, null);
      }
    }.scan(code, null);
    return found[0];
  }

  private static boolean isLocal(VarSymbol variable) {
    return switch (variable.getKind()) {
      case LOCAL_VARIABLE, PARAMETER, RESOURCE_VARIABLE, BINDING_VARIABLE -> true;
      default -> false;
    };
  }
}
