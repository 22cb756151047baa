// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the watch over the next-task slots saves, and that it keeps nothing waiting. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SlotWatchTest {

  private static final int HANDOVERS = 50_000;

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
  @DisplayName("S58: two tasks that wait for each other in turn seldom wake another worker")
  void aPairThatHandsOverWakesFew() throws Exception {
    AtomicInteger woken = new AtomicInteger();
    RuntimeListener counts =
        new RuntimeListener() {
          @Override
          public void workerUnparked(int worker) {
            woken.incrementAndGet();
          }
        };
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(Tier.CARRIER).workers(2).listener(counts).start()) {
      handOver(runtime, HANDOVERS);
      int before = woken.get();
      handOver(runtime, HANDOVERS);
      // Without the watch it is about one for each.
      assertThat(woken.get() - before).isLessThan(HANDOVERS / 2);
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
