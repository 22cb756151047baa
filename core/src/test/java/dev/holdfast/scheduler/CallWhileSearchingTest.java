// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Here;
import dev.holdfast.testing.Await;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** A call for a worker's own thread that meets it as it is about to search. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class CallWhileSearchingTest {

  /** Holds the first worker that wakes after it was armed, between its wake-up and its search. */
  private static final class Hold implements RuntimeListener {
    final AtomicBoolean armed = new AtomicBoolean();
    final AtomicInteger held = new AtomicInteger(-1);
    final CountDownLatch letGo = new CountDownLatch(1);

    @Override
    public void workerUnparked(int worker) {
      if (armed.compareAndSet(true, false)) {
        held.set(worker);
        Await.unwillingly(letGo);
      }
    }
  }

  @Test
  @Tag("S60")
  @DisplayName("S60: a worker that runs a call does not count as one that searches for tasks")
  void aWorkerThatRunsACallDoesNotCountAsSearching() throws Exception {
    Hold hold = new Hold();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(2).spareWorkers(0).listener(hold).start()) {
      Scheduler scheduler =
          runtime.run(() -> ((Worker) Objects.requireNonNull(Here.worker())).scheduler());
      SleeperSet sleepers = scheduler.sleepers();
      Await.until("both workers sleep", () -> sleepers.announced() == 2);
      hold.armed.set(true);
      // Claims a worker, and counts it as searching; the other one runs the task.
      assertThat(runtime.<Integer>run(() -> 42)).isEqualTo(42);
      Await.until(
          "the other one sleeps again",
          () -> sleepers.announced() == 1 && sleepers.searching() == 1);
      CompletableFuture<Boolean> searching = new CompletableFuture<>();
      scheduler.worker(hold.held.get()).post(() -> searching.complete(staysAbove0(sleepers)));
      hold.letGo.countDown();
      assertThat(searching.get(20, TimeUnit.SECONDS)).isFalse();
    } finally {
      hold.letGo.countDown();
    }
  }

  /** Says whether somebody searches for seconds, with two workers of which this is one. */
  private static boolean staysAbove0(SleeperSet sleepers) {
    long begin = System.nanoTime();
    while (sleepers.searching() != 0) {
      if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(5)) {
        return true;
      }
      LockSupport.parkNanos(100_000);
    }
    return false;
  }
}
