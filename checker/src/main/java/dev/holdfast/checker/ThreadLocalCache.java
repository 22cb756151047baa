// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.BugPattern.LinkType.NONE;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.matchers.Description.NO_MATCH;
import static com.google.errorprone.matchers.Matchers.anyMethod;
import static com.google.errorprone.matchers.Matchers.anyOf;
import static com.google.errorprone.matchers.Matchers.instanceMethod;
import static com.google.errorprone.matchers.Matchers.staticMethod;

import com.google.errorprone.BugPattern;
import com.google.errorprone.ErrorProneFlags;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.bugpatterns.BugChecker.NewClassTreeMatcher;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.matchers.Matcher;
import com.google.errorprone.suppliers.Supplier;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewArrayTree;
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
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import com.sun.tools.javac.util.Name;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import javax.inject.Inject;
import javax.lang.model.element.ElementKind;
import org.jspecify.annotations.Nullable;

/** A {@code ThreadLocal} that keeps something dear to make for its thread to use again. */
@BugPattern(
    summary =
        "A ThreadLocal keeps a buffer, digest or the like to be used again. A virtual thread ends with its task, so each"
            + " makes its own, which is used by no other: the memory grows with the tasks. Keep it in a WorkerLocal and"
            + " lease it.",
    severity = WARNING,
    linkType = NONE)
