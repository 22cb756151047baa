// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.FaultyFactory.Fault;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * What goes on in the owned tier beside tasks that compute or block. Which task runs next is the
 * JDK's affair there; who is on a worker, what its thread runs, and a close are the runtime's.
 */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class OwnedTierProgressTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private static WorkerRuntime.Builder owned() {
    return WorkerRuntime.builder().tier(Tier.OWNED).name("progress");
  }

  // ---- Tasks that compute on each of the JDK's carriers

  private static int carriers() {
    return Integer.getInteger(
        "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
  }

  /** Has all of the JDK's carriers compute, until the gate is opened; two more wait for theirs. */
  private static void computeEverywhere(Gate gate, Consumer<Runnable> starter)
      throws InterruptedException {
    CountDownLatch computing = new CountDownLatch(carriers());
    for (int i = 0; i < carriers() + 2; i++) {
      starter.accept(() -> {
        computing.countDown();
        gate.spin();
      });
    }
    computing.await();
  }

  @Test
  @Tag("S58")
  @DisplayName(
      "S58: calls and blocking jobs go on while tasks compute on all of the JDK's carriers")
  void callsAndJobsGoOn() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime = owned().workers(1).spareWorkers(0).start()) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch everywhere = new CountDownLatch(1);
      CountDownLatch wentOn = new CountDownLatch(1);
      Task<Integer> caller =
          runtime.spawn(() ->
              tally.local.onOwner(value -> {
                begun.countDown();
                Await.unwillingly(everywhere);
                wentOn.countDown();
                return value.touch();
              }));
      begun.await();
      Gate gate = new Gate();
      try {
        computeEverywhere(gate, runtime::execute);
        everywhere.countDown();
        assertThat(wentOn.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(runtime.spawnBlocking(() -> 42).get(20, TimeUnit.SECONDS)).isEqualTo(42);
        assertThat(caller.isDone()).isFalse();
      } finally {
        gate.open();
      }
      caller.join();
    }
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S59")
  @DisplayName("S59: a shutdown keeps its deadlines while tasks compute on all of the carriers")
  void aShutdownKeepsItsDeadlines() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = owned().workers(1).start();
    runtime.run(() -> tally.local.with(Tally.Value::touch));
    Gate gate = new Gate();
    try {
      computeEverywhere(gate, runtime::execute);
      ShutdownReport report = runtime.shutdown(Duration.ofMillis(20), Duration.ofMillis(20));
      assertThat(report.terminated()).isFalse();
      assertThat(report.holders()).hasSize(carriers() + 2);
      assertThat(report.holders())
          .filteredOn(holder ->
              holder.stack().stream().anyMatch(frame -> frame.getMethodName().equals("spin")))
          .hasSizeGreaterThanOrEqualTo(carriers());
      tally.assertAllAlive();
    } finally {
      gate.open();
    }
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S59")
  @DisplayName("S59: values are destroyed while virtual threads of others compute on all carriers")
  void destructorsNeedNoCarrier() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = owned().workers(2).start();
    for (int i = 0; i < 20; i++) {
      WholeTask.run(runtime, () -> tally.local.with(Tally.Value::touch));
    }
    Gate gate = new Gate();
    try {
      computeEverywhere(gate, Thread::startVirtualThread);
      assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
      tally.assertEachDestroyedOnce();
      assertThat(tally.made()).isPositive();
    } finally {
      gate.open();
    }
  }

  @Test
  @Tag("S47")
  @DisplayName("S47: a thread of the factory that was started and has not begun holds its loader")
  void aThreadThatHasNotBegunHoldsItsLoader() throws Exception {
    AtomicInteger destroyed = new AtomicInteger();
    OtherLoader loader = new OtherLoader();
    WorkerLocal<Object> local =
        WorkerLocal.of(loader.supplier(), value -> destroyed.incrementAndGet());
    try (WorkerRuntime runtime = owned().workers(1).start()) {
      runtime.run(local::ref);
      Thread started = runtime.threadFactory().newThread(loader.body());
      Thread unstarted = runtime.threadFactory().newThread(loader.body());
      Gate gate = new Gate();
      try {
        computeEverywhere(gate, Thread::startVirtualThread);
        started.start();
        LoaderRelease.Report report = LoaderRelease.release(loader, Duration.ofMillis(50));
        assertThat(report.complete()).isFalse();
        assertThat(report.holders())
            .singleElement()
            .matches(holder -> holder.kind() == ShutdownReport.Kind.TASK)
            .matches(holder -> holder.name().equals("task-" + started.threadId()));
        assertThat(destroyed).hasValue(0);
      } finally {
        gate.open();
      }
      started.join();
      assertThat(LoaderRelease.release(loader, LONG).complete()).isTrue();
      assertThat(destroyed).hasValue(1);
      assertThat(unstarted.getState()).isEqualTo(Thread.State.NEW);
    }
  }

  // ---- Tasks that hand a worker over to each other

  @Test
  @Tag("S58")
  @DisplayName("S58: with one carrier, tasks that come back to the worker at once take turns")
  void tasksThatComeBackAtOnceTakeTurns() throws Exception {
    ForkedJvm.Outcome outcome =
        ForkedJvm.run(
            List.of(
                ForkedJvm.OPENS,
                "-Djdk.virtualThreadScheduler.parallelism=1",
                "-Djdk.virtualThreadScheduler.maxPoolSize=1"),
            Turns.class);
    assertThat(outcome.lines()).containsExactly("each had turns");
    assertThat(outcome.exit()).isZero();
  }

  /** Tasks that suspend only while they are on the only worker. */
  static final class Turns {

    public static void main(String[] arguments) throws Exception {
      Tally tally = new Tally();
      try (WorkerRuntime runtime = owned().workers(1).spareWorkers(0).start()) {
        AtomicBoolean stop = new AtomicBoolean();
        List<AtomicInteger> turns =
            List.of(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        // By a task: what comes from outside, the JDK's scheduler may leave behind here.
        runtime.run(() -> {
          turns.forEach(own -> runtime.spawn(() -> takeTurns(tally, own, stop)));
          return null;
        });
        try {
          Await.until("each had turns", () -> turns.stream().allMatch(own -> own.get() > 100));
          System.out.println("each had turns");
        } finally {
          stop.set(true);
        }
      }
    }

    private static Void takeTurns(Tally tally, AtomicInteger own, AtomicBoolean stop) {
      while (!stop.get()) {
        tally.local.update(value -> Thread.yield());
        own.incrementAndGet();
      }
      return null;
    }
  }

  // ---- Tasks that block inside with()

  /** A task that blocks on a worker until the gate is opened. */
  private static Task<?> block(WorkerRuntime runtime, Tally tally, Gate gate)
      throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    Task<?> blocked =
        runtime.spawn(() ->
            tally.local.with(value -> {
              entered.countDown();
              gate.call();
              return value.touch();
            }));
    entered.await();
    return blocked;
  }

  @Test
  @Tag("S60")
  @DisplayName("S60: with all workers blocked inside with(), values, calls and timers go on")
  void othersGoOnWhileAllWorkersAreBlocked() throws Exception {
    Tally tally = new Tally();
    Set<Integer> told = ConcurrentHashMap.newKeySet();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void blockedWhilePinned(int worker, StackTraceElement[] stack) {
            if (Stream.of(stack).anyMatch(frame -> frame.getMethodName().equals("pass"))) {
              told.add(worker);
            }
          }
        };
    try (WorkerRuntime runtime = owned().workers(2).spareWorkers(4).listener(listener).start()) {
      Gate gate = new Gate();
      List<Task<?>> blocked = new ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          blocked.add(block(runtime, tally, gate));
        }
        for (int i = 0; i < 20; i++) {
          Task<?> other = runtime.spawn(() -> useAll(tally));
          assertThat(other.get(20, TimeUnit.SECONDS)).isEqualTo("used");
        }
        Await.until("each block is told of", () -> told.size() == 3);
        assertThat(blocked).noneMatch(Task::isDone);
      } finally {
        gate.open();
      }
      blocked.forEach(Task::join);
      tally.assertAllAlive();
    }
    tally.assertEachDestroyedOnce();
  }

  private static String useAll(Tally tally) throws InterruptedException {
    tally.local.onOwner(Tally.Value::touch);
    tally.local.update(Tally.Value::touch);
    Thread.sleep(1);
    try (Lease<Tally.Value> lease = tally.local.lease()) {
      Thread.yield();
      lease.get().touch();
    }
    tally.local.ref().get().touch();
    return "used";
  }

  @Test
  @Tag("S60")
  @DisplayName("S60: there are never more spare workers than configured; past that tasks wait")
  void theNumberOfSparesIsBounded() throws Exception {
    Tally tally = new Tally();
    Set<Integer> started = ConcurrentHashMap.newKeySet();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerStarted(int worker) {
            started.add(worker);
          }
        };
    try (WorkerRuntime runtime = owned().workers(1).spareWorkers(2).listener(listener).start()) {
      Gate gate = new Gate();
      AtomicInteger inside = new AtomicInteger();
      List<Task<?>> tasks = new ArrayList<>();
      try {
        for (int i = 0; i < 8; i++) {
          tasks.add(
              runtime.spawn(() ->
                  tally.local.with(value -> {
                    inside.incrementAndGet();
                    return gate.call();
                  })));
        }
        Await.until("the worker and its spares are blocked", () -> inside.get() == 3);
        tasks.forEach(task -> Await.untilWaiting(task.thread()));
        assertThat(inside).hasValue(3);
        assertThat(tally.made()).isEqualTo(3);
      } finally {
        gate.open();
      }
      tasks.forEach(Task::join);
      assertThat(inside).hasValue(8);
    }
    assertThat(started).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(tally.made()).isEqualTo(3);
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S60")
  @DisplayName("S60: a spare worker that cannot be started is told of, and tried by the next task")
  void aSpareWorkerThatCannotBeStarted() throws Exception {
    Tally tally = new Tally();
    Queue<Throwable> told = new ConcurrentLinkedQueue<>();
    try (WorkerRuntime runtime =
        owned()
            .workers(1)
            .spareWorkers(1)
            .threadFactory(new FaultyFactory(Fault.THROWS, 1, 2))
            .uncaughtExceptionHandler((thread, failure) -> told.add(failure))
            .start()) {
      // Its own thread has come to rest, and so is the worker that is blocked.
      runtime.run(() -> tally.local.onOwner(Tally.Value::touch));
      Await.until("the worker is free", () -> isFree(runtime));
      Gate gate = new Gate();
      Task<?> blocked;
      Task<?> waits;
      try {
        blocked = block(runtime, tally, gate);
        waits = runtime.spawn(() -> tally.local.with(Tally.Value::touch));
        Await.until("the failure was told", () -> !told.isEmpty());
        // This one gets a spare worker, and the one before it when that is left.
        runtime.spawn(() -> tally.local.with(Tally.Value::touch)).get(20, TimeUnit.SECONDS);
        waits.get(20, TimeUnit.SECONDS);
        assertThat(blocked.isDone()).isFalse();
      } finally {
        gate.open();
      }
      blocked.join();
    }
    assertThat(told)
        .singleElement()
        .satisfies(failure ->
            assertThat(failure)
                .hasMessageContaining("a spare worker could not be started")
                .hasRootCauseMessage("the factory fails"));
    assertThat(tally.made()).isEqualTo(2);
    tally.assertEachDestroyedOnce();
  }

  private static boolean isFree(WorkerRuntime runtime) {
    WorkerOwner worker = ((TieredRuntime) runtime).workforce().workers().getFirst();
    Object by = new Object();
    if (!worker.tryEnter(by)) {
      return false;
    }
    worker.leave();
    return true;
  }
}
