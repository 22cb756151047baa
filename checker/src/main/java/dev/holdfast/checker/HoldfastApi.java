// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.matchers.Matchers.anyOf;
import static com.google.errorprone.matchers.Matchers.instanceMethod;
import static com.google.errorprone.matchers.Matchers.staticMethod;

import com.google.errorprone.VisitorState;
import com.google.errorprone.matchers.Matcher;
import com.google.errorprone.suppliers.Supplier;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.tools.javac.code.Type;
import org.jspecify.annotations.Nullable;

/**
 * The names of Holdfast's API, as types and matchers.
 *
 * <p>The checks have no dependency on the API, so that they can be compiled before it and used with
 * any version that has these names. In code that does not have Holdfast on its class path nothing
 * here matches.
 */
final class HoldfastApi {

  static final String WORKER_LOCAL = "dev.holdfast.local.WorkerLocal";
  static final String WORKER_LOCAL_BUILDER = "dev.holdfast.local.WorkerLocal.Builder";
  static final String TASK_LOCAL = "dev.holdfast.local.TaskLocal";
  static final String TASK_LOCAL_BUILDER = "dev.holdfast.local.TaskLocal.Builder";
  static final String THREAD_EXIT_LOCAL = "dev.holdfast.local.ThreadExitLocal";
  static final String THREAD_EXIT_LOCAL_BUILDER = "dev.holdfast.local.ThreadExitLocal.Builder";
  static final String LOCAL_REF = "dev.holdfast.local.LocalRef";
  static final String LEASE = "dev.holdfast.local.Lease";
  static final String GUARD = "dev.holdfast.local.Guard";
  static final String TASK_CONFINED = "dev.holdfast.local.TaskConfined";
  static final String CONTEXT_SNAPSHOT = "dev.holdfast.local.ContextSnapshot";
  static final String WORKER_ARENA = "dev.holdfast.memory.WorkerArena";
  static final String WORKER_RUNTIME = "dev.holdfast.runtime.WorkerRuntime";
  static final String TASK = "dev.holdfast.runtime.Task";

  static final Supplier<Type> WORKER_LOCAL_TYPE = type(WORKER_LOCAL);
  static final Supplier<Type> LOCAL_REF_TYPE = type(LOCAL_REF);
  static final Supplier<Type> LEASE_TYPE = type(LEASE);
  static final Supplier<Type> GUARD_TYPE = type(GUARD);
  static final Supplier<Type> TASK_CONFINED_TYPE = type(TASK_CONFINED);
  static final Supplier<Type> WORKER_RUNTIME_TYPE = type(WORKER_RUNTIME);

  static final Supplier<Type> AUTO_CLOSEABLE_TYPE = type("java.lang.AutoCloseable");

  static final Matcher<ExpressionTree> IDENTITY =
      anyOf(
          staticMethod().onClass("java.util.function.Function").named("identity"),
          staticMethod().onClass("java.util.function.UnaryOperator").named("identity"));

  /** {@code with} and {@code update}: the function runs pinned, alone on its worker. */
  static final Matcher<ExpressionTree> WITH =
      instanceMethod().onExactClass(WORKER_LOCAL).namedAnyOf("with", "update");

  static final Matcher<ExpressionTree> ON_OWNER =
      instanceMethod().onExactClass(WORKER_LOCAL).named("onOwner");

  static final Matcher<ExpressionTree> REF =
      instanceMethod().onExactClass(WORKER_LOCAL).named("ref");

  static final Matcher<ExpressionTree> LEASE_TAKEN =
      instanceMethod().onExactClass(WORKER_LOCAL).named("lease");

  static final Matcher<ExpressionTree> GUARD_TAKEN =
      instanceMethod().onExactClass(WORKER_LOCAL).named("guard");

  /** {@code get} of what the forms above return. */
  static final Matcher<ExpressionTree> VALUE_OF_REF =
      instanceMethod().onExactClass(LOCAL_REF).named("get");

  static final Matcher<ExpressionTree> VALUE_OF_LEASE =
      instanceMethod().onExactClass(LEASE).named("get");

  static final Matcher<ExpressionTree> VALUE_OF_GUARD =
      instanceMethod().onExactClass(GUARD).named("get");

  /** {@code open}: an arena of the task that called it. */
  static final Matcher<ExpressionTree> SCOPE_OPENED =
      instanceMethod().onExactClass(WORKER_ARENA).named("open");

  /** The factories and builders of a {@code WorkerLocal}. */
  static final Matcher<ExpressionTree> WORKER_LOCAL_OF =
      staticMethod().onClass(WORKER_LOCAL).named("of");

  static final Matcher<ExpressionTree> WORKER_LOCAL_BUILDER_OF =
      staticMethod().onClass(WORKER_LOCAL).named("builder");

  static final Matcher<ExpressionTree> WORKER_LOCAL_BUILT =
      instanceMethod().onExactClass(WORKER_LOCAL_BUILDER).named("build");

  static final Matcher<ExpressionTree> WORKER_LOCAL_DESTRUCTOR =
      instanceMethod().onExactClass(WORKER_LOCAL_BUILDER).named("destructor");

  private static final Matcher<ExpressionTree> BUILDER_CALL =
      instanceMethod().onExactClass(WORKER_LOCAL_BUILDER);

  static final Matcher<ExpressionTree> TASK_CONFINED_OF =
      staticMethod().onClass(TASK_CONFINED).named("of");

  /** All that hands work to a runtime and does not wait for it. */
  static final Matcher<ExpressionTree> SPAWN =
      instanceMethod()
          .onDescendantOf(WORKER_RUNTIME)
          .namedAnyOf("spawn", "spawnBlocking", "submit", "execute");

  /** All that hands work to a runtime and waits for its end. */
  static final Matcher<ExpressionTree> RUN =
      instanceMethod()
          .onDescendantOf(WORKER_RUNTIME)
          .namedAnyOf("run", "invokeAll", "invokeAny", "close");

  static final Matcher<ExpressionTree> THREAD_FACTORY =
      instanceMethod().onDescendantOf(WORKER_RUNTIME).named("threadFactory");

  /** A wait for a task's end. */
  static final Matcher<ExpressionTree> JOIN =
      anyOf(instanceMethod().onDescendantOf(TASK).namedAnyOf("join", "get"));

  private HoldfastApi() {}

  /** Whether the type is, or extends, the one of that name; false without Holdfast. */
  static boolean isA(@Nullable Type type, Supplier<Type> named, VisitorState state) {
    return type != null && ASTHelpers.isSubtype(type, named.get(state), state);
  }

  /** Whether it is a call of a builder of a {@code WorkerLocal}, after the first one. */
  static boolean isBuilderCall(@Nullable ExpressionTree tree, VisitorState state) {
    return tree instanceof MethodInvocationTree && BUILDER_CALL.matches(tree, state);
  }

  /** Returns the type of that name, if there is one where the checked code is compiled. */
  static Supplier<Type> type(String name) {
    return VisitorState.memoize(state -> state.getTypeFromString(name));
  }
}
