// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.holdfast.runtime.PlaceTracking;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** What worker-locals cost in memory: values per worker, not per task, and nothing per use. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LocalMemoryTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  @Tag("long")
  @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @DisplayName("A million tasks that use a worker-local make one value per worker")
  void makesValuesPerWorkerForAMillionTasks() throws Exception {
    run(1_000_000);
  }

  @Test
  @DisplayName("Many tasks that use a worker-local make one value per worker")
  void makesValuesPerWorker() throws Exception {
    run(50_000);
  }

  private static void run(int tasks) throws Exception {
    int workers = 2;
    int spares = 2;
    int bound = 4;
    WorkerLocal<byte[]> used = WorkerLocal.of(() -> new byte[1 << 16]);
    WorkerLocal<byte[]> leased = WorkerLocal.builder(() -> new byte[1 << 16]).leases(bound).build();
    ShutdownReport report;
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(workers).spareWorkers(spares).start()) {
      // Enough at a time for all to wait for a lease, and no more than the heap holds.
      Semaphore alive = new Semaphore(10_000);
      for (int i = 0; i < tasks; i++) {
        alive.acquire();
        runtime.spawn(() -> {
          try (Lease<byte[]> lease = leased.lease()) {
            lease.get()[0]++;
            Thread.yield();
            used.update(value -> value[0]++);
            return used.ref().get().length;
          } finally {
            alive.release();
          }
        });
      }
      report = runtime.shutdown(Duration.ofMinutes(4), Duration.ZERO);
    }
    assertThat(report.terminated()).isTrue();
    assertThat(report.made()).isBetween(2L, (long) (workers + spares) * (1 + bound));
    assertThat(report.destroyed()).isEqualTo(report.made());
  }

  @Test
  @DisplayName("Using a value allocates nothing once it is there: with, ref, lease and its close")
  @DisabledIfSystemProperty(
      named = "holdfast.sanitize",
      matches = "true",
      disabledReason = "the sanitiser allocates for each take")
  void allocatesNothingPerUse() throws Exception {
    WorkerLocal<int[]> local = WorkerLocal.of(() -> new int[1]);
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .spareWorkers(0)
            .placeTracking(PlaceTracking.NONE)
            .start()) {
      // A task allocates on account of its carrier.
      long carrier =
          runtime.<Long>run(() -> local.onOwner(value -> Thread.currentThread().threadId()));
      Function<int[], int[]> read =
          value -> {
            value[0]++;
            return value;
          };
      List<Runnable> uses =
          List.of(
              () -> local.lease().close(),
              () -> {
                try (Lease<int[]> one = local.lease();
                    Lease<int[]> two = local.lease()) {
                  one.get()[0] += two.get()[0];
                }
              },
              () -> local.ref().get()[0]++,
              () -> local.update(value -> value[0]++));
      List<Long> perUse = new ArrayList<>();
      Task<Object> task =
          runtime.spawn(() -> {
            for (Runnable use : uses) {
              perUse.add(fewestBytes(carrier, use));
            }
            perUse.add(fewestBytes(carrier, () -> local.with(read)));
            return null;
          });
      task.join();
      assertThat(perUse).hasSize(5).containsOnly(0L);
    }
  }

  /**
   * Returns how many bytes a use allocates, in the best of many series: what the JVM does beside it
   * can only add to one.
   */
  private static long fewestBytes(long thread, Runnable use) {
    int rounds = 50_000;
    long fewest = Long.MAX_VALUE;
    for (int series = 0; fewest > 0 && series < 100; series++) {
      long before = THREADS.getThreadAllocatedBytes(thread);
      for (int i = 0; i < rounds; i++) {
        use.run();
      }
      long bytes = THREADS.getThreadAllocatedBytes(thread) - before;
      fewest = Math.min(fewest, bytes / rounds);
    }
    return fewest;
  }
}
