// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wait for a lease: in order, and ended by a value, a timeout, an interrupt or a shutdown. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LeaseWaitTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final Ledger ledger = new Ledger();

  @Test
  @DisplayName("Those that wait get a value each, in the order in which they came")
  void waitsInOrder() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    Queue<Integer> served = new ConcurrentLinkedQueue<>();
    try (WorkerRuntime runtime = oneWorker()) {
      LeaseHolder holder = new LeaseHolder(runtime, local);
      List<Task<Object>> waiting = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        int number = i;
        Task<Object> task =
            runtime.spawn(() -> {
              try (Lease<Ledger.Probe> lease = local.lease()) {
                lease.get().enter();
                served.add(number);
                Thread.yield();
                lease.get().leave();
              }
              return null;
            });
        Await.untilWaiting(task.thread(), LeasePool.class);
        waiting.add(task);
      }
      assertThat(served).isEmpty();
      holder.release();
      waiting.forEach(Task::join);
    }
    assertThat(served).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(ledger.made()).hasSize(1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("A task that waits gets what is closed on another worker")
  void waitsForAnotherWorker() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      for (int i = 0; i < 20; i++) {
        CountDownLatch close = new CountDownLatch(1);
        AtomicBoolean moved = new AtomicBoolean();
        List<Task<Object>> waiters = new ArrayList<>();
        Task<Object> holder =
            runtime.spawn(() -> {
              try (Lease<Ledger.Probe> lease = local.lease()) {
                Ledger.Probe probe = lease.get();
                probe.enter();
                Elsewhere.move(runtime);
                moved.set(true);
                close.await();
                probe.leave();
              }
              return null;
            });
        Await.until("the holder has moved", moved::get);
        for (int task = 0; task < 4; task++) {
          waiters.add(
              runtime.spawn(() -> {
                try (Lease<Ledger.Probe> lease = local.lease()) {
                  lease.get().enter();
                  Thread.yield();
                  lease.get().leave();
                }
                return null;
              }));
        }
        close.countDown();
        holder.join();
        waiters.forEach(Task::join);
      }
    }
    assertThat(ledger.made()).hasSizeBetween(1, 2);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  void waitsNoLongerThanItsTimeout() throws Exception {
    WorkerLocal<Ledger.Probe> local =
        builder("codec").leases(1).leaseTimeout(Duration.ofMillis(20)).build();
    try (WorkerRuntime runtime = oneWorker()) {
      LeaseHolder holder = new LeaseHolder(runtime, local);
      long begin = System.nanoTime();
      assertThatThrownBy(() -> runtime.run(local::lease))
          .isInstanceOf(LeaseUnavailableException.class)
          .hasMessageContaining("all 1 values are out")
          .hasMessageContaining("none came home within");
      assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(20_000_000);
      holder.release();
      // The one that left was not given the value.
      assertLeasable(runtime, local);
    }
    assertThat(ledger.made()).hasSize(1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("An interrupt ends the wait, stays set, and takes no value along")
  void isInterruptible() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    try (WorkerRuntime runtime = oneWorker()) {
      LeaseHolder holder = new LeaseHolder(runtime, local);
      AtomicBoolean stayedSet = new AtomicBoolean();
      Task<Object> waiting =
          runtime.spawn(() -> {
            try {
              return local.lease();
            } finally {
              stayedSet.set(Thread.currentThread().isInterrupted());
            }
          });
      Await.untilWaiting(waiting.thread(), LeasePool.class);
      waiting.thread().interrupt();
      assertThatThrownBy(waiting::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(LeaseUnavailableException.class)
          .hasMessageContaining("interrupted");
      assertThat(stayedSet).isTrue();
      holder.release();
      assertLeasable(runtime, local);
    }
    assertThat(ledger.made()).hasSize(1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("A task that is cancelled while it waits takes no value along")
  void isCancellable() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    try (WorkerRuntime runtime = oneWorker()) {
      LeaseHolder holder = new LeaseHolder(runtime, local);
      // The value may come home before it has seen that it is cancelled.
      Task<?> first =
          runtime.spawn(() -> {
            local.lease().close();
            return null;
          });
      Await.untilWaiting(first.thread(), LeasePool.class);
      Task<Integer> second =
          runtime.spawn(() -> {
            try (Lease<Ledger.Probe> lease = local.lease()) {
              return lease.get().uses;
            }
          });
      Await.untilWaiting(second.thread(), LeasePool.class);
      first.cancel(true);
      holder.release();
      assertThat(second.join()).isEqualTo(1);
      assertThat(first.isCancelled()).isTrue();
      assertLeasable(runtime, local);
    }
    assertThat(ledger.made()).hasSize(1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  void givesAFreeValueToAnInterruptedTask() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    try (WorkerRuntime runtime = oneWorker()) {
      boolean set =
          runtime.run(() -> {
            Thread.currentThread().interrupt();
            try (Lease<Ledger.Probe> lease = local.lease()) {
              assertThat(lease.get()).isNotNull();
              return Thread.interrupted();
            }
          });
      assertThat(set).isTrue();
    }
  }

  @Test
  @DisplayName("Shutdown ends the wait of a task that no value will come home for")
  void isEndedByShutdown() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    try (WorkerRuntime runtime = oneWorker()) {
      CountDownLatch taken = new CountDownLatch(1);
      CountDownLatch ended = new CountDownLatch(1);
      runtime.spawn(
          "stubborn",
          () -> {
            try (Lease<Ledger.Probe> lease = local.lease()) {
              taken.countDown();
              while (ended.getCount() > 0) {
                Thread.interrupted();
                LockSupport.parkNanos(1_000_000);
              }
              return lease.get();
            }
          });
      taken.await();
      Task<Object> waiting =
          runtime.spawn(() -> {
            try {
              return local.lease();
            } finally {
              ended.countDown();
            }
          });
      Await.untilWaiting(waiting.thread(), LeasePool.class);
      assertThat(runtime.shutdown(Duration.ZERO, LONG).terminated()).isTrue();
      assertThatThrownBy(waiting::join).hasCauseInstanceOf(LeaseUnavailableException.class);
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  private WorkerLocal.Builder<Ledger.Probe> builder(String name) {
    return WorkerLocal.<Ledger.Probe>builder(ledger::make).name(name);
  }

  private static void assertLeasable(WorkerRuntime runtime, WorkerLocal<Ledger.Probe> local)
      throws Exception {
    runtime.run(() -> {
      try (Lease<Ledger.Probe> lease = local.lease()) {
        lease.get().enter();
        lease.get().leave();
      }
      return null;
    });
  }

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }
}
