// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.VisitorState;
import com.google.errorprone.suppliers.Supplier;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ArrayAccessTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompoundAssignmentTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.DoWhileLoopTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.IfTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.StatementTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.SynchronizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.UnaryTree;
import com.sun.source.tree.WhileLoopTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.Flags;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * With whom a task shares a variable's object, if one of them changes it.
 *
 * <p>What was handed over is not shared: an object that nobody else touches after the task was
 * started, or only after somebody waited. What waits is told by its name, and any wait counts for
 * all tasks; so does any lock for all accesses. This finds less than there is, and what it finds is
 * so.
 */
final class Sharing {

  /** Beginnings of the names of methods that wait, whosoever they are. */
  private static final Set<String> WAITS = Set.of("acquire", "await", "invoke", "join", "wait");

  /** Methods of executors, futures and queues that wait. */
  private static final Set<String> WAITS_THERE =
      Set.of("close", "exchange", "get", "poll", "put", "resultNow", "run", "shutdown", "take");

  private static final Set<String> LOCKS =
      Set.of("acquire", "lock", "lockInterruptibly", "readLock", "tryLock", "writeLock");

  /** Methods of collections, builders and digests that change them. */
  private static final Set<String> CHANGES =
      Set.of(
          "add",
          "addAll",
          "addFirst",
          "addLast",
          "append",
          "appendCodePoint",
          "clear",
          "compute",
          "computeIfAbsent",
          "computeIfPresent",
          "delete",
          "deleteCharAt",
          "insert",
          "merge",
          "offer",
          "offerFirst",
          "offerLast",
          "poll",
          "pollFirst",
          "pollLast",
          "pop",
          "push",
          "put",
          "putAll",
          "putIfAbsent",
          "remove",
          "removeAll",
          "removeFirst",
          "removeIf",
          "removeLast",
          "replaceAll",
          "retainAll",
          "set",
          "setLength",
          "sort",
          "update");

  /** The packages in whose classes these names mean that. */
  private static final Set<String> KNOWN = Set.of("java.lang", "java.security", "java.util");

  /** Of those the classes that lock themselves. */
  private static final Set<String> SYNCHRONIZED =
      Set.of(
          "java.lang.StringBuffer",
          "java.util.Hashtable",
          "java.util.Properties",
          "java.util.Stack",
          "java.util.Timer",
          "java.util.Vector");

  private static final Supplier<Type> FUTURE =
      VisitorState.memoize(state -> state.getTypeFromString("java.util.concurrent.Future"));

  private static final Supplier<Type> ITERABLE =
      VisitorState.memoize(state -> state.getTypeFromString("java.lang.Iterable"));

  private static final Set<String> REPEATING =
      Set.of(
          "forEach",
          "forEachOrdered",
          "map",
          "mapToObj",
          "flatMap",
          "mapToInt",
          "mapToLong",
          "peek",
          "generate",
          "iterate");

  private final VarSymbol variable;
  private final LambdaExpressionTree body;
  private final TreePath spawn;
  private final MethodTree method;
  private final VisitorState state;

  // Where the task uses it, the first change first.
  private @Nullable Tree place;

  /**
   * @param variable what the task has captured
   * @param body of the task
   * @param spawn the path to the call that starts it
   * @param method that the call is in
   */
  Sharing(
      VarSymbol variable,
      LambdaExpressionTree body,
      TreePath spawn,
      MethodTree method,
      VisitorState state) {
    this.variable = variable;
    this.body = body;
    this.spawn = spawn;
    this.method = method;
    this.state = state;
  }

  /** Where the task uses the object; after {@link #with} returned something. */
  Tree place() {
    return place == null ? body : place;
  }

  /** Returns with whom it is shared, or null. */
  @Nullable String with() {
    Uses inTask = new Uses();
    inTask.scan(new TreePath(spawn, body), null);
    if (inTask.all.isEmpty()) {
      return null;
    }
    boolean changes = !inTask.changes.isEmpty();
    place = (changes ? inTask.changes : inTask.all).getFirst().getLeaf();
    if (isJoinedAtOnce()) {
      return null;
    }
    Tree loop = loop();
    if (loop != null) {
      Uses inLoop = new Uses();
      inLoop.scan(statement(path(loop)), null);
      boolean outside = inLoop.changes.size() > inTask.changes.size();
      if (inLoop.locks) {
        return null;
      }
      if (inLoop.waiting.size() == inTask.waiting.size() && (changes || outside)) {
        return changes ? "the other tasks that are started here" : "the code that starts it";
      }
    }
    return withLater(changes);
  }

