// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.Await;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests of listeners that do a little more than count while a worker is about to wait. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class IdleListenerTest {

  private static WorkerRuntime oneWorker(Runnable whenParked) {
    return WorkerRuntime.builder()
        .workers(1)
        .spareWorkers(0)
        .listener(
            new RuntimeListener() {
              @Override
              public void workerParked(int worker) {
                whenParked.run();
              }
            })
        .start();
  }

  @Test
  void wakeUpIsNotLostToAListenerThatWaitsForALock() throws Exception {
    AtomicBoolean armed = new AtomicBoolean();
    CountDownLatch inListener = new CountDownLatch(1);
    CountDownLatch submitted = new CountDownLatch(1);
    try (WorkerRuntime runtime =
        oneWorker(() -> {
          if (armed.compareAndSet(true, false)) {
            inListener.countDown();
            while (submitted.getCount() != 0) {
              Thread.onSpinWait();
            }
            // What a contended lock does: it uses up the permit of a wake-up that came meanwhile.
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
          }
        })) {
      armed.set(true);
      // Not waited for: the worker may be on its way to its first sleep, and in the listener.
      Task<Object> first = runtime.spawn(() -> null);
      inListener.await();
      Task<String> task = runtime.spawn(() -> "ran");
      submitted.countDown();
      assertThat(first.get(20, TimeUnit.SECONDS)).isNull();
      assertThat(task.get(20, TimeUnit.SECONDS)).isEqualTo("ran");
    }
  }

  @Test
  void aListenerThatWaitsForATaskIsStoodInForByASpareWorker() throws Exception {
    ReentrantLock lock = new ReentrantLock();
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerParked(int worker) {
            // As a logger does, whose lock a task may hold across a suspension.
            lock.lock();
            lock.unlock();
          }
        };
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).listener(listener).start()) {
      Task<String> task =
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
      Await.until("the worker waits in the listener", lock::hasQueuedThreads);
      letGo.countDown();
      assertThat(task.get(20, TimeUnit.SECONDS)).isEqualTo("ran");
    }
  }

  @Test
  void taskThatTheListenerWakesRuns() throws Exception {
    AtomicBoolean armed = new AtomicBoolean();
    CountDownLatch awaited = new CountDownLatch(1);
    try (WorkerRuntime runtime =
        oneWorker(() -> {
          if (armed.compareAndSet(true, false)) {
            awaited.countDown();
          }
        })) {
      Task<String> task =
          runtime.spawn(() -> {
            awaited.await();
            return "ran";
          });
      Await.untilWaiting(task.thread());
      armed.set(true);
      runtime.run(() -> null);
      assertThat(task.get(20, TimeUnit.SECONDS)).isEqualTo("ran");
    }
  }
}
