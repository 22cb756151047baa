// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.BugPattern.LinkType.NONE;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.matchers.Description.NO_MATCH;
import static com.google.errorprone.matchers.Matchers.anyOf;
import static com.google.errorprone.matchers.Matchers.instanceMethod;
import static com.google.errorprone.matchers.Matchers.staticMethod;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.fixes.SuggestedFixes;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.matchers.Matcher;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.ClassSymbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import com.sun.tools.javac.code.TypeTag;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** A worker-local or arena that is made anew for each call or each object. */
@BugPattern(
    summary =
        "A WorkerLocal is made per call or per object. Each one has values of its own on every worker, which stay there"
            + " until the runtime ends and are not used again. Keep it in a static final field.",
    severity = WARNING,
    linkType = NONE)
public final class WorkerLocalNotStatic extends BugChecker implements MethodInvocationTreeMatcher {

  private static final long serialVersionUID = 1;

  private static final Matcher<ExpressionTree> MADE =
      anyOf(
          HoldfastApi.WORKER_LOCAL_OF,
          HoldfastApi.WORKER_LOCAL_BUILT,
          staticMethod().onClass(HoldfastApi.WORKER_ARENA).named("create"),
          instanceMethod().onExactClass(HoldfastApi.WORKER_ARENA + ".Builder").named("build"));

  private static final Matcher<ExpressionTree> RUNTIME_STARTED =
      anyOf(
          staticMethod().onClass(HoldfastApi.WORKER_RUNTIME).namedAnyOf("start", "builder"),
          instanceMethod().onDescendantOf(HoldfastApi.WORKER_RUNTIME + ".Builder").named("start"));

  private static final Set<String> USES =
      Set.of("with", "update", "ref", "lease", "guard", "onOwner", "open");

  // Of their likes a program has one object.
  private static final Set<String> SINGLE =
      Set.of(
          "Singleton",
          "ApplicationScoped",
          "Component",
          "Service",
          "Repository",
          "Controller",
          "RestController",
          "Configuration",
          "Startup");

