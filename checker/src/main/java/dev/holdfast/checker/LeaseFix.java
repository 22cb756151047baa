// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.VisitorState;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ArrayAccessTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionStatementTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParameterizedTypeTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.StatementTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.ClassFinder;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Symbol.PackageSymbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import com.sun.tools.javac.code.TypeTag;
import com.sun.tools.javac.tree.JCTree.JCCompilationUnit;
import com.sun.tools.javac.util.Convert;
import com.sun.tools.javac.util.Name;
import java.util.List;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/**
 * Turns a {@code ThreadLocal} into a {@code WorkerLocal}, and its one use into a lease around the
 * statements that have the value.
 *
 * <p>Only where the value can be seen not to outlive the lease: the field is a private constant,
 * one {@code get()} in one block is all its use, and from there on the value is only asked for
 * numbers, strings and copies, or filled and read by methods of the JDK that do not keep it.
 */
final class LeaseFix {

  // They are given an array or a buffer, use it, and are done with it.
  private static final Set<String> KEEPS_NOTHING =
      Set.of("java.io", "java.security", "java.util.zip", "javax.crypto");

  // What they return is not the value, nor a view of it.
  private static final Set<String> COPIES =
      Set.of(
          "copyOf",
          "copyOfRange",
          "digest",
          "doFinal",
          "format",
          "parse",
          "sign",
          "toByteArray",
          "toString");

  private static final SuggestedFix NONE = SuggestedFix.emptyFix();

  private final VarSymbol field;
  private final ExpressionTree made;
  private final List<@Nullable TreePath> reads;
  private final VisitorState state;

  /**
   * @param field holds the {@code ThreadLocal}
   * @param made the expression that makes it
   * @param reads the calls of {@code get()} in the file; a null for any other use
   */
  LeaseFix(
      VarSymbol field, ExpressionTree made, List<@Nullable TreePath> reads, VisitorState state) {
    this.field = field;
    this.made = made;
    this.reads = reads;
    this.state = state;
  }

  /** Returns the fix, which is empty if there is a doubt. */
  SuggestedFix fix() {
    if (!(state.getPath().getParentPath().getLeaf() instanceof VariableTree declaration)
        || !field
            .getModifiers()
            .containsAll(Set.of(Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL))
        || reads.size() != 1
        || reads.getFirst() == null
        || !isHoldfastThere()
        || !(declaration.getType() instanceof ParameterizedTypeTree type)
        || type.getTypeArguments().size() != 1) {
      return NONE;
    }
    TreePath read = reads.getFirst();
    TreePath at = statement(read);
    String maker = maker();
    if (at == null
        || maker == null
        || !(at.getParentPath().getLeaf() instanceof BlockTree block)
        || !stays(read, at)) {
      return NONE;
    }
    StatementTree first = (StatementTree) at.getLeaf();
    // What is declared is used up to the end of the block; else the statement is all.
    StatementTree last = first instanceof VariableTree ? block.getStatements().getLast() : first;
    int from = ASTHelpers.getStartPosition(first);
    int to = end(last);
    return SuggestedFix.builder()
        .addImport(HoldfastApi.LEASE)
        .addImport(HoldfastApi.WORKER_LOCAL)
        .replace(type.getType(), "WorkerLocal")
        .replace(made, maker)
        .replace(from, to, leased(read, source(type.getTypeArguments().getFirst()), from, to))
        .build();
  }

  /**
   * Whether the file may import the API. That no other file has named a class yet does not mean
   * that it is not there; so the compiler has to look for it, which only a finding is worth.
   */
  private boolean isHoldfastThere() {
    if (!(state.getPath().getCompilationUnit() instanceof JCCompilationUnit unit)) {
      return false;
    }
    Name name = state.binaryNameFromClassname(HoldfastApi.WORKER_LOCAL);
    PackageSymbol visible = unit.modle.visiblePackages.get(Convert.packagePart(name));
    try {
      ClassFinder.instance(state.context)
          .loadClass(visible == null ? unit.modle : visible.modle, name);
      return true;
    } catch (Symbol.CompletionFailure _) {
      return false;
    }
  }

  /** Returns the code that makes the worker-local, or null. */
  private @Nullable String maker() {
    if (made instanceof MethodInvocationTree call) {
      List<? extends Tree> types = call.getTypeArguments();
      String type = types.isEmpty() ? "" : "<" + source(types.getFirst()) + ">";
      return "WorkerLocal." + type + "of(" + source(call.getArguments().getFirst()) + ")";
    }
    if (made instanceof NewClassTree anonymous && anonymous.getClassBody() != null) {
      MethodTree initial = null;
      for (Tree member : anonymous.getClassBody().getMembers()) {
        if (member instanceof MethodTree method) {
          if (ASTHelpers.isGeneratedConstructor(method)) {
            continue;
          }
          initial = method;
          if (method.getName().contentEquals("initialValue")) {
            continue;
          }
        }
        return null; // it has more than the initialiser
      }
      if (initial == null || initial.getBody() == null || namesThis(initial)) {
        return null;
      }
      List<? extends StatementTree> body = initial.getBody().getStatements();
      return body.size() == 1 && body.getFirst() instanceof ReturnTree returned
          ? "WorkerLocal.of(() -> " + source(returned.getExpression()) + ")"
          : "WorkerLocal.of(() -> " + source(initial.getBody()) + ")";
    }
    return null;
  }

