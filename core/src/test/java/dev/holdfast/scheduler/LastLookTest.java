// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Here;
import dev.holdfast.testing.Await;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Tasks that come as the last worker that searches is about to announce its sleep. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class LastLookTest {

  /** In so many rounds the monitor cannot have come first each time. */
  private static final int ROUNDS = 500;

  private static final int LOOKED_AT = 5;

  private volatile @Nullable Scheduler scheduler;
  private final AtomicBoolean armed = new AtomicBoolean();
  private final AtomicInteger held = new AtomicInteger(-1);
  private volatile CountDownLatch letGo = new CountDownLatch(0);

  /** Holds a worker that has searched in vain, before it announces its sleep. */
  private final class Hold implements RuntimeListener {
    @Override
    public void workerParked(int worker) {
      Scheduler of = scheduler;
      if (of != null && of.sleepers().searching() == 1 && armed.compareAndSet(true, false)) {
        held.set(worker);
        Await.unwillingly(letGo);
      }
    }
  }

  @Test
  @Tag("S58")
  @DisplayName(
      "S58: of two tasks that rely on one search, which finds both, none waits for the other")
  void nobodySleepsBesideTheSecond() throws Exception {
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .tier(Tier.CARRIER)
            .workers(2)
            .spareWorkers(0)
            .listener(new Hold())
            .start()) {
      Scheduler of =
          runtime.run(() -> ((Worker) Objects.requireNonNull(Here.worker())).scheduler());
      scheduler = of;
      int lookedAt = 0;
      for (int i = 0; i < ROUNDS && lookedAt < LOOKED_AT; i++) {
        Boolean woken = round(of);
        if (woken != null) {
          lookedAt++;
          assertThat(woken).as("another worker is woken for the second task").isTrue();
        }
      }
      assertThat(lookedAt).as("rounds in which the monitor did not come first").isPositive();
    } finally {
      letGo.countDown();
    }
  }

  /**
   * Adds two tasks while a worker that nobody is needed beside goes to sleep.
   *
   * @return whether the other had been woken as the first of them began; null if it had not been
   *     that worker's turn to wake it
   */
  private @Nullable Boolean round(Scheduler of) throws InterruptedException {
    SleeperSet sleepers = of.sleepers();
    Await.until("both sleep", () -> sleepers.announced() == 2 && sleepers.searching() == 0);
    letGo = new CountDownLatch(1);
    held.set(-1);
    armed.set(true);
    of.wakeForWork();
    Await.until("one is about to sleep again", () -> held.get() >= 0);
    AtomicBoolean first = new AtomicBoolean(true);
    CountDownLatch judged = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(2);
    AtomicInteger began = new AtomicInteger(-1);
    AtomicBoolean woken = new AtomicBoolean();
    Runnable task =
        () -> {
          Worker here = (Worker) Objects.requireNonNull(Here.worker());
          if (first.getAndSet(false)) {
            woken.set(!sleepers.isAnnounced(1 - here.index()));
            began.set(here.index());
            judged.countDown();
          }
          // Else it could sleep again before the first has looked.
          Await.unwillingly(judged);
          ended.countDown();
        };
    boolean alone = sleepers.isAnnounced(1 - held.get());
    // As two threads outside inject them, which come to different inlets.
    for (int inlet = 0; inlet < 2; inlet++) {
      of.globalQueue().add(task, inlet);
      of.wakeForWork();
    }
    alone &= sleepers.isAnnounced(1 - held.get());
    letGo.countDown();
    ended.await();
    return alone && began.get() == held.get() ? woken.get() : null;
  }
}
