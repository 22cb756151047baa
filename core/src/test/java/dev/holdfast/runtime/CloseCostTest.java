// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What a close costs, printed; a close that waits for nothing must not wait for a clock. */
@EveryTier
final class CloseCostTest {

  @Test
  @Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
  @DisplayName("an idle runtime closes at once, with and without values")
  void idle() throws Exception {
    Tally tally = new Tally();
    long[] micros = new long[200];
    for (int i = 0; i < micros.length; i++) {
      WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
      if (i % 2 == 0) {
        runtime.run(() -> tally.local.with(Tally.Value::touch));
      }
      long begin = System.nanoTime();
      runtime.close();
      micros[i] = (System.nanoTime() - begin) / 1_000;
    }
    Arrays.sort(micros);
    System.out.printf(
        "idle close: median %,d us, 90%% %,d us, worst %,d us%n",
        micros[100], micros[180], micros[199]);
    assertThat(Arrays.stream(micros).sum()).as("microseconds of all").isLessThan(10_000_000);
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  @DisplayName("100,000 sleeping tasks are cancelled and closed")
  void hundredThousand() throws Exception {
    closeParked(100_000);
  }

  @Test
  @Tag("long")
  @Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
  @DisplayName("1,000,000 sleeping tasks are cancelled and closed")
  void million() throws Exception {
    closeParked(1_000_000);
  }

  private static void closeParked(int tasks) throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    CountDownLatch parked = new CountDownLatch(tasks);
    CountDownLatch ended = new CountDownLatch(tasks);
    for (int i = 0; i < tasks; i++) {
      runtime.spawn(() -> {
        try {
          parked.countDown();
          Thread.sleep(Duration.ofDays(1));
        } finally {
          ended.countDown();
        }
        return null;
      });
    }
    parked.await();
    long begin = System.nanoTime();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofMinutes(5));
    long nanos = System.nanoTime() - begin;
    System.out.printf(
        "closed %,d sleeping tasks in %,d ms, %,d ns per task%n",
        tasks, nanos / 1_000_000, nanos / tasks);
    assertThat(report.terminated()).isTrue();
    assertThat(report.failures()).isEmpty();
    assertThat(ended.getCount()).isZero();
  }
}
