// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The exclusive access of {@code with} and {@code update}. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class WithTest {

  @Test
  void returnsWhatTheFunctionReturns() throws Exception {
    WorkerLocal<StringBuilder> local = WorkerLocal.of(() -> new StringBuilder("a"));
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      assertThat(runtime.<Integer>run(() -> local.with(StringBuilder::length))).isEqualTo(1);
      assertThat(runtime.<String>run(() -> local.with(b -> null))).isNull();
      runtime.run(() -> {
        local.update(b -> b.append("bc"));
        return null;
      });
      assertThat(runtime.<String>run(() -> local.with(StringBuilder::toString))).isEqualTo("abc");
    }
  }

  @Test
  void isTheSameValueForAllTasksOfAWorkerAndMadeOnce() throws Exception {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(3).spareWorkers(0).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        tasks.add(
            runtime.spawn(() ->
                local.with(probe -> {
                  assertThat(probe.madeOn()).isSameAs(Elsewhere.worker());
                  return null;
                })));
      }
      tasks.forEach(Task::join);
    }
    assertThat(ledger.made()).hasSizeBetween(1, 3);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("S10")
  @DisplayName("S10: with() is exclusive on its worker, even if the function tries to yield")
  void isExclusive() {
    Queue<int[]> values = new ConcurrentLinkedQueue<>();
    WorkerLocal<int[]> counter =
        WorkerLocal.of(() -> {
          int[] value = new int[1];
          values.add(value);
          return value;
        });
    int tasks = 100;
    int rounds = 50;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      List<Task<Object>> all = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        all.add(
            runtime.spawn(() -> {
              for (int round = 0; round < rounds; round++) {
                if (round % 2 == 0) {
                  counter.update(WithTest::increment);
                } else {
                  counter.with(value -> {
                    increment(value);
                    return null;
                  });
                }
                Thread.yield();
              }
              return null;
            }));
      }
      all.forEach(Task::join);
    }
    assertThat(values.stream().mapToInt(value -> value[0]).sum()).isEqualTo(tasks * rounds);
  }

  private static void increment(int[] value) {
    int before = value[0];
    Thread.yield();
    value[0] = before + 1;
  }

  @Test
  @DisplayName("with() may be nested, and stays exclusive until the outermost has returned")
  void isReentrant() {
    WorkerLocal<int[]> outer = WorkerLocal.of(() -> new int[1]);
    WorkerLocal<int[]> other = WorkerLocal.of(() -> new int[1]);
    int tasks = 50;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      List<Task<Object>> all = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        all.add(
            runtime.spawn(() ->
                outer.with(value -> {
                  int before = value[0];
                  assertThat(outer.<int[]>with(Function.identity())).isSameAs(value);
                  other.update(WithTest::increment);
                  outer.update(inner -> other.update(WithTest::increment));
                  Thread.yield();
                  value[0] = before + 1;
                  return null;
                })));
      }
      all.forEach(Task::join);
      assertThat(runtime.spawn(() -> outer.<Integer>with(v -> v[0])).join()).isEqualTo(tasks);
      assertThat(runtime.spawn(() -> other.<Integer>with(v -> v[0])).join()).isEqualTo(2 * tasks);
    }
  }

  @Test
  void passesOnWhatTheFunctionThrowsAndLetsTheTaskMoveAgain() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    UncheckedIOException failure = new UncheckedIOException(new IOException("full"));
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      runtime.run(() -> {
        assertThatThrownBy(() ->
                local.with(value -> {
                  throw failure;
                }))
            .isSameAs(failure);
        assertThatThrownBy(() ->
                local.update(value -> {
                  throw failure;
                }))
            .isSameAs(failure);
        // Would never return in a task that is still pinned.
        Elsewhere.move(runtime);
        return null;
      });
    }
  }

  @Test
  @DisplayName("A blocking call inside with() is reported with its place and corrupts nothing")
  void reportsABlockingCall() throws Exception {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    Reports reports = new Reports();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).spareWorkers(1).listener(reports).start()) {
      CountDownLatch release = new CountDownLatch(1);
      CountDownLatch inside = new CountDownLatch(1);
      Task<WorkerOwner> blocked =
          runtime.spawn(() ->
              local.with(probe -> {
                probe.enter();
                inside.countDown();
                await(release);
                probe.leave();
                return Elsewhere.worker();
              }));
      inside.await();
      // Others go on, on the other worker, which has a value of its own.
      Task<WorkerOwner> other =
          runtime.spawn(() ->
              local.with(probe -> {
                probe.enter();
                probe.leave();
                return Elsewhere.worker();
              }));
      WorkerOwner free = other.join();
      Await.until("the block is reported", () -> !reports.stacks.isEmpty());
      release.countDown();
      assertThat(blocked.join()).isNotSameAs(free);
      assertThat(reports.workers).containsOnly(blocked.join().index());
      assertThat(reports.stacks.peek())
          .anyMatch(frame -> frame.getClassName().equals(WithTest.class.getName()))
          .anyMatch(frame -> frame.getMethodName().equals("with"));
    }
    assertThat(ledger.made()).hasSize(2).allMatch(probe -> probe.uses == 1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("A function that computes for long and then blocks is reported too")
  void reportsABlockThatComesLate() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    Reports reports = new Reports();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).listener(reports).start()) {
      CountDownLatch release = new CountDownLatch(1);
      Task<Object> blocked =
          runtime.spawn(() ->
              local.with(value -> {
                long begin = System.nanoTime();
                while (System.nanoTime() - begin < 50_000_000) {
                  Thread.onSpinWait();
                }
                await(release);
                return value;
              }));
      try {
        Await.until("the block is reported", () -> !reports.stacks.isEmpty());
      } finally {
        release.countDown();
      }
      assertThat(blocked.join()).isNotNull();
    }
  }

  @Test
  @DisplayName("A blocking call inside an initialiser is reported")
  void reportsABlockingInitializer() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    WorkerLocal<Object> local =
        WorkerLocal.of(() -> {
          await(release);
          return new Object();
        });
    Reports reports = new Reports();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).listener(reports).start()) {
      Task<LocalRef<Object>> blocked = runtime.spawn(local::ref);
      Await.until("the block is reported", () -> !reports.stacks.isEmpty());
      release.countDown();
      assertThat(blocked.join()).isNotNull();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Reports implements RuntimeListener {
    final Queue<Integer> workers = new ConcurrentLinkedQueue<>();
    final Queue<StackTraceElement[]> stacks = new ConcurrentLinkedQueue<>();

    @Override
    public void blockedWhilePinned(int worker, StackTraceElement[] stack) {
      workers.add(worker);
      stacks.add(stack);
    }
  }
}