public final class ThreadLocalCache extends BugChecker
    implements MethodInvocationTreeMatcher, NewClassTreeMatcher {

  private static final long serialVersionUID = 1;

  private static final String THREAD_LOCAL = "java.lang.ThreadLocal";

  private static final Matcher<ExpressionTree> WITH_INITIAL =
      staticMethod().onClass(THREAD_LOCAL).named("withInitial");

  /** Who asks such a thing has one way for threads of a pool, and another one for all others. */
  private static final Matcher<ExpressionTree> WHICH_THREAD =
      anyOf(
          instanceMethod().onDescendantOf("java.lang.Thread").named("isVirtual"),
          anyMethod()
              .anyClass()
              .withNameMatching(Pattern.compile("(is|in)([A-Z]\\w*)?(Thread|EventLoop)"))
              .withNoParameters());

  private static final Supplier<Type> THREAD_LOCAL_TYPE = type(THREAD_LOCAL);
  private static final Supplier<Type> INHERITED_TYPE = type("java.lang.InheritableThreadLocal");
  private static final Supplier<Type> THREAD_TYPE = type("java.lang.Thread");

  private static final Supplier<Name> INITIAL_VALUE =
      VisitorState.memoize(state -> state.getName("initialValue"));

  /** Up to as many elements an array is a few variables, and no buffer. */
  private static final int FEW = 16;

  private final transient CachedTypes types;

  /** For the service loader, which only asks which classes there are. */
  public ThreadLocalCache() {
    this(ErrorProneFlags.empty());
  }

  @Inject
  ThreadLocalCache(ErrorProneFlags flags) {
    types = new CachedTypes(flags);
  }

  @Override
  public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
    if (!WITH_INITIAL.matches(tree, state) || tree.getArguments().size() != 1) {
      return NO_MATCH;
    }
    return match(tree, made(tree.getArguments().getFirst()), state);
  }

  @Override
  public Description matchNewClass(NewClassTree tree, VisitorState state) {
    Type type = ASTHelpers.getType(tree);
    if (type == null
        || !ASTHelpers.isSubtype(type, THREAD_LOCAL_TYPE.get(state), state)
        || ASTHelpers.isSubtype(type, INHERITED_TYPE.get(state), state)
        || (tree.getClassBody() == null && !isPlain(type) && !hasInitialValue(type, state))) {
      return NO_MATCH;
    }
    return match(tree, made(tree.getClassBody()), state);
  }

  private static boolean isPlain(Type type) {
    return type.tsym.getQualifiedName().contentEquals(THREAD_LOCAL);
  }

  private Description match(ExpressionTree tree, List<ExpressionTree> made, VisitorState state) {
    VarSymbol field = field(state.getPath());
    Type kept = kept(ASTHelpers.getType(tree), state);
    if (field == null || kept == null) {
      return NO_MATCH;
    }
    // What is made says more than the type of the variable, which may be an interface.
    Type cached = null;
    for (ExpressionTree each : made) {
      if (isSmall(each)) {
        return NO_MATCH;
      }
      cached = cached != null ? cached : types.cached(ASTHelpers.getType(each), state);
    }
    cached = cached != null ? cached : types.cached(kept, state);
    if (cached == null || TestCode.contains(state) || isOfThread(state)) {
      return NO_MATCH;
    }
    Uses uses = new Uses(field, state);
    uses.scan(state.getPath().getCompilationUnit(), null);
    if (uses.context
        || uses.knowsThreads
        || uses.put.stream().anyMatch(ThreadLocalCache::isSmall)
        || !(hasInitial(tree, state) || uses.isFilledOnDemand())) {
      return NO_MATCH;
    }
    return buildDescription(tree)
        .setMessage(message(field, cached, state))
        .addFix(new LeaseFix(field, tree, uses.reads, state).fix())
        .build();
  }

  private String message(VarSymbol field, Type cached, VisitorState state) {
    String advice = types.advice(cached, state);
    return "ThreadLocal '"
        + field.getSimpleName()
        + "' keeps a "
        + simple(cached)
        + " to be used again. A virtual thread ends with its task, so each makes its own, which is"
        + " used by no other: the memory grows with the tasks. "
        + (advice.isEmpty() ? "Keep it" : advice + " Else keep it")
        + " in a WorkerLocal and take it by lease().";
  }

  private static String simple(Type type) {
    return type instanceof Type.ArrayType array
        ? simple(array.elemtype) + "[]"
        : type.tsym.getSimpleName().toString();
  }

  /** Returns the field that an expression is the value of, or null. */
  private static @Nullable VarSymbol field(TreePath expression) {
    TreePath at = expression.getParentPath();
    while (at.getLeaf() instanceof ParenthesizedTree || at.getLeaf() instanceof TypeCastTree) {
      at = at.getParentPath();
    }
    Symbol holder =
        switch (at.getLeaf()) {
          case VariableTree variable -> ASTHelpers.getSymbol(variable);
          case AssignmentTree assignment -> ASTHelpers.getSymbol(assignment.getVariable());
          default -> null;
        };
    return holder instanceof VarSymbol variable && variable.getKind().isField() ? variable : null;
  }

  /** Returns the type of the values of a {@code ThreadLocal}, or null if it is raw. */
  private static @Nullable Type kept(@Nullable Type type, VisitorState state) {
    Type local =
        type == null ? null : state.getTypes().asSuper(type, THREAD_LOCAL_TYPE.get(state).tsym);
    return local == null || local.getTypeArguments().size() != 1
        ? null
        : local.getTypeArguments().getFirst();
  }

  private static boolean hasInitial(ExpressionTree made, VisitorState state) {
    return !(made instanceof NewClassTree) || hasInitialValue(ASTHelpers.getType(made), state);
  }

  private static boolean hasInitialValue(Type type, VisitorState state) {
    Symbol base = THREAD_LOCAL_TYPE.get(state).tsym;
    for (Type each : state.getTypes().closure(type)) {
      if (each.tsym != base) {
        for (Symbol member : each.tsym.members().getSymbolsByName(INITIAL_VALUE.get(state))) {
          if (member instanceof MethodSymbol method && method.params().isEmpty()) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** Returns what an initialiser makes, as far as the expression shows it. */
  private static List<ExpressionTree> made(ExpressionTree initial) {
    ExpressionTree bare = ASTHelpers.stripParentheses(initial);
    List<ExpressionTree> made = new ArrayList<>();
    if (bare instanceof LambdaExpressionTree lambda) {
      if (lambda.getBody() instanceof ExpressionTree value) {
        made.add(value);
      } else {
        new Returned(made).scan(lambda.getBody(), null);
      }
    } else if (bare instanceof MemberReferenceTree reference
        && reference.getMode() == MemberReferenceTree.ReferenceMode.NEW) {
      made.add(reference.getQualifierExpression());
    }
    return made;
  }

  private static List<ExpressionTree> made(@Nullable ClassTree body) {
    List<ExpressionTree> made = new ArrayList<>();
    if (body != null) {
      for (Tree member : body.getMembers()) {
        if (member instanceof MethodTree method && method.getName().contentEquals("initialValue")) {
          new Returned(made).scan(method.getBody(), null);
        }
      }
    }
    return made;
  }

  /** An array of a few elements that are there from the beginning, or of none at all. */
  private static boolean isSmall(ExpressionTree made) {
    if (!(ASTHelpers.stripParentheses(made) instanceof NewArrayTree array)) {
      return false;
    }
    if (array.getInitializers() != null) {
      return array.getInitializers().size() <= FEW;
    }
    long size = 1;
    for (ExpressionTree dimension : array.getDimensions()) {
      if (!(ASTHelpers.constValue(dimension) instanceof Integer length)) {
        return false;
      }
      size *= length;
    }
    return size <= FEW;
  }

  /** Whether the code is a thread's own: its author knows which threads there are. */
  private static boolean isOfThread(VisitorState state) {
    for (Tree up : state.getPath()) {
      if (up instanceof ClassTree type
          && ASTHelpers.isSubtype(ASTHelpers.getType(type), THREAD_TYPE.get(state), state)) {
        return true;
      }
    }
    return false;
  }

  private static Supplier<Type> type(String name) {
    return VisitorState.memoize(state -> state.getTypeFromString(name));
  }

  /** Collects what a body returns, not what functions inside of it do. */
  private static final class Returned extends TreeScanner<@Nullable Void, @Nullable Void> {

    private final List<ExpressionTree> values;

    Returned(List<ExpressionTree> values) {
      this.values = values;
    }

    @Override
    public @Nullable Void visitReturn(ReturnTree tree, @Nullable Void none) {
      if (tree.getExpression() != null) {
        values.add(tree.getExpression());
      }
      return null;
    }

    @Override
    public @Nullable Void visitLambdaExpression(LambdaExpressionTree tree, @Nullable Void none) {
      return null;
    }

    @Override
    public @Nullable Void visitClass(ClassTree tree, @Nullable Void none) {
      return null;
    }
  }

  /** What a file does with a {@code ThreadLocal}. */
  private static final class Uses extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final VarSymbol field;
    private final VisitorState state;

    // The calls of get(); null for what is none, so that nothing can be said of all.
    private final List<@Nullable TreePath> reads = new ArrayList<>();

    // What the file makes and puts there itself.
    private final List<ExpressionTree> put = new ArrayList<>();

    // A value is given to the thread, or taken away from it: it belongs to what the thread does.
    private boolean context;

    private boolean knowsThreads;

    // The methods that ask for a value, and those that put one there which they made.
    private final Set<@Nullable Tree> asking = new HashSet<>();
    private final Set<@Nullable Tree> filling = new HashSet<>();

    Uses(VarSymbol field, VisitorState state) {
      this.field = field;
      this.state = state;
    }

    @Override
    public @Nullable Void visitCompilationUnit(CompilationUnitTree tree, @Nullable Void none) {
      return scan(tree.getTypeDecls(), null);
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void none) {
      knowsThreads |= WHICH_THREAD.matches(call, state);
      if (call.getMethodSelect() instanceof MemberSelectTree select
          && isField(select.getExpression())) {
        Tree method = ASTHelpers.findEnclosingNode(getCurrentPath(), MethodTree.class);
        switch (select.getIdentifier().toString()) {
          case "get" -> {
            reads.add(getCurrentPath());
            asking.add(method);
          }
          case "set" -> {
            context |= !isFresh(call.getArguments().getFirst());
            reads.add(null);
            filling.add(method);
          }
          case "remove" -> context = true;
          default -> reads.add(null);
        }
        return scan(call.getArguments(), null);
      }
      return super.visitMethodInvocation(call, null);
    }

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void none) {
      if (isField(tree) && !isWritten()) {
        reads.add(null);
      }
      return null;
    }

    @Override
    public @Nullable Void visitMemberSelect(MemberSelectTree tree, @Nullable Void none) {
      if (isField(tree) && !isWritten()) {
        reads.add(null);
      }
      return super.visitMemberSelect(tree, null);
    }

    /** Whether a method makes the value when it finds none. */
    private boolean isFilledOnDemand() {
      return !context && !Collections.disjoint(asking, filling);
    }

    private boolean isField(ExpressionTree tree) {
      return field.equals(ASTHelpers.getSymbol(ASTHelpers.stripParentheses(tree)));
    }

    private boolean isWritten() {
      return getCurrentPath().getParentPath().getLeaf() instanceof AssignmentTree assignment
          && assignment.getVariable() == getCurrentPath().getLeaf();
    }

    /** Whether a value was made here, in the place of one that was too small perhaps. */
    private boolean isFresh(ExpressionTree value) {
      ExpressionTree bare = ASTHelpers.stripParentheses(value);
      return switch (bare) {
        case LiteralTree _ -> false; // null: the value is taken away
        case NewArrayTree made -> {
          put.add(made);
          yield true;
        }
        case AssignmentTree assignment -> isFresh(assignment.getExpression());
        case TypeCastTree cast -> isFresh(cast.getExpression());
        case NewClassTree made ->
            made.getArguments().stream()
                    .allMatch(argument -> isFresh(argument) || isNumber(argument))
                || made.getArguments().isEmpty();
        case MethodInvocationTree call -> isMaker(call);
        case IdentifierTree name ->
            ASTHelpers.getSymbol(name) instanceof VarSymbol variable && isMadeHere(variable);
        default -> false;
      };
    }

    private static boolean isNumber(ExpressionTree argument) {
      Type type = ASTHelpers.getType(argument);
      return type != null && type.isPrimitive();
    }

    private static boolean isMaker(MethodInvocationTree call) {
      MethodSymbol method = ASTHelpers.getSymbol(call);
      String name = method.getSimpleName().toString().toLowerCase(Locale.ROOT);
      return name.startsWith("copyof")
          || name.startsWith("allocate")
          || name.startsWith("create")
          || name.startsWith("new")
          || name.startsWith("grow")
          || name.startsWith("make")
          || name.startsWith("getinstance");
    }

    private boolean isMadeHere(VarSymbol variable) {
      MethodTree method = ASTHelpers.findEnclosingNode(getCurrentPath(), MethodTree.class);
      if (ASTHelpers.isStatic(variable)
          || !variable.getKind().equals(ElementKind.LOCAL_VARIABLE)
          || method == null) {
        return false;
      }
      boolean[] made = {false};
      new TreeScanner<@Nullable Void, @Nullable Void>() {
        @Override
        public @Nullable Void visitVariable(VariableTree tree, @Nullable Void none) {
          made[0] |=
              variable.equals(ASTHelpers.getSymbol(tree))
                  && tree.getInitializer() != null
                  && isMaking(tree.getInitializer());
          return super.visitVariable(tree, null);
        }

        @Override
        public @Nullable Void visitAssignment(AssignmentTree tree, @Nullable Void none) {
          made[0] |=
              variable.equals(ASTHelpers.getSymbol(tree.getVariable()))
                  && isMaking(tree.getExpression());
          return super.visitAssignment(tree, null);
        }
      }.scan(method, null);
      return made[0];
    }

    private boolean isMaking(ExpressionTree value) {
      ExpressionTree bare = ASTHelpers.stripParentheses(value);
      return !(bare instanceof IdentifierTree) && isFresh(bare);
    }
  }
}
