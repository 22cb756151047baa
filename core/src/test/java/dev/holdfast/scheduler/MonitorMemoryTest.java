// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Here;
import dev.holdfast.testing.Await;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What the monitor of the workers needs of the memory. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class MonitorMemoryTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * In a series: less than from one look at the processor time of a worker to the next, for which
   * the JDK makes objects of its own, and without which the monitor gets by.
   */
  private static final int LOOKS = 4;

  /** So few that no compiler finds out which objects nobody needs. */
  private static final int SERIES = 100;

  @Test
  @Tag("S63")
  @DisplayName("S63: a look at the workers makes no object, for which there may be no memory")
  void aLookMakesNoObject() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicBoolean stop = new AtomicBoolean();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(3).spareWorkers(0).start()) {
      Scheduler scheduler =
          ((Worker) Objects.requireNonNull(runtime.run(Here::worker))).scheduler();
      // One worker is blocked, one computes, one sleeps.
      scheduler.inject(() -> Await.unwillingly(release));
      scheduler.inject(() -> {
        while (!stop.get()) {
          Thread.onSpinWait();
        }
      });
      try {
        Await.until(
            "two workers are at work",
            () -> scheduler.workers().stream().filter(each -> each.current() != null).count() == 2);
        // Not the runtime's own, which only its own thread may call.
        Monitor monitor = new Monitor(scheduler);
        fewestBytes(monitor);
        assertThat(fewestBytes(monitor)).isZero();
      } finally {
        stop.set(true);
        release.countDown();
      }
    }
  }

  /** Returns what a series of looks takes: what the JVM does beside it can only add to one. */
  private static long fewestBytes(Monitor monitor) {
    long fewest = Long.MAX_VALUE;
    for (int series = 0; series < SERIES; series++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < LOOKS; i++) {
        monitor.sample();
      }
      fewest = Math.min(fewest, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return fewest;
  }
}
