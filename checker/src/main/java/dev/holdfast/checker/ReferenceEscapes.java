// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.BugPattern.LinkType.NONE;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.matchers.Description.NO_MATCH;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.AssignmentTreeMatcher;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.bugpatterns.BugChecker.NewClassTreeMatcher;
import com.google.errorprone.bugpatterns.BugChecker.TryTreeMatcher;
import com.google.errorprone.bugpatterns.BugChecker.VariableTreeMatcher;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.suppliers.Supplier;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Type;
import dev.holdfast.checker.Region.Held;
import dev.holdfast.checker.Region.Way;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.lang.model.element.ElementKind;
import org.jspecify.annotations.Nullable;

/** Leases, references and values that get to where they may not be used. */
@BugPattern(
    summary = "A worker's value, or the right to use it, gets to where it may not be used.",
    severity = WARNING,
    linkType = NONE)
public final class ReferenceEscapes extends BugChecker
    implements AssignmentTreeMatcher,
        MethodInvocationTreeMatcher,
        NewClassTreeMatcher,
        TryTreeMatcher,
        VariableTreeMatcher {

  private static final long serialVersionUID = 1;

  /** What a variable keeps many things in, or one that changes. */
  private static final List<Supplier<Type>> CONTAINERS =
      Stream.of(
              "java.util.Collection",
              "java.util.Map",
              "java.util.concurrent.atomic.AtomicReference")
          .map(HoldfastApi::type)
          .toList();

  /** A kind of what may not get out, and the messages on it. */
  private enum Kind {
    LEASE(
        "A Lease",
        "A leased value",
        "Once the lease is closed the next task gets the value, and both use it at a time.",
        "Return or store a copy or a result; or hand the open Lease over, to be closed by who gets"
            + " it.",
        "The lease belongs to the task that took it: its get() throws in any other, and the value"
            + " is no longer one task's. Let the other code take a lease of its own."),
    GUARD(
        "A Guard",
        "A guarded value",
        "Once the guard is closed the value may be destroyed under its user.",
        "Close the guard after the last use of the value; in a task, use ref().",
        "Once the guard is closed the value may be destroyed under its user. Give the guard to the"
            + " other code, to be closed there."),
    SCOPE(
        "A scope of a WorkerArena",
        "Memory of a WorkerArena's scope",
        "Once the scope is closed the memory is another task's.",
        "Copy what is to stay, or open the scope where the result is used.",
        "The scope belongs to the task that opened it, and its memory is another task's once it is"
            + " closed. Let the other code open a scope of its own."),
    PINNED(
        "A value",
        "The value of with, update or onOwner",
        "It is exclusive only while the function runs: afterwards other tasks of the worker use it"
            + " at the same time.",
        "Return what is computed from it, or lease() it for as long as it is needed.",
        "It is exclusive only while the function runs, and on its worker: the other code uses it"
            + " beside the worker's tasks. Hand over a copy, or let that code take a lease.");

    final String handle;
    final String value;
    final String danger;
    final String wayOut;
    final String captured;

    Kind(String handle, String value, String danger, String wayOut, String captured) {
      this.handle = handle;
      this.value = value;
      this.danger = danger;
      this.wayOut = wayOut;
      this.captured = captured;
    }

    String message(Way way, Held what) {
      String subject = what == Held.VALUE ? value : handle;
      return switch (way) {
        case RETURNED -> subject + " is returned from " + end() + ". " + danger + " " + wayOut;
        case STORED ->
            subject + " is stored where it outlives " + end() + ". " + danger + " " + wayOut;
        case CAPTURED ->
            subject + " is captured by code that another task or thread runs. " + captured;
      };
    }

    private String end() {
      return this == PINNED ? "the function" : "the block that closes it";
    }
  }

  // ---- In a block that closes it, and in a function that is given it.

  @Override
  public Description matchTry(TryTree tree, VisitorState state) {
    for (Tree resource : tree.getResources()) {
      Symbol variable = ASTHelpers.getSymbol(resource);
      Kind kind = variable == null ? null : kindOf(resource, variable.type, state);
      if (kind != null && (kind == Kind.SCOPE || !isOfImmutable(variable.type, state))) {
        Held held = kind == Kind.SCOPE ? Held.SCOPE : Held.HANDLE;
        new Region(
                tree.getBlock(),
                Map.of(variable, held),
                true,
                state,
                (where, way, what) -> {
                  // A guard may be taken along, which is what it is for.
                  if (kind != Kind.GUARD || (what == Held.VALUE && way != Way.CAPTURED)) {
                    report(where, kind.message(way, what), state);
                  }
                })
            .scan(new TreePath(state.getPath(), tree.getBlock()));
      }
    }
    return NO_MATCH;
  }

  private static @Nullable Kind kindOf(Tree resource, Type type, VisitorState state) {
    if (HoldfastApi.isA(type, HoldfastApi.LEASE_TYPE, state)) {
      return Kind.LEASE;
    }
    if (HoldfastApi.isA(type, HoldfastApi.GUARD_TYPE, state)) {
      return Kind.GUARD;
    }
    return resource instanceof VariableTree variable
            && variable.getInitializer() != null
            && HoldfastApi.SCOPE_OPENED.matches(variable.getInitializer(), state)
        ? Kind.SCOPE
        : null;
  }

  private static boolean isOfImmutable(Type handle, VisitorState state) {
    List<Type> arguments = handle.getTypeArguments();
    return arguments.size() == 1
        && Safety.isImmutable(state.getTypes().wildUpperBound(arguments.getFirst()), state);
  }

  /** Looks into the function of {@code with}, {@code update} and {@code onOwner}. */
  private void matchFunction(ExpressionTree function, Type local, VisitorState state) {
    List<Type> arguments = local.getTypeArguments();
    if (arguments.size() != 1
        || Safety.isThreadSafe(state.getTypes().wildUpperBound(arguments.getFirst()), state)) {
      return;
    }
    if (function instanceof LambdaExpressionTree lambda && lambda.getParameters().size() == 1) {
      Symbol value = ASTHelpers.getSymbol(lambda.getParameters().getFirst());
      new Region(
              lambda,
              Map.of(value, Held.VALUE),
              false,
              state,
              (where, way, what) -> report(where, Kind.PINNED.message(way, what), state))
          .scan(new TreePath(state.getPath(), lambda));
    } else if (HoldfastApi.IDENTITY.matches(function, state)) {
      report(function, Kind.PINNED.message(Way.RETURNED, Held.VALUE), state);
    } else if (function instanceof MemberReferenceTree reference
        && Region.PUT.matches(reference, state)) {
      report(function, Kind.PINNED.message(Way.STORED, Held.VALUE), state);
    }
  }

  // ---- Taken along by code that others run.

  @Override
  public Description matchMethodInvocation(MethodInvocationTree call, VisitorState state) {
    List<? extends ExpressionTree> arguments = call.getArguments();
    if (arguments.size() == 1
        && (HoldfastApi.WITH.matches(call, state) || HoldfastApi.ON_OWNER.matches(call, state))) {
      matchFunction(
          ASTHelpers.stripParentheses(arguments.getFirst()),
          ASTHelpers.getReceiverType(call),
          state);
      return NO_MATCH;
    }
    if (arguments.stream().anyMatch(Region::isFunction)) {
      matchHandover(Handover.of(call, state), arguments, state);
    }
    return NO_MATCH;
  }

  @Override
  public Description matchNewClass(NewClassTree made, VisitorState state) {
    if (made.getArguments().stream().anyMatch(Region::isFunction)) {
      matchHandover(Handover.of(made, state), made.getArguments(), state);
    }
    return NO_MATCH;
  }

  private void matchHandover(
      @Nullable Handover handover, List<? extends ExpressionTree> arguments, VisitorState state) {
    if (handover == null) {
      return;
    }
    for (ExpressionTree argument : arguments) {
      if (Region.isFunction(argument)) {
        Captured.uses(argument)
            .forEach((variable, name) -> checkCaptured(name, variable, handover, state));
      }
    }
  }

  /** Reports a lease or reference that a function brings along. */
  private void checkCaptured(
      IdentifierTree name, Symbol.VarSymbol variable, Handover handover, VisitorState state) {
    if (HoldfastApi.isA(variable.type, HoldfastApi.LOCAL_REF_TYPE, state)) {
      if (handover == Handover.FOREIGN) {
        report(
            name,
            "A LocalRef is captured by code that a foreign thread runs. Its get() throws there,"
                + " for nothing keeps the value from being destroyed meanwhile. Take a guard()"
                + " and close it in that code, or hand over what it needs of the value.",
            state);
      }
    } else if (HoldfastApi.isA(variable.type, HoldfastApi.LEASE_TYPE, state)
        // Those of a try are looked at in their block.
        && variable.getKind() != ElementKind.RESOURCE_VARIABLE) {
      report(name, Kind.LEASE.message(Way.CAPTURED, Held.HANDLE), state);
    }
  }

  // ---- Kept in fields.

  @Override
  public Description matchVariable(VariableTree tree, VisitorState state) {
    Symbol variable = ASTHelpers.getSymbol(tree);
    if (variable.getKind() != ElementKind.FIELD) {
      return NO_MATCH;
    }
    if (ASTHelpers.isStatic(variable)) {
      String held = heldIn(variable.type, state);
      if (held != null) {
        return describe(
            tree,
            "A "
                + held
                + " is kept in a static field. It belongs to one "
                + (held.equals("Lease") ? "task" : "runtime")
                + " and throws in any other, and after its end. Keep the WorkerLocal there, and ask"
                + " it in each task.");
      }
    }
    return tree.getInitializer() == null
        ? NO_MATCH
        : checkStore(tree, variable, tree.getInitializer(), state);
  }

  /** Returns the name of the type if a variable of that type holds leases or references. */
  private static @Nullable String heldIn(Type type, VisitorState state) {
    if (HoldfastApi.isA(type, HoldfastApi.LOCAL_REF_TYPE, state)) {
      return "LocalRef";
    }
    if (HoldfastApi.isA(type, HoldfastApi.LEASE_TYPE, state)) {
      return "Lease";
    }
    if (type instanceof Type.ArrayType array) {
      return heldIn(array.elemtype, state);
    }
    if (CONTAINERS.stream().noneMatch(container -> HoldfastApi.isA(type, container, state))) {
      return null;
    }
    return type.getTypeArguments().stream()
        .map(argument -> heldIn(argument, state))
        .filter(held -> held != null)
        .findFirst()
        .orElse(null);
  }

  @Override
  public Description matchAssignment(AssignmentTree tree, VisitorState state) {
    if (!(ASTHelpers.stripParentheses(tree.getExpression()) instanceof MethodInvocationTree)) {
      return NO_MATCH;
    }
    Symbol variable = ASTHelpers.getSymbol(tree.getVariable());
    return variable != null && variable.getKind() == ElementKind.FIELD
        ? checkStore(tree, variable, tree.getExpression(), state)
        : NO_MATCH;
  }

  private Description checkStore(
      Tree where, Symbol field, ExpressionTree value, VisitorState state) {
    ExpressionTree bare = ASTHelpers.stripParentheses(value);
    if (!(bare instanceof MethodInvocationTree)) {
      return NO_MATCH;
    }
    if (ASTHelpers.isStatic(field) && HoldfastApi.VALUE_OF_REF.matches(bare, state)) {
      return describe(
          where,
          "The value of a LocalRef is kept in a static field. It is destroyed with its runtime, and"
              + " nothing keeps later code from using it. Keep the WorkerLocal there, and ask it in"
              + " each task.");
    }
    if (!ASTHelpers.isStatic(field)
        && HoldfastApi.LEASE_TAKEN.matches(bare, state)
        && !isClosedByItsClass(field, state)) {
      return describe(
          where,
          "A Lease is kept in a field of a class that never closes it. It belongs to the task that"
              + " took it, and ends with that as a leak, its value lost to others. Take it with"
              + " try-with-resources where it is used, or make the class AutoCloseable.");
    }
    return NO_MATCH;
  }

  /** Whether one of the classes around the field is to be closed, or code in them closes it. */
  private static boolean isClosedByItsClass(Symbol field, VisitorState state) {
    Tree outermost = null;
    for (Tree tree : state.getPath()) {
      if (tree instanceof ClassTree type) {
        if (ASTHelpers.isSubtype(
            ASTHelpers.getType(type), HoldfastApi.AUTO_CLOSEABLE_TYPE.get(state), state)) {
          return true;
        }
        outermost = type;
      }
    }
    boolean[] closed = {false};
    new TreeScanner<@Nullable Void, @Nullable Void>() {
      @Override
      public @Nullable Void visitMethodInvocation(
          MethodInvocationTree call, @Nullable Void unused) {
        ExpressionTree receiver = ASTHelpers.getReceiver(call);
        closed[0] |=
            receiver != null
                && ASTHelpers.getSymbol(call).getSimpleName().contentEquals("close")
                && ASTHelpers.getSymbol(receiver) == field;
        return super.visitMethodInvocation(call, null);
      }

      @Override
      public @Nullable Void visitTry(TryTree tree, @Nullable Void unused) {
        closed[0] |=
            tree.getResources().stream().anyMatch(each -> ASTHelpers.getSymbol(each) == field);
        return super.visitTry(tree, null);
      }
    }.scan(outermost, null);
    return closed[0];
  }

  private Description describe(Tree where, String message) {
    return buildDescription(where).setMessage(message).build();
  }

  private void report(Tree where, String message, VisitorState state) {
    state.reportMatch(describe(where, message));
  }
}
