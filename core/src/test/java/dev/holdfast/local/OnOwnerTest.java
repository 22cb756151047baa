// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The access that runs on the owning platform thread. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class OnOwnerTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  @DisplayName("The value is made, used and destroyed on one platform thread, its worker's")
  void runsOnTheOwningThread() throws Exception {
    AtomicReference<Thread> madeBy = new AtomicReference<>();
    AtomicReference<Thread> destroyedBy = new AtomicReference<>();
    WorkerLocal<Object> local =
        WorkerLocal.of(
            () -> {
              madeBy.set(Thread.currentThread());
              return new Object();
            },
            value -> destroyedBy.set(Thread.currentThread()));
    Thread owner;
    try (WorkerRuntime runtime = oneWorker()) {
      owner = runtime.run(() -> local.onOwner(value -> Thread.currentThread()));
      for (int i = 0; i < 10; i++) {
        assertThat(runtime.<Thread>run(() -> local.onOwner(value -> Thread.currentThread())))
            .isSameAs(owner);
      }
      assertThat(owner.isVirtual()).isFalse();
      assertThat(owner.getName()).isEqualTo(runtime.name() + "-worker-0");
    }
    assertThat(madeBy).hasValue(owner);
    assertThat(destroyedBy).hasValue(owner);
  }

  @Test
  @DisplayName("A handle bound to its thread, a confined arena, can be used from all tasks")
  void servesThreadBoundHandles() {
    WorkerLocal<Arena> arenas = WorkerLocal.of(Arena::ofConfined);
    AtomicInteger closed = new AtomicInteger();
    WorkerLocal<Arena> counted =
        WorkerLocal.of(
            Arena::ofConfined,
            arena -> {
              arena.close();
              closed.incrementAndGet();
            });
    ShutdownReport report;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int number = i;
        tasks.add(
            runtime.spawn(() -> {
              for (int round = 0; round < 10; round++) {
                int read =
                    arenas.onOwner(arena -> {
                      var segment = arena.allocate(8);
                      segment.set(ValueLayout.JAVA_INT, 0, number);
                      return segment.get(ValueLayout.JAVA_INT, 0);
                    });
                assertThat(read).isEqualTo(number);
                Thread.yield();
              }
              return counted.onOwner(arena -> arena.allocate(8).byteSize());
            }));
      }
      tasks.forEach(Task::join);
      report = runtime.shutdown(LONG, LONG);
    }
    assertThat(report.failures()).isEmpty();
    assertThat(closed.get()).isBetween(1, 2);
    assertThat(report.destroyed()).isEqualTo(report.made());
  }

  @Test
  void isExclusiveOnTheOwner() {
    List<int[]> values = Collections.synchronizedList(new ArrayList<>());
    WorkerLocal<int[]> counter =
        WorkerLocal.of(() -> {
          int[] value = new int[1];
          values.add(value);
          return value;
        });
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        boolean handOver = i % 2 == 0;
        tasks.add(
            runtime.spawn(() -> {
              for (int round = 0; round < 50; round++) {
                if (handOver) {
                  counter.<Integer>onOwner(value -> value[0]++);
                } else {
                  counter.update(value -> value[0]++);
                }
              }
              return null;
            }));
      }
      tasks.forEach(Task::join);
    }
    assertThat(values.stream().mapToInt(value -> value[0]).sum()).isEqualTo(5_000);
  }

  @Test
  void passesResultsAndFailuresOn() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        Object value = local.onOwner(Function.identity());
        assertThat(value).isSameAs(local.<Object>with(Function.identity()));
        assertThat(local.<Object>onOwner(any -> null)).isNull();
        for (Throwable failure :
            List.of(new UncheckedIOException(new IOException("full")), new AssertionError("x"))) {
          assertThatThrownBy(() -> local.onOwner(any -> sneak(failure))).isSameAs(failure);
        }
        // The worker has survived it.
        assertThat(local.<Object>onOwner(Function.identity())).isSameAs(value);
        return null;
      });
    }
  }

  private static Object sneak(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  @Test
  @DisplayName("An initialiser that fails there fails the call, and the next call tries again")
  void triesAFailedInitializerAgain() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    WorkerLocal<Object> local =
        WorkerLocal.of(() -> {
          if (attempts.incrementAndGet() == 1) {
            throw new IllegalStateException("not yet");
          }
          return new Object();
        });
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        assertThatThrownBy(() -> local.onOwner(Function.identity())).hasMessage("not yet");
        assertThat(local.<Object>onOwner(Function.identity())).isNotNull();
        return null;
      });
    }
    assertThat(attempts).hasValue(2);
  }

  @Test
  @DisplayName("An interrupt neither ends the wait nor reaches the function, and stays set")
  void preservesInterrupts() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        Thread.currentThread().interrupt();
        assertThat(local.<Boolean>onOwner(value -> Thread.currentThread().isInterrupted()))
            .isFalse();
        assertThat(Thread.interrupted()).isTrue();
        return null;
      });
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      Task<Boolean> waiting =
          runtime.spawn(() -> {
            boolean reached =
                local.onOwner(value -> {
                  inside.countDown();
                  return await(release);
                });
            return Thread.interrupted() && !reached;
          });
      inside.await();
      waiting.thread().interrupt();
      release.countDown();
      assertThat(waiting.join()).isTrue();
    }
  }

  /** Returns whether the calling thread was interrupted. */
  private static boolean await(CountDownLatch latch) {
    try {
      latch.await();
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  @Test
  @DisplayName("A function that interrupts its thread interrupts its caller, not later calls")
  void handsTheFunctionsInterruptToTheCaller() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        local.onOwner(value -> {
          Thread.currentThread().interrupt();
          return value;
        });
        assertThat(Thread.interrupted()).isTrue();
        assertThat(local.<Boolean>onOwner(value -> Thread.currentThread().isInterrupted()))
            .isFalse();
        assertThat(Thread.interrupted()).isFalse();
        return null;
      });
    }
  }

  @Test
  @DisplayName("It throws in a pinned task, whose worker could never come to the call")
  void refusesAPinnedTask() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.<Object>builder(Object::new).name("window").build();
    WorkerLocal<Object> other = WorkerLocal.of(Object::new);
    WorkerLocal<Object> nested = WorkerLocal.of(() -> local.onOwner(Function.identity()));
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        AtomicInteger refused = new AtomicInteger();
        assertPinned(() -> other.with(value -> local.onOwner(_ -> refused.incrementAndGet())));
        // A later call comes after it, if it is run at all.
        local.onOwner(Function.identity());
        assertThat(refused).hasValue(0);
        assertPinned(() -> other.with(value -> local.onOwner(Function.identity())));
        assertPinned(() -> other.update(value -> local.onOwner(Function.identity())));
        assertPinned(() -> local.with(value -> local.onOwner(Function.identity())));
        assertPinned(nested::ref);
        assertPinned(nested::lease);
        if (runtime.tier() == Tier.CARRIER) { // else its worker has a thread of its own
          assertThatThrownBy(() -> ClassThatHandsOver.use(local))
              .isInstanceOf(ExceptionInInitializerError.class)
              .cause()
              .hasMessageContaining("while pinned");
        }
        // On the owner's thread, where it is already, it runs at once.
        assertThat(nested.<Object>onOwner(value -> local.onOwner(Function.identity()))).isNotNull();
        return null;
      });
    }
  }

  private static void assertPinned(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("onOwner() of local 'window'")
        .hasMessageContaining("while pinned")
        .hasMessageContaining("outside of with()");
  }

  /** A class whose initialiser hands a call over, which pins the thread. */
  private static final class ClassThatHandsOver {
    private static final ThreadLocal<WorkerLocal<?>> GIVEN = new ThreadLocal<>();

    static Object use(WorkerLocal<?> local) {
      GIVEN.set(local);
      return Initialized.VALUE;
    }

    private static final class Initialized {
      private static final Object VALUE = GIVEN.get().onOwner(value -> value);
    }
  }

  @Test
  @DisplayName("The task may be resumed elsewhere; the call was made where the task had been")
  void runsWhereTheTaskWas() throws Exception {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      runtime.run(() -> {
        for (int i = 0; i < 20; i++) {
          WorkerOwner before = Elsewhere.worker();
          WorkerOwner during = local.onOwner(value -> value.madeOn());
          assertThat(during).isSameAs(before);
          Elsewhere.move(runtime);
        }
        return null;
      });
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("It works while the runtime drains and cancels, for tasks that are still alive")
  void worksUntilTheBarrier() throws Exception {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = oneWorker()) {
      CountDownLatch begun = new CountDownLatch(1);
      Task<Ledger.Probe> task =
          runtime.spawn(() -> {
            begun.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              // The cancelling phase.
            }
            return local.onOwner(Function.identity());
          });
      begun.await();
      ShutdownReport report = runtime.shutdown(Duration.ZERO, LONG);
      assertThat(report.terminated()).isTrue();
      assertThat(task.join()).isNotNull();
      Await.until("the value is destroyed", () -> task.join().isDestroyed());
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }
}
