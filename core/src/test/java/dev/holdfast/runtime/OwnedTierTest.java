// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.Lease;
import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is done in another way in the owned tier, where nobody tells of starts and ends. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OwnedTierTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private static WorkerRuntime.Builder owned() {
    return WorkerRuntime.builder().tier(Tier.OWNED).name("owned").workers(2).spareWorkers(0);
  }

  // ---- Virtual threads that tasks make by themselves

  @Test
  @Tag("S66")
  @DisplayName("S66: a thread that uses nothing of the runtime is counted, and its end is found")
  void aStrayThatDoesNotShowItselfHoldsTheBarrier() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = owned().start();
    CountDownLatch end = new CountDownLatch(1);
    Thread stray =
        WholeTask.run(
            runtime,
            () -> {
              tally.local.update(Tally.Value::touch);
              return Thread.ofVirtual().start(() -> Await.unwillingly(end));
            });
    ShutdownReport report = runtime.shutdown(Duration.ofMillis(50), Duration.ofMillis(50));
    assertThat(report.terminated()).isFalse();
    assertThat(report.counts().tasks()).isOne();
    assertThat(report.holders())
        .singleElement()
        .matches(holder -> holder.name().startsWith("a virtual thread that task 'task-"))
        .matches(holder -> holder.owner().equals("runtime 'owned', started by code inside a task"));
    tally.assertAllAlive();
    end.countDown();
    stray.join();
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S66")
  @DisplayName("S66: a thread that was made and never started holds nothing once it is forgotten")
  void aStrayThatIsNeverStarted() throws Exception {
    WorkerRuntime runtime = owned().start();
    runtime.run(() -> {
      Thread.ofVirtual().unstarted(() -> {});
      return null;
    });
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
  }

  @Test
  @Tag("S66")
  @DisplayName("S66: one that has used a value is named, and is interrupted by a shutdown")
  void aStrayThatHasShownItself() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = owned().start();
    CountDownLatch shown = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread stray =
        WholeTask.run(
            runtime,
            () ->
                Thread.ofVirtual()
                    .name("shown")
                    .start(() -> {
                      tally.local.ref().get().touch();
                      shown.countDown();
                      try {
                        Thread.sleep(LONG);
                      } catch (InterruptedException e) {
                        interrupted.set(true);
                      }
                    }));
    shown.await();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
    if (!report.terminated()) {
      assertThat(report.holders()).allMatch(holder -> holder.name().equals("shown"));
    }
    assertThat(runtime.shutdown(Duration.ZERO, LONG).terminated()).isTrue();
    assertThat(stray.join(LONG)).isTrue();
    assertThat(interrupted).isTrue();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S66")
  @DisplayName("S66: one that shows itself while the others are cancelled is interrupted then")
  void aStrayThatShowsItselfLate() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = owned().start();
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread stray =
        runtime.run(() ->
            Thread.ofVirtual()
                .start(() -> {
                  Await.unwillingly(go);
                  tally.local.update(Tally.Value::touch);
                  interrupted.set(Thread.currentThread().isInterrupted());
                }));
    assertThat(runtime.shutdown(Duration.ZERO, Duration.ZERO).terminated()).isFalse();
    Await.until("it cancels", () -> runtime.phase() == ShutdownPhase.CANCELLING);
    go.countDown();
    stray.join();
    assertThat(interrupted).isTrue();
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S6")
  @DisplayName("S6: a lease that such a thread leaves open is reported, and its value destroyed")
  void aStrayThatLeavesALease() throws Exception {
    ConcurrentLinkedQueue<ShutdownReport.Holder> leaks = new ConcurrentLinkedQueue<>();
    Tally tally = new Tally();
    WorkerRuntime runtime =
        owned()
            .listener(
                new RuntimeListener() {
                  @Override
                  public void leaked(ShutdownReport.Holder leak) {
                    leaks.add(leak);
                  }
                })
            .start();
    AtomicReference<Lease<?>> kept = new AtomicReference<>();
    Thread stray = runtime.run(() -> Thread.ofVirtual().start(() -> kept.set(tally.local.lease())));
    stray.join();
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    assertThat(leaks).singleElement().matches(leak -> leak.kind() == ShutdownReport.Kind.LEASE);
    assertThat(tally.destroyed).hasValue(1);
  }

  @Test
  @Tag("S63")
  @DisplayName("S63: one that ends without having left its worker does not keep it")
  void aStrayThatDoesNotLeaveItsWorker() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = owned().start();
    Thread stray =
        runtime.run(() -> {
          tally.local.update(Tally.Value::touch);
          // As if its stack had ended where it was to leave.
          return Thread.ofVirtual().start(() -> Here.memberOf(Thread.currentThread()).enter());
        });
    stray.join();
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S63")
  @DisplayName("S63: a task that ends without having left its worker does not keep it")
  void aTaskThatDoesNotLeaveItsWorker() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.OWNED).workers(1).spareWorkers(0).start()) {
      // As if its stack had ended where it was to leave.
      runtime.run(() -> Here.memberOf(Thread.currentThread()).enter().name());
      Task<Integer> other = runtime.spawn(() -> tally.local.with(Tally.Value::touch));
      assertThat(other.get(10, TimeUnit.SECONDS)).isOne();
    }
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S1")
  @DisplayName("S1: platform threads that a task makes are not of the runtime")
  void platformThreadsAreForeign() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime = owned().start()) {
      LocalRef<Tally.Value> ref = runtime.run(() -> tally.local.ref());
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      runtime.run(() ->
          Thread.ofPlatform()
              .start(() -> {
                try {
                  ref.get();
                  thrown.complete(null);
                } catch (RuntimeException e) {
                  thrown.complete(e);
                }
              }));
      assertThat(thrown.get()).isInstanceOf(EscapedReferenceException.class);
    }
  }

  @Test
  @Tag("S63")
  @DisplayName(
      "S63: a stack overflow inside with() fails its task, and the value can be used again")
  void aStackOverflowInsideWith() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.OWNED).workers(1).spareWorkers(0).start()) {
      for (int i = 0; i < 20; i++) {
        Task<Integer> task = runtime.spawn(() -> tally.local.with(value -> depth(0)));
        assertThatThrownBy(task::join).hasCauseInstanceOf(StackOverflowError.class);
        runtime.run(() -> tally.local.with(Tally.Value::touch));
      }
    }
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @SuppressWarnings("InfiniteRecursion") // on purpose
  private static int depth(int n) {
    return depth(n + 1) + 1;
  }

  // ---- Threads of the factory

  @Test
  @DisplayName("Threads of the factory are counted as they begin, and refused after the barrier")
  void threadsOfTheFactory() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = owned().start();
    ThreadFactory factory = runtime.threadFactory();
    AtomicBoolean ran = new AtomicBoolean();
    Gate gate = new Gate();
    Thread started =
        factory.newThread(() -> {
          tally.local.update(Tally.Value::touch);
          gate.call();
        });
    started.start();
    Thread unstarted = factory.newThread(() -> ran.set(true));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    unstarted.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
    gate.awaitEntered();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
    assertThat(report.terminated()).isFalse();
    assertThat(report.counts().tasks()).isOne();
    assertThatThrownBy(() -> factory.newThread(() -> ran.set(true)))
        .isInstanceOf(RuntimeClosedException.class);
    gate.open();
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    tally.assertEachDestroyedOnce();
    unstarted.start();
    unstarted.join();
    assertThat(failure.get()).isInstanceOf(RuntimeClosedException.class);
    assertThat(ran).isFalse();
  }

  @Test
  @DisplayName("One that was started and has not begun keeps the barrier closed")
  void anOfferThatWasStarted() throws Exception {
    TieredRuntime runtime = (TieredRuntime) owned().start();
    try (runtime) {
      Offers offers = new Offers();
      VirtualTask<?> task = new VirtualTask<>(runtime, null, () -> null, false);
      offers.add(task, () -> {});
      assertThat(offers.seal()).isTrue();
      assertThatThrownBy(() -> offers.take(runtime, task))
          .isInstanceOf(RuntimeClosedException.class);

      VirtualTask<?> other = new VirtualTask<>(runtime, null, () -> null, true);
      Offers others = new Offers();
      others.add(other, () -> {});
      runtime.workforce().start(other);
      other.get();
      assertThat(others.seal()).isFalse();
    }
  }

  // ---- Workers

  @Test
  @Tag("S10")
  @DisplayName("S10: with() is exclusive on its worker, whatever tasks run at the same time")
  void withIsExclusive() throws Exception {
    WorkerLocal<long[]> local = WorkerLocal.of(() -> new long[1], value -> {});
    ConcurrentLinkedQueue<long[]> made = new ConcurrentLinkedQueue<>();
    WorkerLocal<long[]> counted =
        WorkerLocal.of(() -> {
          long[] value = new long[1];
          made.add(value);
          return value;
        });
    try (WorkerRuntime runtime = owned().start()) {
      List<Task<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        tasks.add(
            runtime.spawn(() -> {
              for (int j = 0; j < 1_000; j++) {
                counted.update(value -> local.update(inner -> value[0]++));
                if (j % 100 == 0) {
                  Thread.yield();
                }
              }
              return null;
            }));
      }
      tasks.forEach(Task::join);
    }
    assertThat(made).hasSizeBetween(1, 2);
    assertThat(made.stream().mapToLong(value -> value[0]).sum()).isEqualTo(200_000);
  }

  @Test
  @DisplayName("A task that blocks inside with() keeps its worker; the others use the other one")
  void othersUseAnotherWorker() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime = owned().start()) {
      Gate gate = new Gate();
      Task<?> blocked = runtime.spawn(() -> tally.local.with(value -> passing(gate, value)));
      gate.awaitEntered();
      for (int i = 0; i < 20; i++) {
        runtime.run(() -> tally.local.with(Tally.Value::touch));
      }
      assertThat(tally.made()).isEqualTo(2);
      gate.open();
      blocked.join();
    }
    tally.assertEachDestroyedOnce();
  }

  private static Object passing(Gate gate, Tally.Value value) {
    gate.call();
    return value.touch();
  }

  @Test
  @DisplayName("When all workers are taken tasks wait for one, in spite of interrupts")
  void tasksWaitForAWorker() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime = owned().workers(1).start()) {
      throw new AssertionError("workers may be set once: " + runtime);
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("WORKERS was already set to 2");
    }
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.OWNED).workers(1).spareWorkers(0).start()) {
      Gate gate = new Gate();
      Task<?> blocked = runtime.spawn(() -> tally.local.with(value -> passing(gate, value)));
      gate.awaitEntered();
      AtomicInteger touched = new AtomicInteger();
      List<Task<?>> waiting = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        waiting.add(
            runtime.spawn(() -> {
              tally.local.update(value -> touched.incrementAndGet());
              return Thread.interrupted();
            }));
      }
      for (Task<?> task : waiting) {
        Await.untilWaiting(task.thread());
        task.thread().interrupt();
      }
      assertThat(touched).hasValue(0);
      gate.open();
      blocked.join();
      for (Task<?> task : waiting) {
        assertThat(task.join()).isEqualTo(true);
      }
      assertThat(touched).hasValue(10);
    }
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S17")
  @DisplayName("S17/S20: a spare worker has values of its own, which live until the barrier")
  void spareWorkers() throws Exception {
    Tally tally = new Tally();
    List<Integer> blockedOn = new ArrayList<>();
    CountDownLatch told = new CountDownLatch(1);
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .tier(Tier.OWNED)
            .workers(1)
            .spareWorkers(1)
            .listener(
                new RuntimeListener() {
                  @Override
                  public void blockedWhilePinned(int worker, StackTraceElement[] stack) {
                    blockedOn.add(worker);
                    told.countDown();
                  }
                })
            .start()) {
      Gate gate = new Gate();
      AtomicReference<WorkerOwner> taken = new AtomicReference<>();
      Task<?> blocked =
          runtime.spawn(() ->
              tally.local.with(value -> {
                taken.set(Here.memberOf(Thread.currentThread()).on());
                return passing(gate, value);
              }));
      gate.awaitEntered();
      WorkerOwner other =
          runtime.run(() -> tally.local.with(value -> Here.memberOf(Thread.currentThread()).on()));
      // The first of them is on the spare one if the worker's own thread has not come to rest yet.
      assertThat(List.of(taken.get(), other))
          .extracting(WorkerOwner::name)
          .containsExactlyInAnyOrder(runtime.name() + "-worker-0", runtime.name() + "-spare-0");
      assertThat(tally.made()).isEqualTo(2);
      told.await();
      gate.open();
      blocked.join();
      tally.assertAllAlive();
      assertThat(blockedOn).containsExactly(taken.get().index());
    }
    tally.assertEachDestroyedOnce();
  }
}
