// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.Guard;
import dev.holdfast.local.LocalDestroyedException;
import dev.holdfast.local.LocalRef;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That no value is destroyed while anything that can reach one is alive, and all are after it. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class BarrierTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  @Tag("S16")
  @DisplayName("S16: a job holds the barrier from its submission, before its thread is there")
  void aJobWithoutAThreadHoldsTheBarrier() throws Exception {
    CountDownLatch thread = new CountDownLatch(1);
    AtomicInteger number = new AtomicInteger();
    ThreadFactory factory =
        body -> {
          if (number.getAndIncrement() > 0) {
            await(thread);
          }
          return new Thread(body, "job-thread");
        };
    Tally tally = new Tally();
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).spareWorkers(0).threadFactory(factory).start();
    LocalRef<Tally.Value> ref = runtime.run(() -> tally.local.ref());
    AtomicReference<Task<Integer>> job = new AtomicReference<>();
    Thread submitter =
        Thread.ofPlatform().start(() -> job.set(runtime.spawnBlocking(() -> ref.get().touch())));
    Await.until("the thread of the job is being made", () -> number.get() == 2);

    runtime.shutdown();
    assertThat(runtime.awaitTermination(50, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(runtime.phase()).isEqualTo(ShutdownPhase.DRAINING);
    tally.assertAllAlive();
    thread.countDown();
    submitter.join();
    runtime.close();
    assertThat(job.get().resultNow()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S16")
  @DisplayName("S16: jobs that wait for one of few threads hold the barrier, and see live values")
  void queuedJobsHoldTheBarrier() throws Exception {
    for (int round = 0; round < 200; round++) {
      Tally tally = new Tally();
      List<Task<Integer>> jobs = new ArrayList<>();
      WorkerRuntime runtime = WorkerRuntime.builder().workers(1).blockingThreads(1).start();
      try (runtime) {
        // The task is over, and with it all work on the workers, before most of its jobs begin.
        runtime.run(() -> {
          LocalRef<Tally.Value> ref = tally.local.ref();
          for (int i = 0; i < 10; i++) {
            jobs.add(runtime.spawnBlocking(() -> ref.get().touch()));
          }
          return null;
        });
      }
      for (Task<Integer> job : jobs) {
        assertThat(job.resultNow()).isPositive();
      }
      tally.assertEachDestroyedOnce();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @Tag("S21")
  @DisplayName(
      "S21: of many that close at once each returns when all is over, with the same report")
  void closedByManyAtOnce() throws Exception {
    for (int round = 0; round < 50; round++) {
      Tally tally = new Tally();
      WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
      runtime.run(() -> tally.local.with(Tally.Value::touch));
      CountDownLatch go = new CountDownLatch(1);
      List<Thread> closers = new ArrayList<>();
      AtomicInteger early = new AtomicInteger();
      AtomicInteger destroyed = new AtomicInteger();
      for (int i = 0; i < 8; i++) {
        boolean closes = i % 2 == 0;
        closers.add(
            Thread.ofPlatform()
                .start(() -> {
                  await(go);
                  if (closes) {
                    runtime.close();
                  } else {
                    destroyed.addAndGet((int) runtime.shutdown(LONG, LONG).destroyed());
                  }
                  early.addAndGet(tally.made() - tally.destroyed.get());
                }));
      }
      go.countDown();
      for (Thread closer : closers) {
        closer.join();
      }
      assertThat(early).hasValue(0);
      assertThat(destroyed).hasValue(4 * tally.made());
      runtime.close();
      assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
      tally.assertEachDestroyedOnce();
    }
  }

  @Test
  @Tag("S21")
  @DisplayName("S21: an entry that races with close either runs to its end or is refused")
  void closeRacesWithEntries() throws Exception {
    for (int round = 0; round < 150; round++) {
      Tally tally = new Tally();
      WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
      AtomicInteger entered = new AtomicInteger();
      AtomicInteger returned = new AtomicInteger();
      CountDownLatch busy = new CountDownLatch(2);
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        boolean blocking = i == 0;
        callers.add(
            Thread.ofPlatform()
                .start(() -> {
                  busy.countDown();
                  try {
                    while (true) {
                      enter(runtime, blocking, tally, entered);
                      returned.incrementAndGet();
                    }
                  } catch (RuntimeClosedException e) {
                    // Refused: the runtime is closing.
                  }
                }));
      }
      busy.await();
      for (int i = 0; i < 4 * round; i++) {
        Thread.onSpinWait();
      }
      runtime.close();
      tally.assertEachDestroyedOnce();
      int ran = entered.get();
      for (Thread caller : callers) {
        caller.join();
      }
      assertThat(entered).as("entered after the close").hasValue(ran);
      assertThat(returned).as("entries that returned").hasValue(ran);
    }
  }

  private static void enter(
      WorkerRuntime runtime, boolean blocking, Tally tally, AtomicInteger entered) {
    if (blocking) {
      runtime.spawnBlocking(entered::incrementAndGet).join();
    } else {
      runtime
          .spawn(() -> {
            tally.local.ref().get().touch();
            return entered.incrementAndGet();
          })
          .join();
    }
  }

  @Test
  @Tag("S22")
  @DisplayName("S22: no wake-up and no interrupt of any of its threads takes a runtime too far")
  void interruptsAtTheBarrier() throws Exception {
    Tally tally = new Tally();
    Gate task = new Gate();
    Gate job = new Gate();
    WorkerRuntime runtime = WorkerRuntime.builder().name("poked").workers(2).start();
    runtime.run(() -> tally.local.with(Tally.Value::touch));
    runtime.spawn(task);
    runtime.spawnBlocking(job);
    task.awaitEntered();
    job.awaitEntered();
    AtomicInteger kept = new AtomicInteger();
    Thread closing =
        Thread.ofPlatform()
            .name("poked-closer")
            .start(() -> {
              runtime.close();
              kept.set(Thread.currentThread().isInterrupted() ? 1 : -1);
            });
    Await.until("it drains", () -> runtime.phase() == ShutdownPhase.DRAINING);
    List<Thread> threads = VmState.threads("poked-");
    assertThat(threads).extracting(Thread::getName).contains("poked-monitor", "poked-blocking-1");
    for (int i = 0; i < 200; i++) {
      for (Thread thread : threads) {
        LockSupport.unpark(thread);
        if (i % 2 == 0) {
          thread.interrupt();
        }
      }
      LockSupport.parkNanos(100_000);
      assertThat(runtime.phase()).isBetween(ShutdownPhase.DRAINING, ShutdownPhase.CANCELLING);
      tally.assertAllAlive();
    }
    task.open();
    LockSupport.parkNanos(1_000_000);
    tally.assertAllAlive();
    job.open();
    closing.join();
    assertThat(kept).as("the interrupt of the closing thread").hasValue(1);
    assertThat(runtime.isTerminated()).isTrue();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S24")
  @DisplayName("S24: a thread that closes with a guard in its hand gets a report that says so")
  void theClosingThreadHoldsAGuard() throws Exception {
    Tally tally = new Tally("guarded");
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    try (Guard<Tally.Value> guard = WholeTask.run(runtime, () -> tally.local.guard())) {
      ShutdownReport report = runtime.shutdown(Duration.ofMillis(20), Duration.ofMillis(20));
      assertThat(report.phase()).isEqualTo(ShutdownPhase.CANCELLING);
      assertThat(report.counts()).isEqualTo(new ShutdownReport.Counts(0, 0, 0, 1));
      assertThat(report.holders()).hasSize(1);
      assertThat(report.holders().getFirst().name()).isEqualTo("guarded");
      assertThat(guard.get().touch()).isOne();
    }
    assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S24")
  @DisplayName("S24: a thread that waits inside run() while another closes comes back")
  void anEntryDuringShutdownReturns() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    CountDownLatch inside = new CountDownLatch(2);
    List<Object> outcomes = new ArrayList<>();
    Thread drained =
        Thread.ofPlatform()
            .start(() -> {
              try {
                outcomes.add(
                    runtime.run(() -> {
                      inside.countDown();
                      // Ends by itself while the runtime drains, by way of more work.
                      while (!runtime.isShutdown()) {
                        Thread.yield();
                      }
                      return runtime.spawn(() -> "drained").join();
                    }));
              } catch (Exception e) {
                outcomes.add(e);
              }
            });
    CountDownLatch never = new CountDownLatch(1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread cancelled =
        Thread.ofPlatform()
            .start(() -> {
              try {
                runtime.run(() -> {
                  inside.countDown();
                  never.await();
                  return null;
                });
              } catch (Exception e) {
                thrown.set(e);
              }
            });
    inside.await();
    Thread closer = Thread.ofPlatform().start(runtime::close);
    drained.join();
    assertThat(runtime.shutdown(Duration.ZERO, LONG).terminated()).isTrue();
    cancelled.join();
    closer.join();
    assertThat(outcomes).containsExactly("drained");
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }

  @Test
  @Tag("S24")
  @DisplayName("S24: two runtimes whose tasks close each other return at their deadlines")
  void runtimesThatCloseEachOther() throws Exception {
    WorkerRuntime one = WorkerRuntime.builder().workers(1).start();
    WorkerRuntime two = WorkerRuntime.builder().workers(1).start();
    CountDownLatch both = new CountDownLatch(2);
    Duration bound = Duration.ofMillis(50);
    Task<ShutdownReport> first =
        one.spawn(() -> {
          both.countDown();
          both.await();
          return two.shutdown(bound, bound);
        });
    Task<ShutdownReport> second =
        two.spawn(() -> {
          both.countDown();
          both.await();
          return one.shutdown(bound, bound);
        });
    // The interrupt of either's cancelling ends the other's wait at its bound, at the latest.
    assertThat(first.get()).isNotNull();
    assertThat(second.get()).isNotNull();
    assertThat(one.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(two.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  @Tag("S44")
  @DisplayName(
      "S44: whatever way one waits for the end, all destructors have run and threads ended")
  void waitersReturnAfterTheDestructors() throws Exception {
    for (int round = 0; round < 20; round++) {
      Tally tally = new Tally();
      Tally slow = new Tally();
      String name = "waited-" + round + "-";
      AtomicInteger early = new AtomicInteger();
      Runnable check =
          () -> {
            early.addAndGet(tally.made() - tally.destroyed.get());
            early.addAndGet(VmState.threads(name + "worker").size());
          };
      RuntimeListener listener =
          new RuntimeListener() {
            @Override
            public void workerStopped(int worker) {
              LockSupport.parkNanos(2_000_000);
            }

            @Override
            public void phaseEntered(ShutdownPhase phase) {
              if (phase == ShutdownPhase.TERMINATED) {
                check.run();
              }
            }
          };
      WorkerRuntime runtime =
          WorkerRuntime.builder().name(name).workers(2).listener(listener).start();
      runtime.run(() -> tally.local.with(Tally.Value::touch) + slow.local.with(Tally.Value::touch));
      List<Thread> waiters = new ArrayList<>();
      List<Runnable> waits =
          List.of(
              runtime::close,
              () -> runtime.shutdown(LONG, LONG),
              () -> awaitTermination(runtime),
              () -> Await.until("it is terminated", runtime::isTerminated),
              () ->
                  Await.until(
                      "it is in the last phase",
                      () -> runtime.phase() == ShutdownPhase.TERMINATED));
      for (Runnable wait : waits) {
        waiters.add(
            Thread.ofPlatform()
                .start(() -> {
                  wait.run();
                  check.run();
                }));
      }
      for (Thread waiter : waiters) {
        waiter.join();
      }
      assertThat(early).as("values and threads left when somebody returned").hasValue(0);
      tally.assertEachDestroyedOnce();
    }
  }

  private static void awaitTermination(WorkerRuntime runtime) {
    try {
      assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @Tag("S46")
  @DisplayName("S46: tasks that may still run may make values; after the barrier it throws")
  void firstUseWhileShuttingDown() throws Exception {
    Tally draining = new Tally();
    Tally cancelling = new Tally();
    Tally unused = new Tally("too late");
    List<Throwable> late = new ArrayList<>();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerStopped(int worker) {
            try {
              unused.local.with(Tally.Value::touch);
            } catch (Throwable e) {
              late.add(e);
            }
          }
        };
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).spareWorkers(0).listener(listener).start();
    CountDownLatch parked = new CountDownLatch(2);
    runtime.spawn(() -> {
      parked.countDown();
      while (runtime.phase() != ShutdownPhase.DRAINING) {
        Thread.yield();
      }
      return draining.local.with(Tally.Value::touch);
    });
    runtime.spawn(() -> {
      try {
        parked.countDown();
        Thread.sleep(LONG);
      } finally {
        cancelling.local.with(Tally.Value::touch);
        assertThat(runtime.phase()).isEqualTo(ShutdownPhase.CANCELLING);
      }
      return null;
    });
    parked.await();
    runtime.shutdown();
    Await.until("a value is made while draining", () -> draining.made() == 1);
    ShutdownReport report = runtime.shutdown(Duration.ZERO, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.failures()).isEmpty();
    assertThat(cancelling.made()).isOne();
    assertThat(report.destroyed()).isEqualTo(2);
    draining.assertEachDestroyedOnce();
    cancelling.assertEachDestroyedOnce();
    assertThat(late).hasSize(1);
    assertThat(late.getFirst())
        .isInstanceOf(LocalDestroyedException.class)
        .hasMessageContaining("'too late'");
    assertThatThrownBy(() -> runtime.run(() -> unused.local.with(Tally.Value::touch)))
        .isInstanceOf(RuntimeClosedException.class);
    assertThat(unused.made()).isZero();
  }
}
