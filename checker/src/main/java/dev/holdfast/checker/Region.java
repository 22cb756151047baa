// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.matchers.Matchers.anyOf;
import static com.google.errorprone.matchers.Matchers.instanceMethod;

import com.google.errorprone.VisitorState;
import com.google.errorprone.matchers.Matcher;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ArrayAccessTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TypeCastTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.Symbol;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import org.jspecify.annotations.Nullable;

/**
 * The code in which something may be used: the block of a resource, or a function that is given a
 * value. Tells in which ways it gets out.
 */
final class Region extends TreePathScanner<@Nullable Void, @Nullable Void> {

  /** What may not get out. */
  enum Held {
    /** A lease or guard, whose value must not get out either. */
    HANDLE,
    /** A scope of memory, whose segments must not get out either. */
    SCOPE,
    /** The value itself. */
    VALUE
  }

  /** How it gets out. */
  enum Way {
    RETURNED,
    STORED,
    CAPTURED
  }

  /** Is told of what gets out. */
  @FunctionalInterface
  interface Escape {
    void found(Tree where, Way way, Held what);
  }

  /** What keeps its argument. */
  static final Matcher<ExpressionTree> PUT =
      anyOf(
          instanceMethod()
              .onDescendantOf("java.util.Collection")
              .namedAnyOf(
                  "add", "addFirst", "addLast", "offer", "offerFirst", "offerLast", "push", "put"),
          instanceMethod().onDescendantOf("java.util.Map").namedAnyOf("put", "putIfAbsent"),
          instanceMethod()
              .onDescendantOf("java.util.concurrent.atomic.AtomicReference")
              .namedAnyOf("set", "lazySet", "setRelease", "getAndSet"),
          instanceMethod().onDescendantOf("java.lang.ThreadLocal").named("set"),
          instanceMethod()
              .onDescendantOf("java.util.concurrent.CompletableFuture")
              .named("complete"));

  private static final Set<String> TAKEN_OUT =
      Set.of(
          "clear", "poll", "pollFirst", "pollLast", "pop", "remove", "removeFirst", "removeLast");

  /** The calls that wait for what others do: a value that they were lent may be back then. */
  private static final Set<String> WAITS =
      Set.of("acquire", "await", "awaitTermination", "get", "invokeAll", "join", "take");

  private final VisitorState state;
  private final Tree whole;
  private final boolean mayBeLent;
  private final Map<Symbol, Held> held;
  private final Escape escape;

  // Variables of this region: what is stored in them goes with it.
  private final Set<Symbol> inner = new HashSet<>();
  private int functions;

  /**
   * @param held what may not get out, by the variables that hold it
   * @param mayBeLent whether others may use the values while this region waits for them
   */
  Region(Tree whole, Map<Symbol, Held> held, boolean mayBeLent, VisitorState state, Escape escape) {
    this.whole = whole;
    this.held = new HashMap<>(held);
    this.mayBeLent = mayBeLent;
    this.state = state;
    this.escape = escape;
    inner.addAll(held.keySet());
  }

  /** Returns what an expression is, if it is among what may not get out. */
  private @Nullable Held what(@Nullable Tree tree) {
    return switch (tree) {
      case ParenthesizedTree in -> what(in.getExpression());
      case TypeCastTree cast -> what(cast.getExpression());
      case IdentifierTree name -> held.get(ASTHelpers.getSymbol(name));
      case ConditionalExpressionTree choice -> {
        Held left = what(choice.getTrueExpression());
        yield left != null ? left : what(choice.getFalseExpression());
      }
      case MethodInvocationTree call
          when call.getMethodSelect() instanceof MemberSelectTree select ->
          switch (what(select.getExpression())) {
            case HANDLE -> select.getIdentifier().contentEquals("get") ? Held.VALUE : null;
            case SCOPE ->
                select.getIdentifier().toString().startsWith("allocate") ? Held.VALUE : null;
            case null, default -> null;
          };
      case null, default -> null;
    };
  }

  @Override
  public @Nullable Void visitVariable(VariableTree tree, @Nullable Void unused) {
    Symbol variable = ASTHelpers.getSymbol(tree);
    inner.add(variable);
    Held what = what(tree.getInitializer());
    if (what != null && ASTHelpers.isConsideredFinal(variable)) {
      held.put(variable, what);
    }
    return super.visitVariable(tree, null);
  }

  @Override
  public @Nullable Void visitReturn(ReturnTree tree, @Nullable Void unused) {
    Held what = what(tree.getExpression());
    if (what != null && functions == 0) {
      escape.found(tree, Way.RETURNED, what);
    }
    return super.visitReturn(tree, null);
  }

  @Override
  public @Nullable Void visitAssignment(AssignmentTree tree, @Nullable Void unused) {
    Held what = what(tree.getExpression());
    if (what != null && isOutside(tree.getVariable())) {
      escape.found(tree, Way.STORED, what);
    }
    return super.visitAssignment(tree, null);
  }

  /** Whether what is assigned outlives this region: a field or an element of another object. */
  private boolean isOutside(ExpressionTree target) {
    Symbol root = root(target);
    if (root == null || inner.contains(root)) {
      return false;
    }
    if (target instanceof ArrayAccessTree array) {
      return whole instanceof LambdaExpressionTree || isField(array.getExpression());
    }
    return isField(target) && !isForgotten(ASTHelpers.getSymbol(target));
  }

