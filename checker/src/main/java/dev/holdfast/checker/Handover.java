// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static com.google.errorprone.matchers.Matchers.anyOf;
import static com.google.errorprone.matchers.Matchers.constructor;
import static com.google.errorprone.matchers.Matchers.instanceMethod;
import static com.google.errorprone.matchers.Matchers.staticMethod;

import com.google.errorprone.VisitorState;
import com.google.errorprone.matchers.Matcher;
import com.google.errorprone.suppliers.Supplier;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.tools.javac.code.Type;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a call takes the code that it is given.
 *
 * <p>{@code WorkerRuntime} is an {@code ExecutorService}. So a variable of that type may be a
 * runtime, and code that it is given may be a task; only what can be no runtime is foreign. Calls
 * of a {@code WorkerRuntime} by its own type are no matter of this class.
 */
enum Handover {
  /** To a thread that can be no task or job of a runtime. */
  FOREIGN,

  /** To another task or thread, nobody knows which. */
  ELSEWHERE;

  private static final Supplier<Type> EXECUTOR =
      VisitorState.memoize(state -> state.getTypeFromString("java.util.concurrent.Executor"));

  private static final Matcher<ExpressionTree> FOREIGN_CALL =
      anyOf(
          instanceMethod()
              .onDescendantOf("java.lang.Thread.Builder.OfPlatform")
              .namedAnyOf("start", "unstarted"),
          instanceMethod()
              .onDescendantOf("java.util.concurrent.ForkJoinPool")
              .namedAnyOf("execute", "submit", "invoke"),
          instanceMethod()
              .onDescendantOf("java.util.concurrent.ThreadPoolExecutor")
              .namedAnyOf("execute", "submit"),
          instanceMethod()
              .onDescendantOf("java.util.concurrent.ScheduledExecutorService")
              .namedAnyOf(
                  "execute", "submit", "schedule", "scheduleAtFixedRate", "scheduleWithFixedDelay"),
          instanceMethod()
              .onDescendantOf("java.util.Timer")
              .namedAnyOf("schedule", "scheduleAtFixedRate"),
          instanceMethod().onExactClass("java.lang.ref.Cleaner").named("register"),
          instanceMethod().onExactClass("java.lang.Runtime").named("addShutdownHook"));

  private static final Matcher<ExpressionTree> FOREIGN_NEW =
      constructor().forClass("java.lang.Thread");

  private static final Matcher<ExpressionTree> EXECUTOR_CALL =
      instanceMethod()
          .onDescendantOf("java.util.concurrent.Executor")
          .namedAnyOf("execute", "submit");

  /** Pools of platform threads, whatever the type of the variable that holds one. */
  private static final Matcher<ExpressionTree> FOREIGN_POOL =
      staticMethod()
          .onClass("java.util.concurrent.Executors")
          .namedAnyOf(
              "newCachedThreadPool",
              "newFixedThreadPool",
              "newScheduledThreadPool",
              "newSingleThreadExecutor",
              "newSingleThreadScheduledExecutor",
              "newWorkStealingPool");

  private static final Matcher<ExpressionTree> TASK_CALL =
      anyOf(
          instanceMethod()
              .onDescendantOf("java.lang.Thread.Builder")
              .namedAnyOf("start", "unstarted"),
          staticMethod().onClass("java.lang.Thread").named("startVirtualThread"),
          instanceMethod().onDescendantOf("java.util.concurrent.CompletionService").named("submit"),
          instanceMethod()
              .onDescendantOf("java.util.concurrent.StructuredTaskScope")
              .named("fork"));

  private static final Matcher<ExpressionTree> ASYNC =
      anyOf(
          staticMethod()
              .onClass("java.util.concurrent.CompletableFuture")
              .namedAnyOf("runAsync", "supplyAsync"),
          instanceMethod()
              .onDescendantOf("java.util.concurrent.CompletionStage")
              .namedAnyOf(
                  "acceptEitherAsync",
                  "applyToEitherAsync",
                  "exceptionallyAsync",
                  "exceptionallyComposeAsync",
                  "handleAsync",
                  "runAfterBothAsync",
                  "runAfterEitherAsync",
                  "thenAcceptAsync",
                  "thenAcceptBothAsync",
                  "thenApplyAsync",
                  "thenCombineAsync",
                  "thenComposeAsync",
                  "thenRunAsync",
                  "whenCompleteAsync"));

