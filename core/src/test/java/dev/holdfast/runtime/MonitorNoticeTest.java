// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That a notice of a blocked worker, which a logger may hold up, does not keep help from it. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class MonitorNoticeTest {

  @Test
  @Tag("S60")
  @DisplayName("S60: a listener that waits for a task while it is told of a block is no deadlock")
  void theListenerOfABlockWaitsForATask() throws Exception {
    // As a logger's lock: a task holds it while suspended, and the others want it.
    ReentrantLock lock = new ReentrantLock();
    AtomicBoolean told = new AtomicBoolean();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void blockedWhilePinned(int worker, StackTraceElement[] stack) {
            told.set(true);
            lock.lock();
            lock.unlock();
          }
        };
    WorkerLocal<String> local = WorkerLocal.of(() -> "value");
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).listener(listener).start()) {
      Task<String> holder =
          runtime.spawn(() -> {
            lock.lock();
            try {
              locked.countDown();
              letGo.await();
              return "ran";
            } finally {
              lock.unlock();
            }
          });
      locked.await();
      Task<?> blocked =
          runtime.spawn(() ->
              local.with(value -> {
                lock.lock();
                lock.unlock();
                return value;
              }));
      Await.until("the block is told of", told::get);
      letGo.countDown();
      // The only worker is blocked: in the carrier tier it takes a spare one, and so the monitor,
      // to run the holder.
      assertThat(holder.get(10, TimeUnit.SECONDS)).isEqualTo("ran");
      blocked.join();
    }
  }
}
