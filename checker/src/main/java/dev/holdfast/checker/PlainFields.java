// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.VisitorState;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompoundAssignmentTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.SynchronizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.UnaryTree;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.api.JavacTrees;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.ClassSymbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/**
 * The fields of classes that are changed with nothing in between: no lock, no volatile, no handle.
 *
 * <p>Certain only for classes that are compiled together with the code that uses them, and for
 * public fields of others.
 */
final class PlainFields {

  private PlainFields() {}

  /** Returns a field of the class, or of one that it extends, that is certain to be such a one. */
  static Optional<VarSymbol> changedField(Type type, VisitorState state) {
    for (Type each = type;
        each.tsym instanceof ClassSymbol owner
            && owner.getKind() == ElementKind.CLASS
            && !isOfTheJdk(owner);
        each = state.getTypes().supertype(each)) {
      ClassTree tree = JavacTrees.instance(state.context).getTree(owner);
      Optional<VarSymbol> field = tree == null ? publicField(owner) : changedField(owner, tree);
      if (field.isPresent() || isSynchronized(owner)) {
        return field;
      }
    }
    return Optional.empty();
  }

  /**
   * Whether the class and what it extends have only final and volatile fields, of types that are
   * safe.
   */
  static boolean hasNone(Type type, VisitorState state, Predicate<Type> isSafe) {
    // A subclass of Object may be anything.
    if (type.tsym == state.getSymtab().objectType.tsym) {
      return false;
    }
    for (Type each = type;
        !each.tsym.getQualifiedName().contentEquals("java.lang.Object")
            && !each.tsym.getQualifiedName().contentEquals("java.lang.Record");
        each = state.getTypes().supertype(each)) {
      // Of the JDK's classes the compiler does not see the private fields.
      if (!(each.tsym instanceof ClassSymbol owner) || !isClass(owner) || isOfTheJdk(owner)) {
        return false;
      }
      for (Symbol member : ASTHelpers.getEnclosedElements(owner)) {
        if (member instanceof VarSymbol field
            && isOfInstances(field)
            && (isPlain(field) || !isSafe.test(field.type))) {
          return false;
        }
      }
    }
    return true;
  }

  // The components of a record are variables too.
  private static boolean isOfInstances(VarSymbol variable) {
    return variable.getKind() == ElementKind.FIELD && !ASTHelpers.isStatic(variable);
  }

  private static boolean isPlain(VarSymbol field) {
    return !field.getModifiers().contains(Modifier.FINAL)
        && !field.getModifiers().contains(Modifier.VOLATILE);
  }

  private static boolean isClass(ClassSymbol owner) {
    return owner.getKind() == ElementKind.CLASS || owner.getKind() == ElementKind.RECORD;
  }

  private static boolean isOfTheJdk(ClassSymbol owner) {
    String name = owner.getQualifiedName().toString();
    return name.startsWith("java.") || name.startsWith("javax.") || name.startsWith("jdk.");
  }

  private static boolean isSynchronized(ClassSymbol owner) {
    return ASTHelpers.getEnclosedElements(owner).stream()
        .anyMatch(each -> each.getModifiers().contains(Modifier.SYNCHRONIZED));
  }

  private static Optional<VarSymbol> publicField(ClassSymbol owner) {
    return isSynchronized(owner)
        ? Optional.empty()
        : plainFields(owner).stream()
            .filter(field -> field.getModifiers().contains(Modifier.PUBLIC))
            .findFirst();
  }

  private static Set<VarSymbol> plainFields(ClassSymbol owner) {
    Set<VarSymbol> fields = new HashSet<>();
    for (Symbol member : ASTHelpers.getEnclosedElements(owner)) {
      if (member instanceof VarSymbol field
          && isOfInstances(field)
          && isPlain(field)
          && field.getRawAttributes().stream()
              .noneMatch(each -> each.type.tsym.getSimpleName().contentEquals("GuardedBy"))) {
        fields.add(field);
      }
    }
    return fields;
  }

  private static Optional<VarSymbol> changedField(ClassSymbol owner, ClassTree tree) {
    Set<VarSymbol> fields = plainFields(owner);
    if (fields.isEmpty() || isSynchronized(owner)) {
      return Optional.empty();
    }
    Changes changes = new Changes();
    changes.scan(tree, null);
    return changes.guarded
        ? Optional.empty()
        : fields.stream()
            .filter(field ->
                changes.changed.contains(field) || !field.getModifiers().contains(Modifier.PRIVATE))
            .min((left, right) -> Integer.compare(left.pos, right.pos));
  }

  /** What a class changes, and whether anything in it may be a guard. */
  private static final class Changes extends TreeScanner<@Nullable Void, @Nullable Void> {

    private final Set<Symbol> changed = new HashSet<>();
    private boolean guarded;
    private boolean makes;

    @Override
    public @Nullable Void visitMethod(MethodTree tree, @Nullable Void unused) {
      boolean outer = makes;
      makes = ASTHelpers.getSymbol(tree).isConstructor();
      super.visitMethod(tree, null);
      makes = outer;
      return null;
    }

    @Override
    public @Nullable Void visitSynchronized(SynchronizedTree tree, @Nullable Void unused) {
      guarded = true;
      return null;
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
      String owner = ASTHelpers.getSymbol(call).owner.getQualifiedName().toString();
      guarded |=
          owner.startsWith("java.util.concurrent.locks.")
              || owner.startsWith("java.lang.invoke.")
              || owner.endsWith("FieldUpdater");
      return super.visitMethodInvocation(call, null);
    }

    @Override
    public @Nullable Void visitAssignment(AssignmentTree tree, @Nullable Void unused) {
      change(tree.getVariable());
      return super.visitAssignment(tree, null);
    }

    @Override
    public @Nullable Void visitCompoundAssignment(
        CompoundAssignmentTree tree, @Nullable Void unused) {
      change(tree.getVariable());
      return super.visitCompoundAssignment(tree, null);
    }

    @Override
    public @Nullable Void visitUnary(UnaryTree tree, @Nullable Void unused) {
      if (tree.getKind() != Tree.Kind.LOGICAL_COMPLEMENT
          && (tree.getExpression() instanceof IdentifierTree
              || tree.getExpression() instanceof MemberSelectTree)) {
        change(tree.getExpression());
      }
      return super.visitUnary(tree, null);
    }

    private void change(ExpressionTree variable) {
      Symbol symbol = ASTHelpers.getSymbol(variable);
      if (symbol != null && !makes) {
        changed.add(symbol);
      }
    }
  }
}
