// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.FullHeap;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Values for leases whose initialiser leaves no memory behind. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class LeaseMemoryTest {

  @Test
  @Tag("S63")
  @DisplayName("S63: no value is lost whose initialiser used the last of the memory")
  void aValueIsNotLostWhenMemoryEndsWithItsInitialiser() throws Exception {
    ForkedJvm.Outcome outcome =
        ForkedJvm.run(List.of(ForkedJvm.OPENS, "-Xmx24m"), LastOfTheMemory.class);
    assertThat(outcome.lines())
        .contains("made 5, destroyed 5", "filled 4 times", "terminated true", "told of null");
    assertThat(outcome.exit()).isZero();
  }

  /** Leases values whose initialisers fill the heap. */
  static final class LastOfTheMemory {

    private static final AtomicInteger MADE = new AtomicInteger();
    private static final AtomicInteger DESTROYED = new AtomicInteger();
    private static final AtomicInteger FILLED = new AtomicInteger();

    // Written and read by one task after the other.
    private static volatile boolean armed;

    // What a runtime told its handler of, if anything. Written by any thread, read at the end.
    private static volatile @Nullable Throwable told;

    private static Object make() {
      Object value = new Object();
      MADE.incrementAndGet();
      if (armed) {
        FullHeap.fill();
        FILLED.incrementAndGet();
      }
      return value;
    }

    private static void lease(WorkerLocal<Object> local, int leases) {
      if (leases == 0) {
        armed = true;
        try (Lease<Object> last = local.lease()) {
          last.get();
        } catch (OutOfMemoryError e) {
          // The task's own trouble.
        } finally {
          FullHeap.release();
          armed = false;
        }
        return;
      }
      try (Lease<Object> lease = local.lease()) {
        lease.get();
        lease(local, leases - 1);
      }
    }

    public static void main(String[] arguments) throws Exception {
      WorkerLocal<Object> kept =
          WorkerLocal.<Object>builder(LastOfTheMemory::make)
              .leases(2)
              .overflow(LeaseOverflow.TEMPORARY)
              .destructor(value -> DESTROYED.incrementAndGet())
              .build();
      // The first use of code takes memory too: in a runtime whose values do not count.
      WorkerRuntime warm = start();
      WorkerRuntime runtime = start();
      Thread main = Thread.currentThread();
      try (warm) {
        warm.run(() -> LastOfTheMemory.<Void>tried(main, kept, 1));
      }
      MADE.set(0);
      DESTROYED.set(0);
      FILLED.set(0);
      // The second value of the pool, then temporary ones, which are given back on a full heap.
      for (int leases : new int[] {1, 2, 2, 2}) {
        runtime.run(() -> LastOfTheMemory.<Void>tried(main, kept, leases));
      }
      ShutdownReport report = runtime.shutdown(Duration.ofSeconds(10), Duration.ofSeconds(5));
      System.out.println("made " + MADE + ", destroyed " + DESTROYED);
      System.out.println("filled " + FILLED + " times");
      System.out.println("terminated " + report.terminated());
      System.out.println("told of " + told);
      System.out.println(report);
    }

    private static WorkerRuntime start() {
      return WorkerRuntime.builder()
          .workers(1)
          .spareWorkers(0)
          .uncaughtExceptionHandler((thread, failure) -> told = failure)
          .start();
    }

    private static <T extends @Nullable Object> T tried(
        Thread main, WorkerLocal<Object> local, int leases) {
      // It takes memory to begin to wait for a task.
      Await.untilWaiting(main, Task.class);
      lease(local, leases);
      return null;
    }
  }
}