  /**
   * Goes up to the statement that the code is in: in a stream the wait may stand beside the start.
   */
  private static TreePath statement(TreePath path) {
    TreePath at = path;
    while (!(at.getLeaf() instanceof StatementTree) && at.getParentPath() != null) {
      at = at.getParentPath();
    }
    return at;
  }

  private TreePath path(Tree tree) {
    for (TreePath up = spawn; up != null; up = up.getParentPath()) {
      if (up.getLeaf() == tree) {
        return up;
      }
    }
    return spawn;
  }

  /** {@code spawn(...).join()}: then it is no other task but a call. */
  private boolean isJoinedAtOnce() {
    return spawn.getParentPath().getLeaf() instanceof MemberSelectTree select
        && (select.getIdentifier().contentEquals("join")
            || select.getIdentifier().contentEquals("get"));
  }

  /**
   * Returns the outermost loop around the start of the task that the variable is not declared in:
   * each of the tasks has the same object.
   */
  private @Nullable Tree loop() {
    Tree found = null;
    for (TreePath up = spawn; up.getLeaf() != method; up = up.getParentPath()) {
      Tree tree = up.getLeaf();
      boolean loops =
          switch (tree) {
            case ForLoopTree _, EnhancedForLoopTree _, WhileLoopTree _, DoWhileLoopTree _ -> true;
            case LambdaExpressionTree _ ->
                up.getParentPath().getLeaf() instanceof MethodInvocationTree call && repeats(call);
            default -> false;
          };
      if (loops && !Captured.declares(tree, variable)) {
        found = tree;
      }
    }
    return found;
  }

  /** The code after the start of the task, up to where somebody waits. */
  private @Nullable String withLater(boolean changes) {
    int end = state.getEndPosition(spawn.getLeaf());
    Uses later = new Uses();
    later.scan(TreePath.getPath(spawn.getCompilationUnit(), method), null);
    if (later.locks) {
      return null;
    }
    int waited = Integer.MAX_VALUE;
    for (TreePath each : later.waiting) {
      if (state.getEndPosition(each.getLeaf()) > end) {
        int from = ASTHelpers.getStartPosition(statement(each).getLeaf());
        waited = Math.min(waited, Math.max(from, end));
      }
    }
    for (TreePath each : later.all) {
      int at = ASTHelpers.getStartPosition(each.getLeaf());
      if (at >= end
          && at < waited
          && (changes || later.changes.contains(each))
          && isRunThere(each)
          && follows(each)) {
        return "the code that goes on after its start";
      }
    }
    return null;
  }

  /** Whether the code is run where it stands, or by another task that is started there. */
  private boolean isRunThere(TreePath use) {
    for (TreePath up = use; up != null && up.getLeaf() != method; up = up.getParentPath()) {
      if (up.getLeaf() instanceof ClassTree) {
        return false;
      }
      if (up.getLeaf() instanceof LambdaExpressionTree && !isIn(spawn, up.getLeaf())) {
        return up.getParentPath().getLeaf() instanceof MethodInvocationTree call
            && (HoldfastApi.SPAWN.matches(call, state) || repeats(call));
      }
    }
    return true;
  }

  private static boolean repeats(MethodInvocationTree call) {
    return REPEATING.contains(ASTHelpers.getSymbol(call).getSimpleName().toString());
  }