  private static boolean isField(ExpressionTree tree) {
    Symbol symbol = ASTHelpers.getSymbol(tree);
    return symbol != null && symbol.getKind() == ElementKind.FIELD;
  }

  /** Whether the method that this is in sets the field to null again. */
  private boolean isForgotten(@Nullable Symbol field) {
    boolean[] found = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitAssignment(AssignmentTree tree, @Nullable Void unused) {
        found[0] |=
            tree.getExpression().getKind() == Tree.Kind.NULL_LITERAL
                && ASTHelpers.getSymbol(tree.getVariable()) == field;
        return super.visitAssignment(tree, null);
      }
    }.scan(surroundings(), null);
    return found[0];
  }

  /** The method around this region, or the region if there is none. */
  private Tree surroundings() {
    Tree method = ASTHelpers.findEnclosingNode(getCurrentPath(), MethodTree.class);
    return method == null ? whole : method;
  }

  @Override
  public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
    call.getArguments().stream()
        .map(this::what)
        .filter(what -> what != null)
        .findFirst()
        .filter(_ -> PUT.matches(call, state))
        .ifPresent(what -> {
          Symbol container = root(ASTHelpers.getReceiver(call));
          if (container != null && !inner.contains(container) && !isTakenOut(container)) {
            escape.found(call, Way.STORED, what);
          }
        });
    if (call.getArguments().stream().anyMatch(Region::isFunction)
        && Handover.of(call, state.withPath(getCurrentPath())) != null) {
      call.getArguments().forEach(this::captured);
    }
    return super.visitMethodInvocation(call, null);
  }

  @Override
  public @Nullable Void visitNewClass(NewClassTree made, @Nullable Void unused) {
    if (made.getArguments().stream().anyMatch(Region::isFunction)
        && Handover.of(made, state.withPath(getCurrentPath())) != null) {
      made.getArguments().forEach(this::captured);
    }
    return super.visitNewClass(made, null);
  }

  /** Whether an argument is code. */
  static boolean isFunction(ExpressionTree argument) {
    return argument instanceof LambdaExpressionTree
        || argument instanceof MemberReferenceTree
        || (argument instanceof NewClassTree made && made.getClassBody() != null);
  }

  private void captured(ExpressionTree argument) {
    if (!isFunction(argument)) {
      return;
    }
    boolean[] reported = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitIdentifier(IdentifierTree name, @Nullable Void unused) {
        Held what = held.get(ASTHelpers.getSymbol(name));
        if (what != null && !reported[0] && !(what != Held.HANDLE && isLent())) {
          reported[0] = true;
          escape.found(name, Way.CAPTURED, what);
        }
        return null;
      }
    }.scan(argument, null);
  }

  /** Whether others that were given the value may have given it back at the end of this region. */
  private boolean isLent() {
    return mayBeLent && calls(whole, null, WAITS);
  }

  private boolean isTakenOut(Symbol container) {
    return calls(surroundings(), container, TAKEN_OUT);
  }

  /** Whether code calls one of the methods, of that object if there is one. */
  private boolean calls(Tree code, @Nullable Symbol receiver, Set<String> names) {
    boolean[] found = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitMethodInvocation(
          MethodInvocationTree call, @Nullable Void unused) {
        found[0] |=
            names.contains(ASTHelpers.getSymbol(call).getSimpleName().toString())
                && what(call) == null
                && (receiver == null || root(ASTHelpers.getReceiver(call)) == receiver);
        return super.visitMethodInvocation(call, null);
      }
    }.scan(code, null);
    return found[0];
  }

  /** The variable at the start of a chain of fields and calls, or {@code this}. */
  static @Nullable Symbol root(@Nullable ExpressionTree tree) {
    ExpressionTree root = tree;
    while (true) {
      switch (root) {
        case MemberSelectTree select -> root = select.getExpression();
        case ArrayAccessTree array -> root = array.getExpression();
        case MethodInvocationTree call -> root = ASTHelpers.getReceiver(call);
        case ParenthesizedTree in -> root = in.getExpression();
        case TypeCastTree cast -> root = cast.getExpression();
        case IdentifierTree name -> {
          return ASTHelpers.getSymbol(name);
        }
        case null, default -> {
          return null;
        }
      }
    }
  }

  // Code in the region that is run by something else: what it returns is not returned from here.
  @Override
  public @Nullable Void visitLambdaExpression(LambdaExpressionTree tree, @Nullable Void unused) {
    if (tree == whole) {
      if (tree.getBodyKind() == LambdaExpressionTree.BodyKind.EXPRESSION) {
        Held what = what(tree.getBody());
        if (what != null) {
          escape.found(tree.getBody(), Way.RETURNED, what);
        }
      }
      return super.visitLambdaExpression(tree, null);
    }
    functions++;
    super.visitLambdaExpression(tree, null);
    functions--;
    return null;
  }

  @Override
  public @Nullable Void visitClass(ClassTree tree, @Nullable Void unused) {
    functions++;
    super.visitClass(tree, null);
    functions--;
    return null;
  }

  void scan(TreePath path) {
    scan(path, null);
  }
}
