// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Here;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many tasks a worker takes from outside at once. */
@Tag("S58")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ShareTest {

  /** Returns how many tasks waited behind one at most, of those that came in at the same time. */
  private static int mostBehindOne(int tasks, long nanosEach) throws Exception {
    AtomicInteger most = new AtomicInteger();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.CARRIER).workers(1).spareWorkers(0).start()) {
      Worker worker = (Worker) Objects.requireNonNull(runtime.run(Here::worker));
      CountDownLatch blocked = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      worker.post(() -> {
        blocked.countDown();
        try {
          release.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      });
      blocked.await();
      List<Task<?>> all = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        all.add(
            runtime.spawn(() -> {
              most.accumulateAndGet(worker.queue().size(), Math::max);
              long begin = System.nanoTime();
              while (System.nanoTime() - begin < nanosEach) {
                Thread.onSpinWait();
              }
              return null;
            }));
      }
      release.countDown();
      for (Task<?> each : all) {
        each.join();
      }
    }
    return most.get();
  }

  @Test
  @DisplayName("S58: tasks that take long are taken one by one, for another worker may be free")
  void longTasks() throws Exception {
    assertThat(mostBehindOne(50, TimeUnit.MICROSECONDS.toNanos(300))).isZero();
  }

  @Test
  @DisplayName("tasks that take a moment are taken many at a time")
  void shortTasks() throws Exception {
    assertThat(mostBehindOne(200, 0)).isGreaterThan(2);
  }
}