  @Override
  public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
    if (!MADE.matches(tree, state) || TestCode.contains(state)) {
      return NO_MATCH;
    }
    TreePath made = state.getPath();
    while (made.getParentPath().getLeaf() instanceof ParenthesizedTree) {
      made = made.getParentPath();
    }
    Tree parent = made.getParentPath().getLeaf();
    if (parent instanceof MemberSelectTree use
        && USES.contains(use.getIdentifier().toString())
        && made.getParentPath().getParentPath().getLeaf() instanceof MethodInvocationTree) {
      return describe(tree, "for one use of it", "a new value each time", SuggestedFix.emptyFix());
    }
    if (!(parent instanceof VariableTree variable)) {
      return NO_MATCH; // returned, handed over, kept elsewhere: whoever has it may keep it
    }
    VarSymbol symbol = ASTHelpers.getSymbol(variable);
    return switch (symbol.getKind()) {
      case FIELD -> ofField(tree, variable, symbol, made.getParentPath(), state);
      case LOCAL_VARIABLE -> ofCall(tree, symbol, made.getParentPath(), state);
      default -> NO_MATCH;
    };
  }

  /**
   * A private field of each object whose values have nothing of the object: they are only leased,
   * and the initialiser knows nothing of it. So all objects may share them.
   */
  private Description ofField(
      MethodInvocationTree made,
      VariableTree field,
      VarSymbol symbol,
      TreePath path,
      VisitorState state) {
    if (ASTHelpers.isStatic(symbol)
        || !symbol.getModifiers().contains(Modifier.PRIVATE)
        || !symbol.getModifiers().contains(Modifier.FINAL)
        || isGeneric(symbol.type)) {
      return NO_MATCH;
    }
    for (TreePath up = path; up != null; up = up.getParentPath()) {
      if (up.getLeaf() instanceof ClassTree type && (isSingle(type) || hasRuntime(type, state))) {
        return NO_MATCH;
      }
    }
    OwnParts parts = new OwnParts();
    parts.scan(made, null);
    Uses uses = new Uses(symbol, Set.of("lease", "open"));
    uses.scan(path.getCompilationUnit(), null);
    if (parts.found || uses.others || uses.forms == 0) {
      return NO_MATCH;
    }
    SuggestedFix fix =
        SuggestedFixes.addModifiers(field, state, Modifier.STATIC).orElse(SuggestedFix.emptyFix());
    return describe(
        made,
        "for each object of class " + symbol.owner.getSimpleName(),
        "values for each object",
        fix);
  }

  /** A variable of a method that makes no runtime itself, and keeps the local from all others. */
  private Description ofCall(
      MethodInvocationTree made, VarSymbol symbol, TreePath path, VisitorState state) {
    MethodTree method = ASTHelpers.findEnclosingNode(path, MethodTree.class);
    ClassTree type = ASTHelpers.findEnclosingNode(path, ClassTree.class);
    if (method == null || type == null || !isWithin(type, method, path)) {
      return NO_MATCH; // an initialiser, which runs once for its class or object
    }
    BlockTree body = method.getBody();
    if (body == null || (!isOfTask(path, method, state) && isForRuntime(method, state))) {
      return NO_MATCH;
    }
    OwnParts parts = new OwnParts();
    parts.scan(made, null);
    Uses uses = new Uses(symbol, USES);
    uses.scan(body, null);
    // What is made of objects that the method was given may be wanted for each of these.
    if (parts.found
        || Captured.by(made).stream().anyMatch(each -> !isPlain(each.type, state))
        || uses.others
        || uses.forms == 0) {
      return NO_MATCH;
    }
    return describe(
        made,
        "for each call of " + method.getName() + "()",
        "values for each call",
        SuggestedFix.emptyFix());
  }

  private Description describe(
      MethodInvocationTree made, String when, String what, SuggestedFix fix) {
    Type type = ASTHelpers.getType(made);
    String kind = type == null ? "WorkerLocal" : type.tsym.getSimpleName().toString();
    return buildDescription(made)
        .setMessage(
            "This "
                + kind
                + " is made "
                + when
                + ", and so makes "
                + what
                + ": they stay on their workers until the runtime ends, and are not used again."
                + " Keep it in a static final field.")
        .addFix(fix)
        .build();
  }

  /** A number or a text: it says how the values are made, and not for whom. */
  private static boolean isPlain(Type type, VisitorState state) {
    return type.isPrimitive() || ASTHelpers.isSameType(type, state.getSymtab().stringType, state);
  }

  /** The method is in the type, not the other way round. */
  private static boolean isWithin(ClassTree type, MethodTree method, TreePath path) {
    for (TreePath up = path; up != null; up = up.getParentPath()) {
      if (up.getLeaf() == method) {
        return true;
      }
      if (up.getLeaf() == type) {
        return false;
      }
    }
    return false;
  }

  /** Whether the code is the body of a task, of which a method may start many. */
  private static boolean isOfTask(TreePath path, MethodTree method, VisitorState state) {
    for (TreePath up = path; up.getLeaf() != method; up = up.getParentPath()) {
      if (up.getLeaf() instanceof LambdaExpressionTree
          && up.getParentPath().getLeaf() instanceof MethodInvocationTree call
          && HoldfastApi.SPAWN.matches(call, state)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a method is called once for a runtime: it makes one, or has been given one. */
  private static boolean isForRuntime(MethodTree method, VisitorState state) {
    if (method.getName().contentEquals("main")) {
      return true;
    }
    for (VariableTree parameter : method.getParameters()) {
      if (HoldfastApi.isA(ASTHelpers.getType(parameter), HoldfastApi.WORKER_RUNTIME_TYPE, state)) {
        return true;
      }
    }
    boolean[] started = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void none) {
        started[0] |= RUNTIME_STARTED.matches(call, state);
        return super.visitMethodInvocation(call, null);
      }
    }.scan(method.getBody(), null);
    return started[0];
  }

  private static boolean hasRuntime(ClassTree type, VisitorState state) {
    for (Tree member : type.getMembers()) {
      if (member instanceof VariableTree field
          && HoldfastApi.isA(ASTHelpers.getType(field), HoldfastApi.WORKER_RUNTIME_TYPE, state)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSingle(ClassTree type) {
    ClassSymbol symbol = ASTHelpers.getSymbol(type);
    if (symbol.getKind() == ElementKind.ENUM) {
      return true;
    }
    for (String each : SINGLE) {
      if (ASTHelpers.hasDirectAnnotationWithSimpleName(symbol, each)) {
        return true;
      }
    }
    for (Tree member : type.getMembers()) {
      if (member instanceof VariableTree field) {
        VarSymbol constant = ASTHelpers.getSymbol(field);
        if (ASTHelpers.isStatic(constant) && constant.type.tsym == symbol) {
          return true; // a class with constants of itself
        }
      }
    }
    return false;
  }

  /** Whether type variables are in it, which no static field may name. */
  private static boolean isGeneric(Type type) {
    if (type.hasTag(TypeTag.TYPEVAR)) {
      return true;
    }
    for (Type argument : type.getTypeArguments()) {
      if (isGeneric(argument)) {
        return true;
      }
    }
    return type instanceof Type.ArrayType array && isGeneric(array.elemtype);
  }

  /** Looks for what an expression takes from the object that it is evaluated for. */
  private static final class OwnParts extends TreeScanner<@Nullable Void, @Nullable Void> {

    private boolean found;

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void none) {
      Symbol symbol = ASTHelpers.getSymbol(tree);
      if (symbol == null) {
        found = true;
      } else if (symbol.getKind().isField() || symbol.getKind() == ElementKind.METHOD) {
        found |= !ASTHelpers.isStatic(symbol);
      } else if (symbol instanceof ClassSymbol type) {
        found |= type.hasOuterInstance(); // objects of it have the outer object along
      }
      found |= tree.getName().contentEquals("this") || tree.getName().contentEquals("super");
      return null;
    }

    @Override
    public @Nullable Void visitClass(ClassTree tree, @Nullable Void none) {
      found = true;
      return null;
    }

    @Override
    public @Nullable Void visitLambdaExpression(LambdaExpressionTree tree, @Nullable Void none) {
      return scan(tree.getBody(), null);
    }
  }

  /** Counts how a variable is used: by which forms of access, and in what other ways. */
  private static final class Uses extends TreeScanner<@Nullable Void, @Nullable Void> {

    private final VarSymbol variable;
    private final Set<String> known;
    private int forms;
    private boolean others;

    Uses(VarSymbol variable, Set<String> known) {
      this.variable = variable;
      this.known = known;
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void none) {
      if (call.getMethodSelect() instanceof MemberSelectTree select
          && variable.equals(ASTHelpers.getSymbol(select.getExpression()))) {
        String name = select.getIdentifier().toString();
        if (known.contains(name)) {
          forms++;
        } else if (!name.equals("name") && !name.equals("toString")) {
          others = true;
        }
        return scan(call.getArguments(), null);
      }
      return super.visitMethodInvocation(call, null);
    }

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void none) {
      others |= variable.equals(ASTHelpers.getSymbol(tree));
      return null;
    }

    @Override
    public @Nullable Void visitMemberSelect(MemberSelectTree tree, @Nullable Void none) {
      others |= variable.equals(ASTHelpers.getSymbol(tree));
      return super.visitMemberSelect(tree, null);
    }
  }
}
