// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests of tasks that run out of stack inside a worker-local. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class StackOverflowTest {

  private static final int ROUNDS = 60;

  /** Dives to the end of the stack, and uses the local for the first time on the way up. */
  @SuppressWarnings("InfiniteRecursion") // that is what it is for
  private static boolean dive(WorkerLocal<?> local) {
    try {
      return dive(local);
    } catch (StackOverflowError e) {
      local.update(value -> {});
      return true;
    }
  }

  private static void shifted(int frames, Runnable body) {
    if (frames == 0) {
      body.run();
    } else {
      shifted(frames - 1, body);
    }
  }

  private static void fallIn(WorkerLocal<?> local) {
    local.update(value -> fallIn(local));
  }

  @Test
  @Tag("S63")
  @DisplayName("S63: a local whose first use overflows the stack can be used afterwards")
  void firstUseThatOverflowsLeavesTheLocalUsable() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      // Loads all that the failure needs, for a class that fails to load stays so.
      WorkerLocal<?>[] self = new WorkerLocal<?>[1];
      self[0] = WorkerLocal.of(() -> self[0].with(value -> value));
      assertThatThrownBy(() -> runtime.run(() -> self[0].ref()))
          .isInstanceOf(InitializerCycleException.class);
      for (int round = 0; round < ROUNDS; round++) {
        WorkerLocal<Object> local = WorkerLocal.of(Object::new);
        int frames = round % 13;
        runtime.run(() -> {
          shifted(frames, () -> dive(local));
          return null;
        });
        assertThat(runtime.run(() -> local.ref().get())).as("round " + round).isNotNull();
      }
      ShutdownReport report = runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO);
      assertThat(report.terminated()).isTrue();
      assertThat(report.destroyed()).isEqualTo(report.made()).isEqualTo(ROUNDS);
    }
  }

  @Test
  @Tag("S63")
  @DisplayName("S63: a task that overflows inside an exclusive access is not left pinned")
  void overflowInsideUpdateLeavesTheTaskUnpinned() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      runtime.run(() -> local.ref().get());
      for (int round = 0; round < ROUNDS; round++) {
        int frames = round % 13;
        Task<Boolean> task =
            runtime.spawn(() -> {
              try {
                shifted(frames, () -> fallIn(local));
              } catch (StackOverflowError e) {
                // Expected.
              }
              // Only if this task can leave the one carrier can another one run.
              CountDownLatch other = new CountDownLatch(1);
              runtime.execute(other::countDown);
              return other.await(10, TimeUnit.SECONDS);
            });
        assertThat(task.get()).as("round " + round).isTrue();
      }
    }
  }

  /** Uses the local once on the way up from the end of the stack, and overflows inside. */
  @SuppressWarnings("InfiniteRecursion") // that is what it is for
  private static void diveAndFallOnce(WorkerLocal<?> local, boolean[] entered) {
    try {
      diveAndFallOnce(local, entered);
    } catch (StackOverflowError e) {
      if (entered[0]) {
        return;
      }
      local.update(value -> {
        entered[0] = true;
        fall(1, 2, 3, 4);
      });
    }
  }

  @SuppressWarnings("InfiniteRecursion") // that is what it is for
  private static void fall(long one, long two, long three, long four) {
    fall(two, three, four, one);
  }

  @Test
  @Tag("S63")
  @DisplayName("S63: a task that overflows inside its one exclusive access is not left pinned")
  void overflowInsideTheOnlyUpdateLeavesTheTaskUnpinned() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      runtime.run(() -> local.ref().get());
      for (int round = 0; round < 2 * ROUNDS; round++) {
        int frames = round % 17;
        Task<Boolean> task =
            runtime.spawn(() -> {
              try {
                boolean[] entered = {false};
                shifted(frames, () -> diveAndFallOnce(local, entered));
              } catch (StackOverflowError e) {
                // Expected.
              }
              CountDownLatch other = new CountDownLatch(1);
              runtime.execute(other::countDown);
              return other.await(10, TimeUnit.SECONDS);
            });
        assertThat(task.get()).as("round " + round).isTrue();
      }
    }
  }
}