  private static final Matcher<ExpressionTree> CALLBACK =
      instanceMethod()
          .onDescendantOf("java.util.concurrent.CompletionStage")
          .namedAnyOf(
              "acceptEither",
              "applyToEither",
              "exceptionally",
              "exceptionallyCompose",
              "handle",
              "runAfterBoth",
              "runAfterEither",
              "thenAccept",
              "thenAcceptBoth",
              "thenApply",
              "thenCombine",
              "thenCompose",
              "thenRun",
              "whenComplete");

  /** Futures that are complete from the start run their callbacks at once. */
  private static final Matcher<ExpressionTree> COMPLETE =
      staticMethod()
          .onClass("java.util.concurrent.CompletableFuture")
          .namedAnyOf("completedFuture", "completedStage", "failedFuture", "failedStage");

  private static final Matcher<ExpressionTree> OPERATOR =
      anyOf(
          instanceMethod().onDescendantOf("org.reactivestreams.Publisher"),
          instanceMethod().onDescendantOf("io.reactivex.rxjava3.core.ObservableSource"),
          instanceMethod().onDescendantOf("io.reactivex.rxjava3.core.SingleSource"),
          instanceMethod().onDescendantOf("io.smallrye.mutiny.Uni"));

  /** What makes a reactive stream go on elsewhere. */
  private static final Set<String> HOPS =
      Set.of(
          "delayElement",
          "delayElements",
          "delaySubscription",
          "emitOn",
          "observeOn",
          "publishOn",
          "runSubscriptionOn",
          "subscribeOn");

  /** Returns where a call takes its functions, or null if it may well run them in place. */
  static @Nullable Handover of(MethodInvocationTree call, VisitorState state) {
    List<? extends ExpressionTree> arguments = call.getArguments();
    if (arguments.isEmpty()) {
      return null;
    }
    if (FOREIGN_CALL.matches(call, state)) {
      return FOREIGN;
    }
    if (EXECUTOR_CALL.matches(call, state)) {
      return HoldfastApi.isA(
              ASTHelpers.getReceiverType(call), HoldfastApi.WORKER_RUNTIME_TYPE, state)
          ? null
          : isForeignPool(ASTHelpers.getReceiver(call), state) ? FOREIGN : ELSEWHERE;
    }
    if (ASYNC.matches(call, state)) {
      Type last = ASTHelpers.getType(arguments.getLast());
      return HoldfastApi.isA(last, EXECUTOR, state)
          ? isForeignPool(arguments.getLast(), state) ? FOREIGN : ELSEWHERE
          : FOREIGN;
    }
    if (CALLBACK.matches(call, state)) {
      return ASTHelpers.streamReceivers(call).anyMatch(each -> COMPLETE.matches(each, state))
          ? null
          : ELSEWHERE;
    }
    return TASK_CALL.matches(call, state) || isAfterHop(call, state) ? ELSEWHERE : null;
  }

  /** Returns where the made object takes its functions, or null if nowhere. */
  static @Nullable Handover of(NewClassTree made, VisitorState state) {
    return !made.getArguments().isEmpty() && FOREIGN_NEW.matches(made, state) ? FOREIGN : null;
  }

  private static boolean isForeignPool(@Nullable ExpressionTree executor, VisitorState state) {
    ExpressionTree known = executor;
    if (executor != null && !(executor instanceof MethodInvocationTree)) {
      known = Declared.value(ASTHelpers.getSymbol(executor), state.getPath());
    }
    return known != null && FOREIGN_POOL.matches(known, state);
  }

  private static boolean isAfterHop(MethodInvocationTree call, VisitorState state) {
    return OPERATOR.matches(call, state)
        && ASTHelpers.streamReceivers(call)
            .anyMatch(each ->
                each instanceof MethodInvocationTree earlier
                    && HOPS.contains(ASTHelpers.getSymbol(earlier).getSimpleName().toString()));
  }
}
