// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Here;
import dev.holdfast.testing.Await;
import java.lang.reflect.Field;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the watch over the next-task slots saves, and that it keeps nothing waiting. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SlotWatchTest {

  private static final int ROUNDS = 40;

  @Test
  void onlyOneHasIt() {
    SlotWatch watch = new SlotWatch();
    assertThat(watch.isOn()).isFalse();
    assertThat(watch.tryBegin()).isTrue();
    assertThat(watch.isOn()).isTrue();
    assertThat(watch.tryBegin()).isFalse();
    watch.end();
    assertThat(watch.isOn()).isFalse();
    assertThat(watch.tryBegin()).isTrue();
  }

  @Test
  @Tag("S58")
  @DisplayName("S58: what comes into a slot that is emptied soon wakes nobody while one watches")
  void aQuickSlotThatIsWatchedWakesNobody() throws Exception {
    // One in eight is looked at, and found to have been taken by another.
    assertThat(wakings(true)).isLessThan(ROUNDS / 2);
  }

  @Test
  @Tag("S58")
  @DisplayName("S58: what comes into a slot that nobody watches wakes another worker")
  void aQuickSlotThatNobodyWatchesWakesOne() throws Exception {
    assertThat(wakings(false)).isGreaterThan(ROUNDS / 2);
  }

  /** Returns in how many rounds a task in a slot that seems quick wakes the worker that sleeps. */
  private static int wakings(boolean watched) throws Exception {
    Field quick = Worker.class.getDeclaredField("quick");
    quick.setAccessible(true);
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.CARRIER).workers(2).spareWorkers(0).start()) {
      // It never blocks, and so stays on its worker.
      return runtime
          .spawn(() -> {
            Worker here = (Worker) Objects.requireNonNull(Here.worker());
            Scheduler scheduler = here.scheduler();
            int other = 1 - here.index();
            if (watched) {
              // The other finds it taken, and sleeps without a look at the slots.
              while (!scheduler.slotWatch().tryBegin()) {
                Thread.onSpinWait();
              }
            }
            int woken = 0;
            for (int i = 0; i < ROUNDS; i++) {
              // Announced, and in its wait: in between it may still count as searching.
              while (!scheduler.sleepers().isAnnounced(other)
                  || scheduler.worker(other).thread().getState() == Thread.State.RUNNABLE
                  || (!watched && scheduler.slotWatch().isOn())) {
                Thread.onSpinWait();
              }
              AtomicBoolean seen = new AtomicBoolean();
              AtomicBoolean ran = new AtomicBoolean();
              quick.setBoolean(here, true);
              runtime.execute(() -> {
                while (!seen.get()) {
                  Thread.onSpinWait();
                }
                ran.set(true);
              });
              woken += scheduler.sleepers().isAnnounced(other) ? 0 : 1;
              // Before the other can sleep again: it begins no watch then.
              quick.setBoolean(here, false);
              seen.set(true);
              scheduler.wakeForWork();
              while (!ran.get()) {
                Thread.onSpinWait();
              }
            }
            return woken;
          })
          .get();
    }
  }

  private static void handOver(WorkerRuntime runtime, int times) throws Exception {
    Semaphore ping = new Semaphore(0);
    Semaphore pong = new Semaphore(0);
    Task<?> one =
        runtime.spawn(() -> {
          for (int i = 0; i < times; i++) {
            ping.release();
            pong.acquire();
          }
          return null;
        });
    Task<?> other =
        runtime.spawn(() -> {
          for (int i = 0; i < times; i++) {
            ping.acquire();
            pong.release();
          }
          return null;
        });
    one.get();
    other.get();
  }

  @Test
  @DisplayName("who watches a worker that fills its slot no more sleeps until woken in the end")
  void nobodyWatchesForEver() throws Exception {
    Field quick = Worker.class.getDeclaredField("quick");
    quick.setAccessible(true);
    AtomicReference<Worker> computing = new AtomicReference<>();
    AtomicBoolean over = new AtomicBoolean();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.CARRIER).workers(2).spareWorkers(0).start()) {
      runtime.execute(() -> {
        computing.set((Worker) Objects.requireNonNull(Here.worker()));
        while (!over.get()) {
          Thread.onSpinWait();
        }
      });
      try {
        Await.until("a task computes", () -> computing.get() != null);
        Worker here = computing.get();
        Scheduler scheduler = here.scheduler();
        Worker other = scheduler.worker(1 - here.index());
        // Who watches waits for a time.
        BooleanSupplier asleep =
            () ->
                scheduler.sleepers().isAnnounced(other.index())
                    && other.thread().getState() == Thread.State.WAITING;
        Await.until("the other worker sleeps without a bound", asleep);
        quick.setBoolean(here, true);
        // It is announced no more as this returns; it finds nothing, and watches.
        scheduler.wakeAnyway();
        Await.until("the other worker sleeps without a bound again", asleep);
        assertThat(scheduler.slotWatch().isOn()).isFalse();
      } finally {
        over.set(true);
      }
    }
  }

  @Test
  @DisplayName("nobody watches an idle runtime, however quick its workers were")
  void nobodyWatchesWhoIsIdle() throws Exception {
    Field quick = Worker.class.getDeclaredField("quick");
    quick.setAccessible(true);
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.CARRIER).workers(2).spareWorkers(0).start()) {
      Scheduler scheduler =
          runtime.run(() -> ((Worker) Objects.requireNonNull(Here.worker())).scheduler());
      Await.until("all workers sleep", () -> scheduler.sleepers().announced() == 2);
      assertThat(scheduler.someSlotIsQuick()).isFalse();
      for (Worker worker : scheduler.workers()) {
        quick.setBoolean(worker, true);
      }
      assertThat(scheduler.someSlotIsQuick()).isFalse();
    }
  }

  @Test
  @Tag("S58")
  @DisplayName("S58: a task that is woken by one that computes then is run by another worker")
  void whatIsStuckInASlotIsTakenFromThere() throws Exception {
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.CARRIER).workers(2).spareWorkers(0).start()) {
      for (int i = 0; i < 20; i++) {
        // Makes the slots look quick, and has the idle worker watch them.
        handOver(runtime, 2_000);
        runtime
            .spawn(() -> {
              AtomicInteger ran = new AtomicInteger();
              runtime.execute(ran::incrementAndGet);
              while (ran.get() == 0) {
                Thread.onSpinWait();
              }
              return null;
            })
            .get();
      }
    }
  }
}
