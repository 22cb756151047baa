// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.local.Lease;
import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.WorkerOwner;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * "Which worker am I on" in the owned tier, where tasks come onto another worker from one use to
 * the next: never stale, and the same as long as a task is on one, wherever it is suspended
 * meanwhile.
 */
@Tag("S11")
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
final class OwnedTierMigrationTest {

  private static final int TASKS = 16;
  private static final int WANTED = 1_000;

  /** A value of one worker, which knows that worker and whether somebody uses it. */
  private static final class Place {
    final WorkerOwner owner = Objects.requireNonNull(Here.worker());
    final AtomicBoolean taken = new AtomicBoolean();
  }

  private final WorkerLocal<Place> local = WorkerLocal.of(Place::new);
  private final AtomicLong workerChanges = new AtomicLong();
  private final AtomicLong carrierChanges = new AtomicLong();
  private final AtomicInteger wrong = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();

  private void check(boolean right) {
    if (!right) {
      wrong.incrementAndGet();
    }
  }

  /** Uses the worker's value, and suspends while on the worker. */
  private WorkerOwner suspendOnTheWorker(Place place) {
    check(place.taken.compareAndSet(false, true));
    check(Here.worker() == place.owner);
    Thread before = VirtualThreads.carrier(Thread.currentThread());
    Thread.yield();
    Thread after = VirtualThreads.carrier(Thread.currentThread());
    if (before != after) {
      carrierChanges.incrementAndGet();
    }
    check(Here.worker() == place.owner);
    // Another use inside is of the same worker.
    check(local.<Place>with(again -> again) == place);
    check(place.taken.compareAndSet(true, false));
    return place.owner;
  }

  private Object migrate() {
    LocalRef<Place> ref = local.ref();
    Place named = ref.get();
    try (Lease<Place> lease = local.lease()) {
      Place leased = lease.get();
      WorkerOwner last = null;
      while (workerChanges.get() < WANTED && wrong.get() == 0 && !over.get()) {
        WorkerOwner on = local.<WorkerOwner>with(this::suspendOnTheWorker);
        check(Here.worker() == null);
        if (last != null && last != on) {
          workerChanges.incrementAndGet();
        }
        last = on;
        check(ref.get() == named);
        check(lease.get() == leased);
      }
    }
    return null;
  }

  @Test
  @DisplayName("S11: the worker is the same inside with(), and is read anew at the next use")
  void theWorkerIsNeverStale() throws Exception {
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.OWNED).workers(3).spareWorkers(0).start()) {
      List<Task<?>> tasks = new ArrayList<>();
      // By a task: the JDK's carriers go on with who yields to what comes from outside, and leave
      // the rest of that for ever.
      runtime.run(() -> {
        for (int i = 0; i < TASKS; i++) {
          tasks.add(runtime.spawn(this::migrate));
        }
        return null;
      });
      try {
        for (Task<?> task : tasks) {
          task.get();
        }
      } finally {
        // Whatever failed: who goes on would leave no carrier to the tests that come after.
        over.set(true);
      }
    }
    assertThat(wrong).hasValue(0);
    assertThat(workerChanges.get()).isGreaterThanOrEqualTo(WANTED);
    if (Runtime.getRuntime().availableProcessors() > 1) {
      assertThat(carrierChanges.get()).isPositive();
    }
  }
}