  private static boolean namesThis(MethodTree method) {
    boolean[] found = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void none) {
        found[0] |= tree.getName().contentEquals("this") || tree.getName().contentEquals("super");
        return null;
      }
    }.scan(method, null);
    return found[0];
  }

  /** Whether the value stays within the statements that the lease would be around. */
  private boolean stays(TreePath read, TreePath statement) {
    if (!isInMethod(statement) || namesLease(statement)) {
      return false;
    }
    if (statement.getLeaf() instanceof VariableTree variable
        && variable.getInitializer() == read.getLeaf()) {
      Escape escape = new Escape(ASTHelpers.getSymbol(variable));
      escape.scan(statement.getParentPath(), null);
      return !escape.found;
    }
    return isContained(read);
  }

  /** Returns the code between two positions with a lease around it. */
  private String leased(TreePath read, String type, int from, int to) {
    Tree get = read.getLeaf();
    ExpressionTree local = ASTHelpers.getReceiver((MethodInvocationTree) get);
    return "try (Lease<"
        + type
        + "> lease = "
        + (local == null ? field.getSimpleName().toString() : source(local))
        + ".lease()) {\n"
        + text(from, ASTHelpers.getStartPosition(get))
        + "lease.get()"
        + text(end(get), to)
        + "\n}";
  }

  /** Returns the statement that an expression is in, if it is one of those we know, or null. */
  private static @Nullable TreePath statement(TreePath expression) {
    TreePath at = expression;
    while (at != null && !(at.getLeaf() instanceof StatementTree)) {
      at = at.getParentPath();
    }
    return at != null
            && (at.getLeaf() instanceof VariableTree
                || at.getLeaf() instanceof ExpressionStatementTree
                || at.getLeaf() instanceof ReturnTree)
        ? at
        : null;
  }

  private static boolean isInMethod(TreePath statement) {
    for (TreePath up = statement; up != null; up = up.getParentPath()) {
      if (up.getLeaf() instanceof MethodTree) {
        return true;
      }
      if (up.getLeaf() instanceof LambdaExpressionTree || up.getLeaf() instanceof ClassTree) {
        return false;
      }
    }
    return false;
  }

  private static boolean namesLease(TreePath statement) {
    MethodTree method = ASTHelpers.findEnclosingNode(statement, MethodTree.class);
    boolean[] found = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void none) {
        found[0] |= tree.getName().contentEquals("lease");
        return null;
      }

      @Override
      public @Nullable Void visitVariable(VariableTree tree, @Nullable Void none) {
        found[0] |= tree.getName().contentEquals("lease");
        return super.visitVariable(tree, null);
      }
    }.scan(method, null);
    return found[0];
  }

  /** Whether the value that an expression is stays within the statement that it is in. */
  private boolean isContained(TreePath value) {
    Tree expression = value.getLeaf();
    TreePath at = value.getParentPath();
    return switch (at.getLeaf()) {
      case ExpressionStatementTree _ -> true;
      case MemberSelectTree select ->
          (select.getIdentifier().contentEquals("length")
                  && ASTHelpers.getType(expression) instanceof Type.ArrayType)
              || (at.getParentPath().getLeaf() instanceof MethodInvocationTree call
                  && call.getMethodSelect() == select
                  && isDetached(at.getParentPath(), call));
      case ArrayAccessTree access ->
          access.getExpression() == expression && isNumber(ASTHelpers.getType(access));
      case MethodInvocationTree call ->
          keepsNothing(ASTHelpers.getSymbol(call)) && isDetached(at, call);
      case NewClassTree copy ->
          ASTHelpers.isSameType(ASTHelpers.getType(copy), state.getSymtab().stringType, state);
      default -> false;
    };
  }

  /** Whether what a method of the value returns is no way to the value. */
  private boolean isDetached(TreePath at, MethodInvocationTree call) {
    MethodSymbol method = ASTHelpers.getSymbol(call);
    Type result = ASTHelpers.getType(call);
    if (result == null || result.hasTag(TypeTag.VOID) || isNumber(result)) {
      return true;
    }
    return ASTHelpers.isSameType(result, state.getSymtab().stringType, state)
        || COPIES.contains(method.getSimpleName().toString())
        || isContained(at); // a StringBuilder is what its append() returns
  }

  private static boolean isNumber(@Nullable Type type) {
    return type != null && type.isPrimitive();
  }

  private static boolean keepsNothing(MethodSymbol method) {
    String owner = method.owner.getQualifiedName().toString();
    PackageSymbol owners = ASTHelpers.enclosingPackage(method).orElse(null);
    return (owners != null && KEEPS_NOTHING.contains(owners.getQualifiedName().toString()))
        || owner.equals("java.lang.System")
        || owner.equals("java.lang.String")
        || (owner.equals("java.util.Arrays") && !method.getSimpleName().contentEquals("asList"));
  }

  private String source(Tree tree) {
    String text = state.getSourceForNode(tree);
    return text == null ? "" : text;
  }

  private String text(int from, int to) {
    return state.getSourceCode().subSequence(from, to).toString();
  }

  private int end(Tree tree) {
    return state.getEndPosition(tree);
  }

  /** Looks for a use of a variable that may outlive its block. */
  private final class Escape extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final Symbol variable;
    private boolean found;

    Escape(VarSymbol variable) {
      this.variable = variable;
      found = variable.getKind() != ElementKind.LOCAL_VARIABLE;
    }

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void none) {
      if (variable.equals(ASTHelpers.getSymbol(tree))) {
        found |= !isContained(getCurrentPath()) || !isInMethod(getCurrentPath());
      }
      return null;
    }
  }
}
