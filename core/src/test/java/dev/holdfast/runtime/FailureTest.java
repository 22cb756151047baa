// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.shutdown.ShutdownReport.Failure;
import dev.holdfast.shutdown.ShutdownReport.Kind;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That what tasks, jobs, destructors and listeners throw never keeps a runtime from its end. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class FailureTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  @Tag("S34")
  @DisplayName("S34: what is thrown while shutting down is in the report, and close completes")
  void failuresWhileShuttingDown() throws Exception {
    CountDownLatch drains = new CountDownLatch(1);
    CountDownLatch parked = new CountDownLatch(2);
    WorkerLocal<String> local =
        WorkerLocal.<String>builder(() -> "value")
            .name("fragile")
            .destructor(value -> {
              throw new IllegalStateException("in the destructor");
            })
            .build();
    Tally tally = new Tally();
    WorkerRuntime runtime =
        WorkerRuntime.builder().name("failing").workers(1).spareWorkers(0).start();
    Task<?> early =
        runtime.spawn(
            "early",
            () -> {
              throw new IllegalStateException("before the shutdown");
            });
    assertThatThrownBy(early::get).hasRootCauseMessage("before the shutdown");
    runtime.run(() -> tally.local.with(Tally.Value::touch) + local.with(String::length));
    Task<?> drained =
        runtime.spawn(
            "drained",
            () -> {
              drains.await();
              throw new AssertionError("while draining");
            });
    Task<?> job =
        runtime.spawnBlocking(() -> {
          drains.await();
          throw new IllegalArgumentException("in a job");
        });
    runtime.spawn(
        "cleaning",
        () -> {
          try {
            parked.countDown();
            Thread.sleep(LONG);
          } finally {
            cleanUp();
          }
          return null;
        });
    runtime.spawn(
        "obedient",
        () -> {
          parked.countDown();
          Thread.sleep(LONG);
          return null;
        });
    parked.await();
    runtime.shutdown();
    drains.countDown();
    assertThatThrownBy(job::get).hasRootCauseMessage("in a job");
    assertThatThrownBy(drained::get).hasRootCauseMessage("while draining");

    ShutdownReport report = runtime.shutdown(Duration.ofMillis(50), LONG);

    assertThat(report.terminated()).isTrue();
    assertThat(report.failures())
        .extracting(Failure::kind, Failure::name, failure -> failure.cause().getMessage())
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(Kind.TASK, "drained", "while draining"),
            org.assertj.core.groups.Tuple.tuple(Kind.JOB, job.name(), "in a job"),
            org.assertj.core.groups.Tuple.tuple(Kind.TASK, "cleaning", "in the clean-up"),
            org.assertj.core.groups.Tuple.tuple(Kind.DESTRUCTOR, "fragile", "in the destructor"));
    assertThat(report.failures())
        .allMatch(failure ->
            failure
                .owner()
                .equals(failure.kind() == Kind.JOB ? "failing-blocking-1" : "failing-worker-0"));
    assertThat(report.toString())
        .contains("failures 4")
        .contains(
            "failed DESTRUCTOR 'fragile' on failing-worker-0:"
                + " java.lang.IllegalStateException: in the destructor");
    assertThat(report.destroyed()).isEqualTo(2);
    tally.assertEachDestroyedOnce();
  }

  private static void cleanUp() {
    throw new IllegalStateException("in the clean-up");
  }

  @Test
  @Tag("S37")
  @DisplayName("S37: a destructor that starts work is refused at once, whatever the way")
  void destructorsCannotStartWork() throws Exception {
    for (int round = 0; round < 50; round++) {
      AtomicInteger refused = new AtomicInteger();
      AtomicInteger ran = new AtomicInteger();
      WorkerRuntime[] self = new WorkerRuntime[1];
      WorkerLocal<String> local =
          WorkerLocal.of(
              () -> "value",
              value -> {
                WorkerRuntime runtime = self[0];
                List<Runnable> attempts =
                    List.of(
                        () -> runtime.spawn(ran::incrementAndGet),
                        () -> runtime.spawn("named", ran::incrementAndGet),
                        () -> runtime.spawnBlocking(ran::incrementAndGet),
                        () -> runtime.execute(ran::incrementAndGet),
                        () -> runtime.submit(ran::incrementAndGet),
                        () -> runtime.threadFactory().newThread(ran::incrementAndGet).start());
                for (Runnable attempt : attempts) {
                  assertThatThrownBy(attempt::run)
                      .isInstanceOf(RuntimeClosedException.class)
                      .hasMessageContaining("phase DESTROYING");
                  refused.incrementAndGet();
                }
                assertThatThrownBy(() -> runtime.run(ran::incrementAndGet))
                    .isInstanceOf(BlockingEntryException.class);
              });
      WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
      self[0] = runtime;
      runtime.run(() -> local.with(String::length));
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.failures()).isEmpty();
      assertThat(report.terminated()).isTrue();
      assertThat(refused).hasValue(6);
      assertThat(ran).hasValue(0);
    }
  }

  @Test
  @Tag("S39")
  @DisplayName("S39: clean-ups of dying tasks that wait for each other's locks do not deadlock")
  void cleanUpsShareLocks() throws Exception {
    ReentrantLock lock = new ReentrantLock();
    Object monitor = new Object();
    AtomicInteger cleaned = new AtomicInteger();
    int tasks = 1_000;
    CountDownLatch parked = new CountDownLatch(tasks);
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start();
    for (int i = 0; i < tasks; i++) {
      boolean holder = i % 100 == 0;
      runtime.spawn(() -> {
        try {
          parked.countDown();
          Thread.sleep(LONG);
        } catch (InterruptedException e) {
          lock.lock();
          try {
            synchronized (monitor) {
              if (holder) {
                // Dies slowly, with both locks.
                Thread.sleep(5);
              }
              cleaned.incrementAndGet();
            }
          } finally {
            lock.unlock();
          }
        }
        return null;
      });
    }
    parked.await();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.failures()).isEmpty();
    assertThat(cleaned).hasValue(tasks);
  }

  @Test
  @DisplayName(
      "a listener that always throws, and a handler that throws that again, change nothing")
  void listenerAndHandlerThrow() throws Exception {
    class Thrower implements RuntimeListener {
      private final AtomicInteger thrown = new AtomicInteger();

      private void fail() {
        thrown.incrementAndGet();
        throw new IllegalStateException("listener");
      }

      @Override
      public void workerStarted(int worker) {
        fail();
      }

      @Override
      public void workerStopped(int worker) {
        fail();
      }

      @Override
      public void workerParked(int worker) {
        fail();
      }

      @Override
      public void workerUnparked(int worker) {
        fail();
      }

      @Override
      public void taskStarted(Task<?> task) {
        fail();
      }

      @Override
      public void taskEnded(Task<?> task) {
        fail();
      }

      @Override
      public void phaseEntered(ShutdownPhase phase) {
        fail();
      }
    }

    Thrower listener = new Thrower();
    List<Throwable> handled = Collections.synchronizedList(new ArrayList<>());
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .listener(listener)
            .uncaughtExceptionHandler((thread, failure) -> {
              handled.add(failure);
              throw (RuntimeException) failure;
            })
            .start();
    Tally tally = new Tally();
    assertThat(runtime.spawn(() -> tally.local.with(Tally.Value::touch)).get()).isOne();
    assertThat(runtime.spawnBlocking(() -> 42).get()).isEqualTo(42);
    runtime.execute(() -> {
      throw new IllegalStateException("command");
    });
    Future<?> failing =
        runtime.submit(() -> {
          throw new IllegalStateException("task");
        });
    assertThatThrownBy(failing::get).hasRootCauseMessage("task");
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    tally.assertEachDestroyedOnce();
    assertThat(handled).hasSize(listener.thrown.get() + 1);
    assertThat(handled)
        .extracting(Throwable::getMessage)
        .contains("command")
        .doesNotContain("task");
  }

  @Test
  @DisplayName("what a command of execute() throws reaches the handler once; its worker lives on")
  void commandsThatThrow() throws Exception {
    List<Throwable> handled = Collections.synchronizedList(new ArrayList<>());
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .name("commands")
            .workers(1)
            .uncaughtExceptionHandler((thread, failure) -> {
              assertThat(thread.isVirtual()).isTrue();
              handled.add(failure);
            })
            .start();
    try (runtime) {
      List<Error> thrown = List.of(new AssertionError("1"), new StackOverflowError(), new Error());
      for (Error each : thrown) {
        runtime.execute(() -> {
          throw each;
        });
      }
      runtime.run(Executors.callable(() -> {}));
      runtime.shutdown();
      assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertThat(handled).containsExactlyInAnyOrderElementsOf(thrown);
    }
  }
}