  private static boolean isIn(TreePath path, Tree tree) {
    for (TreePath up = path; up != null; up = up.getParentPath()) {
      if (up.getLeaf() == tree) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the code at a later place is run after the start of the task, and not instead of it.
   */
  private boolean follows(TreePath use) {
    TreePath at = use;
    while (at != null && !isIn(spawn, at.getLeaf())) {
      at = at.getParentPath();
    }
    if (at == null) {
      return false;
    }
    Tree common = at.getLeaf();
    if (common instanceof IfTree
        || common instanceof SwitchTree
        || common instanceof SwitchExpressionTree
        || common instanceof ConditionalExpressionTree
        || common instanceof TryTree) {
      return false; // the other branch, or what is done when the start failed
    }
    // Up to there nobody leaves, and no block is left that waits at its end.
    for (TreePath up = spawn; up.getLeaf() != common; up = up.getParentPath()) {
      Tree tree = up.getLeaf();
      if (tree instanceof LambdaExpressionTree
          || (tree instanceof TryTree attempt && !attempt.getResources().isEmpty())
          || leaves(tree)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a block ends by leaving the method or the loop. */
  private static boolean leaves(Tree tree) {
    boolean[] found = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void scan(@Nullable Tree each, @Nullable Void none) {
        if (each != null) {
          found[0] |=
              switch (each.getKind()) {
                case RETURN, THROW, BREAK, CONTINUE, YIELD -> true;
                default -> false;
              };
        }
        return each instanceof LambdaExpressionTree ? null : super.scan(each, null);
      }
    }.scan(tree, null);
    return found[0];
  }

  /** What some code does with the variable, and whether it waits or locks. */
  private final class Uses extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final List<TreePath> all = new ArrayList<>();
    private final List<TreePath> changes = new ArrayList<>();
    private final List<TreePath> waiting = new ArrayList<>();
    private boolean locks;

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void none) {
      if (variable.equals(ASTHelpers.getSymbol(tree))) {
        all.add(getCurrentPath());
        if (isChange(getCurrentPath())) {
          changes.add(getCurrentPath());
        }
      }
      return null;
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void none) {
      String name = ASTHelpers.getSymbol(call).getSimpleName().toString();
      locks |= LOCKS.contains(name);
      if (isWait(call, name)) {
        waiting.add(getCurrentPath());
      }
      return super.visitMethodInvocation(call, null);
    }

    private boolean isWait(MethodInvocationTree call, String name) {
      if (WAITS.stream().anyMatch(name::startsWith)) {
        return true;
      }
      if (WAITS_THERE.contains(name)) {
        return ASTHelpers.enclosingPackage(ASTHelpers.getSymbol(call))
            .map(each -> each.getQualifiedName().toString())
            .filter(
                each -> each.startsWith("java.util.concurrent") || each.startsWith("dev.holdfast"))
            .isPresent();
      }
      // Whoever is given a task may wait for it.
      return !CHANGES.contains(name)
          && call.getArguments().stream()
              .map(ASTHelpers::getType)
              .anyMatch(type -> type != null && (isFuture(type) || areFutures(type)));
    }

    private boolean isFuture(Type type) {
      return ASTHelpers.isSubtype(type, FUTURE.get(state), state);
    }

    private boolean areFutures(Type type) {
      return ASTHelpers.isSubtype(type, ITERABLE.get(state), state)
          && type.getTypeArguments().stream().anyMatch(this::isFuture);
    }

    @Override
    public @Nullable Void visitMemberReference(MemberReferenceTree tree, @Nullable Void none) {
      String name = tree.getName().toString();
      if (name.equals("get") || WAITS.stream().anyMatch(name::startsWith)) {
        waiting.add(getCurrentPath());
      }
      return super.visitMemberReference(tree, null);
    }

    @Override
    public @Nullable Void visitSynchronized(SynchronizedTree tree, @Nullable Void none) {
      locks = true;
      return super.visitSynchronized(tree, null);
    }

    private boolean isChange(TreePath use) {
      Tree tree = use.getLeaf();
      TreePath parent = use.getParentPath();
      return switch (parent.getLeaf()) {
        case ArrayAccessTree access ->
            // At an index of its own each task may have an element of its own.
            access.getExpression() == tree
                && ASTHelpers.constValue(access.getIndex()) != null
                && isWritten(parent);
        case MemberSelectTree select ->
            select.getExpression() == tree
                && (isPlainField(select) ? isWritten(parent) : isChanging(select, parent));
        default -> false;
      };
    }

    private boolean isPlainField(MemberSelectTree select) {
      Symbol field = ASTHelpers.getSymbol(select);
      return field instanceof VarSymbol && (field.flags() & Flags.VOLATILE) == 0;
    }

    private boolean isChanging(MemberSelectTree select, TreePath parent) {
      Type type = ASTHelpers.getType(select.getExpression());
      return parent.getParentPath().getLeaf() instanceof MethodInvocationTree call
          && call.getMethodSelect() == select
          && CHANGES.contains(select.getIdentifier().toString())
          && type != null
          && !SYNCHRONIZED.contains(type.tsym.getQualifiedName().toString())
          && ASTHelpers.enclosingPackage(type.tsym)
              .map(each -> KNOWN.contains(each.getQualifiedName().toString()))
              .orElse(false);
    }

    private boolean isWritten(TreePath target) {
      Tree tree = target.getLeaf();
      return switch (target.getParentPath().getLeaf()) {
        case AssignmentTree assignment -> assignment.getVariable() == tree;
        case CompoundAssignmentTree assignment -> assignment.getVariable() == tree;
        case UnaryTree step ->
            switch (step.getKind()) {
              case PREFIX_INCREMENT, PREFIX_DECREMENT, POSTFIX_INCREMENT, POSTFIX_DECREMENT -> true;
              default -> false;
            };
        default -> false;
      };
    }
  }
}
