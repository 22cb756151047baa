// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static dev.holdfast.shutdown.ShutdownPhase.CANCELLING;
import static dev.holdfast.shutdown.ShutdownPhase.DESTROYING;
import static dev.holdfast.shutdown.ShutdownPhase.DRAINING;
import static dev.holdfast.shutdown.ShutdownPhase.QUIESCENT;
import static dev.holdfast.shutdown.ShutdownPhase.RUNNING;
import static dev.holdfast.shutdown.ShutdownPhase.TERMINATED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.ExecutorsUnderTest.Sleeper;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What a shutdown passes through, what it lets in meanwhile, and how long it lets wait. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class ShutdownTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(30);

  private static void assertRejected(ThrowingCallable entry) {
    assertThatThrownBy(entry)
        .isInstanceOf(RuntimeClosedException.class)
        .hasMessageContaining("began to shut down");
  }

  @Test
  @DisplayName("the phases are entered once each, in order, by one thread")
  void phasesAreEnteredInOrder() throws Exception {
    for (int i = 0; i < 50; i++) {
      Phases phases = new Phases();
      Tally tally = new Tally();
      List<ShutdownPhase> seen = new ArrayList<>();
      WorkerRuntime runtime = WorkerRuntime.builder().workers(2).listener(phases).start();
      seen.add(runtime.phase());
      runtime.run(() -> tally.local.with(Tally.Value::touch));
      Gate gate = new Gate();
      runtime.spawn(gate);
      gate.awaitEntered();
      assertThat(phases.entered).isEmpty();
      runtime.shutdown();
      seen.add(runtime.phase());
      if (i % 2 == 0) {
        runtime.shutdownNow();
        gate.awaitInterrupted();
        seen.add(runtime.phase());
      } else {
        seen.add(CANCELLING);
      }
      tally.assertAllAlive();
      gate.open();
      runtime.close();
      seen.add(runtime.phase());
      assertThat(seen).containsExactly(RUNNING, DRAINING, CANCELLING, TERMINATED);
      assertThat(phases.entered)
          .containsExactly(DRAINING, CANCELLING, QUIESCENT, DESTROYING, TERMINATED);
      assertThat(phases.threads).containsOnly(phases.threads.getFirst());
      tally.assertEachDestroyedOnce();
    }
  }

  @Test
  @DisplayName("while draining, work from outside is rejected, tasks and jobs may start more")
  void drainingRejectsWorkFromOutsideOnly() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    CountDownLatch drains = new CountDownLatch(1);
    AtomicInteger ran = new AtomicInteger();
    Callable<Integer> family =
        () -> {
          drains.await();
          Task<?> task = runtime.spawn(() -> runtime.spawnBlocking(ran::incrementAndGet).join());
          Task<?> job = runtime.spawnBlocking(() -> runtime.run(ran::incrementAndGet));
          runtime.execute(ran::incrementAndGet);
          runtime.threadFactory().newThread(ran::incrementAndGet).start();
          task.join();
          job.join();
          return 0;
        };
    Task<Integer> task = runtime.spawn(family);
    Task<Integer> job = runtime.spawnBlocking(family);
    runtime.shutdown();
    assertThat(runtime.phase()).isEqualTo(DRAINING);
    AtomicInteger outside = new AtomicInteger();
    assertRejected(() -> runtime.spawn(outside::incrementAndGet));
    assertRejected(() -> runtime.spawn("named", outside::incrementAndGet));
    assertRejected(() -> runtime.spawnBlocking(outside::incrementAndGet));
    assertRejected(() -> runtime.run(outside::incrementAndGet));
    assertRejected(() -> runtime.execute(outside::incrementAndGet));
    assertRejected(() -> runtime.submit(outside::incrementAndGet));
    assertRejected(() -> runtime.invokeAll(List.of(outside::incrementAndGet)));
    assertRejected(() -> runtime.threadFactory().newThread(outside::incrementAndGet).start());
    drains.countDown();
    runtime.close();
    assertThat(task.resultNow() + job.resultNow()).isZero();
    assertThat(ran).hasValue(8);
    assertThat(outside).hasValue(0);
    assertRejected(() -> runtime.spawn(outside::incrementAndGet));
    assertRejected(() -> runtime.spawnBlocking(outside::incrementAndGet));
  }

  @Test
  @DisplayName("while cancelling, tasks and jobs are interrupted, those that start meanwhile too")
  void cancellingInterruptsAll() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).blockingThreads(1).start();
    Sleeper task = new Sleeper();
    Sleeper job = new Sleeper();
    Sleeper grandchild = new Sleeper();
    runtime.spawn(task);
    runtime.spawnBlocking(job);
    Task<Task<String>> parent =
        runtime.spawn(() -> {
          try {
            Thread.sleep(LONG);
          } catch (InterruptedException e) {
            // Goes on to start another one.
          }
          return runtime.spawn(grandchild);
        });
    Task<String> queued = runtime.spawnBlocking(new Sleeper());
    task.started.await();
    job.started.await();
    runtime.shutdown();
    assertThat(task.interrupted.getCount() + job.interrupted.getCount()).isEqualTo(2);
    ShutdownReport report = runtime.shutdown(Duration.ZERO, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(task.interrupted.getCount() + job.interrupted.getCount()).isZero();
    assertThat(grandchild.interrupted.getCount()).isZero();
    assertThat(parent.resultNow().state()).isEqualTo(Future.State.FAILED);
    assertThat(queued.state()).isEqualTo(Future.State.CANCELLED);
    assertThat(report.failures()).as("failures of those that did as they were told").isEmpty();
  }

  @Test
  @DisplayName("a task that is being started while cancelling begins is refused or interrupted")
  void aTaskThatIsBeingStartedIsRefusedOrInterrupted() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    Sleeper canary = new Sleeper();
    runtime.spawn(canary);
    canary.started.await();
    Sleeper late = new Sleeper();
    Thread starter =
        Thread.ofPlatform()
            .unstarted(() -> {
              try {
                runtime.spawn(late);
              } catch (RuntimeClosedException e) {
                // Refused, and so never run.
              }
            });
    // Stops it where its task is to be listed.
    Turnstile[] turnstiles = turnstiles(runtime);
    for (int i = 0; i < turnstiles.length; i++) {
      Turnstile.enter(turnstiles, i);
    }
    starter.start();
    Await.until(
        "the starter waits",
        () ->
            Arrays.stream(starter.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(Turnstile.class.getName())));
    runtime.shutdownNow();
    for (Turnstile turnstile : turnstiles) {
      turnstile.leave();
    }
    canary.interrupted.await();
    starter.join();
    assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    late.awaitInterruptIfEntered();
  }

  private static Turnstile[] turnstiles(WorkerRuntime runtime) throws ReflectiveOperationException {
    var ledger = TieredRuntime.class.getDeclaredField("ledger");
    ledger.setAccessible(true);
    var turnstiles = Ledger.class.getDeclaredField("turnstiles");
    turnstiles.setAccessible(true);
    return (Turnstile[]) turnstiles.get(ledger.get(runtime));
  }

  @Test
  @Tag("S35")
  @DisplayName("S35: past its deadlines a close returns, and the rest happens when the last ends")
  void shutdownIsBoundedAndGoesOn() throws Exception {
    Tally tally = new Tally();
    Phases phases = new Phases();
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).listener(phases).start();
    Gate parks = new Gate();
    Gate blocks = new Gate();
    Gate spins = new Gate();
    WholeTask.run(runtime, () -> tally.local.with(Tally.Value::touch));
    runtime.spawn(parks);
    runtime.spawnBlocking(blocks);
    runtime.spawn(() -> {
      spins.spin();
      return null;
    });
    parks.awaitEntered();
    blocks.awaitEntered();
    spins.awaitEntered();

    ShutdownReport first = runtime.shutdown(SHORT, SHORT);
    assertThat(first.phase()).isEqualTo(CANCELLING);
    assertThat(first.took()).isGreaterThanOrEqualTo(SHORT.plus(SHORT));
    assertThat(first.counts()).isEqualTo(new ShutdownReport.Counts(2, 1, 0, 0));
    assertThat(first.holders())
        .as("the stack of the one that computes")
        .anyMatch(holder ->
            holder.stack().stream().anyMatch(frame -> frame.getMethodName().equals("spin")));
    parks.awaitInterrupted();
    blocks.awaitInterrupted();
    assertThat(runtime.shutdown(Duration.ofMillis(100), Duration.ZERO).phase())
        .as("a later closer with a longer drain does not take the cancelling back")
        .isEqualTo(CANCELLING);
    tally.assertAllAlive();

    parks.open();
    blocks.open();
    assertThat(runtime.awaitTermination(50, TimeUnit.MILLISECONDS)).isFalse();
    tally.assertAllAlive();
    spins.open();
    assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    tally.assertEachDestroyedOnce();
    assertThat(phases.entered).endsWith(QUIESCENT, DESTROYING, TERMINATED);
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
  }

  @Test
  @Tag("S21")
  @DisplayName(
      "S21: closers with different deadlines each wait for the same shutdown, to their own")
  void severalClosers() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    runtime.run(() -> tally.local.with(Tally.Value::touch));
    Gate gate = new Gate();
    runtime.spawn(gate);
    gate.awaitEntered();
    try (ExecutorService closers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> patient = closers.submit(runtime::close);
      Future<ShutdownReport> drains =
          closers.submit(() -> runtime.shutdown(Duration.ofDays(1), LONG));
      Await.until("it drains", () -> runtime.phase() == DRAINING);
      assertThat(runtime.shutdown(SHORT, Duration.ZERO).phase()).isEqualTo(CANCELLING);
      // The earliest of the drain deadlines counts for all.
      gate.awaitInterrupted();
      List<Future<ShutdownReport>> impatient = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Duration own = Duration.ofMillis(5L * i);
        impatient.add(closers.submit(() -> runtime.shutdown(own, own)));
      }
      for (Future<ShutdownReport> closer : impatient) {
        assertThat(closer.get().phase()).isEqualTo(CANCELLING);
      }
      assertThat(patient.isDone() || drains.isDone()).isFalse();
      tally.assertAllAlive();
      gate.open();
      assertThat(drains.get().terminated()).isTrue();
      patient.get();
      assertThat(runtime.isTerminated()).isTrue();
      tally.assertEachDestroyedOnce();
    }
  }

  @Test
  @DisplayName("an interrupt of a closing thread cancels at once, leaves its bound, and stays set")
  void interruptWhileClosing() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    Gate gate = new Gate();
    runtime.spawn(gate);
    gate.awaitEntered();
    AtomicReference<ShutdownReport> report = new AtomicReference<>();
    AtomicInteger stayed = new AtomicInteger();
    Thread closing =
        Thread.ofPlatform()
            .start(() -> {
              report.set(runtime.shutdown(Duration.ofDays(1), SHORT));
              stayed.set(Thread.currentThread().isInterrupted() ? 1 : -1);
            });
    Await.until("it drains", () -> runtime.phase() == DRAINING);
    Await.untilWaiting(closing);
    closing.interrupt();
    closing.join();
    assertThat(stayed).hasValue(1);
    assertThat(report.get().phase()).isEqualTo(CANCELLING);
    gate.awaitInterrupted();
    gate.open();
    runtime.close();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  @DisplayName("close() returns at the deadlines of the builder, if it has some")
  void closeWithConfiguredDeadlines() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).drainDeadline(SHORT).cancelDeadline(SHORT).start();
    Gate gate = new Gate();
    try (runtime) {
      runtime.run(() -> tally.local.with(Tally.Value::touch));
      runtime.spawn(gate);
      gate.awaitEntered();
    }
    assertThat(runtime.phase()).isEqualTo(CANCELLING);
    tally.assertAllAlive();
    gate.open();
    assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @DisplayName("deadlines past all time mean none, and negative ones are refused")
  void extremeDeadlines() {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    Duration ever = Duration.ofSeconds(Long.MAX_VALUE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> runtime.shutdown(Duration.ofNanos(-1), ever))
        .withMessageContaining("drain");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> runtime.shutdown(ever, Duration.ofNanos(-1)))
        .withMessageContaining("cancel");
    assertThat(runtime.phase()).isEqualTo(RUNNING);
    assertThat(runtime.shutdown(ever, ever).terminated()).isTrue();
  }

  @Test
  @Tag("S28")
  @DisplayName("S28: a runtime cannot be closed from inside, and says what to do; shutdown() works")
  void closeFromInside() throws Exception {
    AtomicInteger refused = new AtomicInteger();
    AtomicReference<WorkerRuntime> self = new AtomicReference<>();
    Runnable attempts =
        () -> {
          WorkerRuntime runtime = self.get();
          List<ThrowingCallable> calls =
              List.of(
                  runtime::close,
                  () -> runtime.shutdown(Duration.ZERO, Duration.ZERO),
                  () -> runtime.awaitTermination(1, TimeUnit.DAYS));
          for (ThrowingCallable call : calls) {
            assertThatThrownBy(call)
                .isInstanceOf(BlockingEntryException.class)
                .hasMessageContaining("inside runtime 'inside'")
                .hasMessageContaining("call shutdown(), which does not wait");
            refused.incrementAndGet();
          }
        };
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void phaseEntered(ShutdownPhase phase) {
            attempts.run();
          }

          @Override
          public void workerStopped(int worker) {
            attempts.run();
          }
        };
    WorkerLocal<String> local = WorkerLocal.of(() -> "value", value -> attempts.run());
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .name("inside")
            .workers(1)
            .spareWorkers(0)
            .listener(listener)
            .start();
    self.set(runtime);
    Callable<?> body = Executors.callable(attempts);
    runtime.run(body);
    runtime.spawnBlocking(body).get();
    runtime.run(() ->
        local.onOwner(value -> {
          attempts.run();
          return value;
        }));
    runtime.run(() -> Thread.ofVirtual().start(attempts).join(Duration.ofSeconds(20)));
    assertThat(runtime.phase()).isEqualTo(RUNNING);
    assertThat(refused).hasValue(12);
    runtime.run(() -> {
      runtime.shutdown();
      return null;
    });
    assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    // Five phases, one worker, one destructor.
    assertThat(refused).hasValue(12 + 3 * 7);
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.failures()).isEmpty();
  }
}
