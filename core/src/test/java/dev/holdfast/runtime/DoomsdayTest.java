// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.Guard;
import dev.holdfast.local.LocalRef;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That very many tasks that die at once all still find the values of other workers alive. */
@EveryTier
final class DoomsdayTest {

  private static final int WORKERS = 4;

  /** The clock: counts who is to touch a value as it dies, and who has. */
  private final LongAdder armed = new LongAdder();

  private final LongAdder disarmed = new LongAdder();
  private final LongAdder destroyedSeen = new LongAdder();
  private final LongAdder foreign = new LongAdder();
  private final Tally tally = new Tally();

  @Test
  @Tag("S36")
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  @DisplayName("S36: 100,000 parked tasks each find another worker's value alive as they die")
  void hundredThousand() throws Exception {
    doom(100_000);
  }

  @Test
  @Tag("S36")
  @Tag("long")
  @Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
  @DisplayName("S36: 1,000,000 parked tasks each find another worker's value alive as they die")
  void million() throws Exception {
    doom(1_000_000);
  }

  private void doom(int tasks) throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(WORKERS).spareWorkers(0).start();
    List<LocalRef<Tally.Value>> refs = referencesOfAllWorkers(runtime);
    CountDownLatch parked = new CountDownLatch(tasks);
    for (int i = 0; i < tasks; i++) {
      int number = i;
      runtime.spawn(() -> {
        park(number, refs, parked);
        return null;
      });
    }
    parked.await();
    tally.assertAllAlive();
    assertThat(armed.sum()).isEqualTo(tasks);
    assertThat(disarmed.sum()).isZero();

    long begin = System.nanoTime();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofMinutes(5));
    long nanos = System.nanoTime() - begin;

    System.out.printf(
        "S36: closed %,d parked tasks in %,d ms, %,d ns per task%n",
        tasks, nanos / 1_000_000, nanos / tasks);
    assertThat(report.terminated()).isTrue();
    assertThat(report.failures()).isEmpty();
    assertThat(disarmed.sum()).isEqualTo(armed.sum());
    assertThat(destroyedSeen.sum()).as("values found destroyed").isZero();
    assertThat(foreign.sum())
        .as("values of other workers")
        .isGreaterThanOrEqualTo(tasks - tasks / 8);
    assertThat(tally.made()).isEqualTo(WORKERS);
    tally.assertEachDestroyedOnce();
  }

  /** Keeps each worker for one task until every worker has one. */
  private List<LocalRef<Tally.Value>> referencesOfAllWorkers(WorkerRuntime runtime) {
    Map<Thread, LocalRef<Tally.Value>> refs = new ConcurrentHashMap<>();
    for (int i = 0; runtime.tier() == Tier.OWNED && refs.size() < WORKERS; i++) {
      runtime.spawn(() -> refs.put(Here.membership().worker().thread(), tally.local.ref())).join();
    }
    for (int i = 0; refs.size() < WORKERS && i < WORKERS; i++) {
      runtime.spawn(() -> {
        refs.put(Place.platformThread(), tally.local.ref());
        while (refs.size() < WORKERS) {
          Thread.onSpinWait();
        }
        return null;
      });
    }
    Await.until("each worker has a value", () -> refs.size() == WORKERS);
    return List.copyOf(refs.values());
  }

  private void park(int number, List<LocalRef<Tally.Value>> refs, CountDownLatch parked) {
    // One in eight by way of a guard of the value of the worker it began on.
    Guard<Tally.Value> guard = number % 8 == 0 ? tally.local.guard() : null;
    armed.increment();
    parked.countDown();
    try {
      while (!Thread.currentThread().isInterrupted()) {
        LockSupport.park();
      }
    } finally {
      if (number % 3 == 0) {
        // Dies in two steps, the second perhaps on another worker.
        Thread.yield();
      }
      if (number % 1_000 == 1) {
        dieSlowly();
      }
      Tally.Value value;
      if (guard != null) {
        value = guard.get();
      } else {
        value = refs.get(number % WORKERS).get();
        if (value.madeOn == Place.platformThread()) {
          value = refs.get((number + 1) % WORKERS).get();
        }
        foreign.increment();
      }
      value.touch();
      if (value.destructions.get() != 0) {
        destroyedSeen.increment();
      }
      disarmed.increment();
      if (guard != null) {
        guard.close();
      }
    }
  }

  /** Leaves the workers with nothing to run for a moment, while this task still has to touch. */
  private static void dieSlowly() {
    Thread.interrupted();
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted twice", e);
    }
  }
}
