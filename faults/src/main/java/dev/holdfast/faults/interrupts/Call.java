// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.interrupts;

import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.faults.books.Until;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.LoaderRelease;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The public calls that wait: what they wait for here, who may call them, and what is promised.
 *
 * <p>The result of a call is null if all is as it should be, or says what is not.
 */
public enum Call {
  /** {@code Task.join}, of a task. */
  JOIN(
      Caller.all(),
      Promise.WAITS_ON,
      scene -> scene.target(handled(scene)),
      scene -> ran(scene.target().join())),
  /** {@code Task.join}, of a blocking job. */
  JOIN_JOB(
      Caller.all(),
      Promise.WAITS_ON,
      scene -> scene.target(job(scene)),
      scene -> ran(scene.target().join())),
  /** {@code Future.get}, of a task. */
  GET(
      Caller.all(),
      Promise.THROWS,
      scene -> scene.target(handled(scene)),
      scene -> ran(scene.target().get())),
  /** {@code Future.get} with a time limit, of a task. */
  TIMED_GET(
      Caller.all(),
      Promise.THROWS,
      scene -> scene.target(handled(scene)),
      scene -> ran(scene.target().get(Until.LONG.toSeconds(), TimeUnit.SECONDS))),
  /** {@code Future.get}, of a blocking job. */
  GET_JOB(
      Caller.all(),
      Promise.THROWS,
      scene -> scene.target(job(scene)),
      scene -> ran(scene.target().get())),
  /** {@code Future.get} with a time limit, of a blocking job. */
  TIMED_GET_JOB(
      Caller.all(),
      Promise.THROWS,
      scene -> scene.target(job(scene)),
      scene -> ran(scene.target().get(Until.LONG.toSeconds(), TimeUnit.SECONDS))),
  /** {@code WorkerRuntime.run}. */
  RUN(
      Caller.offWorkers(),
      Promise.THROWS_AND_CANCELS,
      scene -> {},
      scene -> ran(scene.runtime.run(scene.perhaps()))),
  /** {@code ExecutorService.invokeAll}. */
  INVOKE_ALL(
      Caller.all(),
      Promise.THROWS_AND_CANCELS,
      scene -> {},
      scene -> scene.runtime.invokeAll(bodies(scene)).toString()),
  /** The same, with a time limit. */
  TIMED_INVOKE_ALL(
      Caller.all(),
      Promise.THROWS_AND_CANCELS,
      scene -> {},
      scene ->
          scene
              .runtime
              .invokeAll(bodies(scene), Until.LONG.toSeconds(), TimeUnit.SECONDS)
              .toString()),
  /** {@code ExecutorService.invokeAny}. */
  INVOKE_ANY(
      Caller.all(),
      Promise.THROWS_AND_CANCELS,
      scene -> {},
      scene -> ran(scene.runtime.invokeAny(bodies(scene)))),
  /** The same, with a time limit. */
  TIMED_INVOKE_ANY(
      Caller.all(),
      Promise.THROWS_AND_CANCELS,
      scene -> {},
      scene ->
          ran(scene.runtime.invokeAny(bodies(scene), Until.LONG.toSeconds(), TimeUnit.SECONDS))),
  /** {@code lease} of a local whose values are out. */
  LEASE(
      Caller.onWorkers(),
      Promise.FAILS,
      scene -> scene.lease(scene.scarce),
      scene -> lease(scene.scarce)),
  /** The same, of a local with a time limit. */
  TIMED_LEASE(
      Caller.onWorkers(),
      Promise.FAILS,
      scene -> scene.lease(scene.patient),
      scene -> lease(scene.patient)),
  /** {@code onOwner}, of a function that takes its time. */
  ON_OWNER(
      Caller.onWorkers(),
      Promise.WAITS_ON,
      scene -> {},
      scene ->
          ran(
              scene.bound.onOwner(value -> {
                scene.pass();
                return value.touchOnOwner();
              }))),
  /** {@code onOwner}, of a value that takes its time to be made. */
  ON_OWNER_MAKES(
      Caller.onWorkers(),
      Promise.WAITS_ON,
      scene -> {},
      scene -> ran(scene.slowToMake.onOwner(Value::touchOnOwner))),
  /** A task of the owned tier that comes back, and finds its only worker taken. */
  COMES_BACK(
      Set.of(Caller.TASK),
      Promise.WAITS_ON,
      scene -> {},
      scene -> {
        CountDownLatch occupied = new CountDownLatch(1);
        Thread.ofPlatform()
            .daemon()
            .name("occupier")
            .start(() -> {
              scene.occupy();
              occupied.countDown();
            });
        // Off the worker meanwhile; an interrupt of this wait is to be met by the next one.
        boolean interrupted = false;
        while (occupied.getCount() != 0) {
          try {
            occupied.await();
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return ran(scene.bound.with(Value::touch));
      }),
  /** {@code close}, held by a task and a job that heed their interrupt. */
  CLOSE(
      Caller.outside(),
      Promise.CANCELS_AND_WAITS_ON,
      Call::work,
      scene -> {
        scene.runtime.close();
        return scene.runtime.isTerminated() ? null : "close() returned before the end";
      }),
  /** {@code shutdown(drain, cancel)}, held by the same. */
  SHUTDOWN(
      Caller.outside(),
      Promise.CANCELS_AND_WAITS_ON,
      Call::work,
      scene -> ended(scene.runtime.shutdown(Until.LONG, Until.LONG))),
  /** {@code close}, held by a guard. */
  CLOSE_GUARD(
      Caller.outside(),
      Promise.WAITS_ON,
      scene -> scene.guard(scene.bound),
      scene -> {
        scene.runtime.close();
        return scene.runtime.isTerminated() ? null : "close() returned before the end";
      }),
  /** {@code shutdown(drain, cancel)}, held by a guard, and not for long once it has cancelled. */
  SHUTDOWN_GUARD(
      Caller.outside(),
      Promise.RETURNS,
      scene -> scene.guard(scene.bound),
      scene -> {
        ShutdownReport report = scene.runtime.shutdown(Until.LONG, Duration.ofMillis(20));
        boolean told =
            report.phase() == ShutdownPhase.CANCELLING
                && report.holders().size() == 1
                && report.holders().getFirst().kind() == ShutdownReport.Kind.GUARD;
        return told ? null : "the report does not name the guard: " + report;
      }),
  /** {@code shutdown(drain, cancel)}, while a destructor runs. */
  SHUTDOWN_DESTRUCTOR(
      Caller.outside(),
      Promise.WAITS_ON,
      Scene::slowEnd,
      scene -> ended(scene.runtime.shutdown(Until.LONG, Until.LONG))),
  /** {@code awaitTermination}. */
  AWAIT_TERMINATION(
      Caller.outside(),
      Promise.THROWS,
      scene -> {
        scene.target(handled(scene));
        scene.runtime.shutdown();
      },
      scene ->
          scene.runtime.awaitTermination(Until.LONG.toSeconds(), TimeUnit.SECONDS) + " was told"),
  /** {@code LoaderRelease.release}, held by a guard. */
  RELEASE(
      Caller.all(),
      Promise.RETURNS,
      Scene::plugin,
      scene -> {
        LoaderRelease.Report report = LoaderRelease.release(scene.loader(), Until.LONG);
        boolean told = !report.complete() && report.holders().size() == 1;
        return told ? null : "the report does not name the guard: " + report;
      });

  /** Something that is done in a scene. */
  interface Preparation {
    void in(Scene scene) throws Exception;
  }

  /** The call; returns null, or what is wrong. */
  interface Waits {
    @Nullable String in(Scene scene) throws Exception;
  }

  @SuppressWarnings("ImmutableEnumChecker") // a copy
  private final Set<Caller> callers;

  private final Promise promise;

  @SuppressWarnings("ImmutableEnumChecker") // without state
  private final Preparation preparation;

  @SuppressWarnings("ImmutableEnumChecker") // without state
  private final Waits call;

  Call(Set<Caller> callers, Promise promise, Preparation preparation, Waits call) {
    this.callers = Set.copyOf(callers);
    this.promise = promise;
    this.preparation = preparation;
    this.call = call;
  }

  /** Says whether this can be called by such a thread, and waits there. */
  boolean isFor(Tier tier, Caller caller) {
    return callers.contains(caller) && (this != COMES_BACK || tier == Tier.OWNED);
  }

  /**
   * Returns how many workers may stand in for the only one: who waits for what its own worker's
   * thread does is to have one on which to see its interrupt.
   */
  int spares() {
    return this == ON_OWNER || this == ON_OWNER_MAKES ? 1 : 0;
  }

  Promise promise() {
    return promise;
  }

  void prepare(Scene scene) throws Exception {
    preparation.in(scene);
  }

  @Nullable String call(Scene scene) throws Exception {
    return call.in(scene);
  }

  // ---- Parts of them

  private static Task<Integer> handled(Scene scene) {
    Body body = scene.blocked();
    Task<Integer> task = scene.runtime.spawn(body);
    body.handle(task);
    return task;
  }

  private static Task<Integer> job(Scene scene) {
    Body body = scene.blocked();
    Task<Integer> task = scene.runtime.spawnBlocking(body);
    body.handle(task);
    return task;
  }

  private static void work(Scene scene) {
    scene.target(handled(scene));
    scene.target(job(scene));
  }

  private static List<Body> bodies(Scene scene) {
    return List.of(scene.perhaps(), scene.perhaps());
  }

  private static @Nullable String ran(int result) {
    return result == 1 ? null : "the result is " + result;
  }

  private static @Nullable String ended(ShutdownReport report) {
    return report.terminated() ? null : "did not end: " + report;
  }

  private static @Nullable String lease(WorkerLocal<Value> local) {
    try (Lease<Value> lease = local.lease()) {
      lease.get().touch();
      return "got a lease that was out";
    }
  }
}
