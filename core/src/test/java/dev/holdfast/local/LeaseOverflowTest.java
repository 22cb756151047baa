// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a lease does when all values are out: waits, fails, or makes a temporary one. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LeaseOverflowTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final Ledger ledger = new Ledger();

  @Test
  void failsWhenSetToFail() throws Exception {
    WorkerLocal<Ledger.Probe> local =
        builder("codec").leases(2).overflow(LeaseOverflow.FAIL).build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        try (Lease<Ledger.Probe> one = local.lease();
            Lease<Ledger.Probe> two = local.lease()) {
          assertThat(one.get()).isNotSameAs(two.get());
          assertThatThrownBy(local::lease)
              .isInstanceOf(LeaseUnavailableException.class)
              .hasMessageContaining("'codec'")
              .hasMessageContaining(Elsewhere.worker().name())
              .hasMessageContaining("all 2 values are out")
              .hasMessageContaining("set to fail");
        }
        local.lease().close();
        return null;
      });
    }
    assertThat(ledger.made()).hasSize(2);
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  @DisplayName(
      "A temporary value is destroyed on its owner after its close, while the runtime runs")
  void makesATemporaryOne() throws Exception {
    WorkerLocal<Ledger.Probe> local =
        builder("codec").leases(1).overflow(LeaseOverflow.TEMPORARY).build();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      runtime.run(() -> {
        try (Lease<Ledger.Probe> kept = local.lease()) {
          Lease<Ledger.Probe> extra = local.lease();
          Ledger.Probe temporary = extra.get();
          assertThat(temporary.madeOn()).isSameAs(kept.get().madeOn());
          Elsewhere.move(runtime);
          assertThat(extra.get()).isSameAs(temporary);
          assertThat(temporary.isDestroyed()).isFalse();
          extra.close();
          Await.until("the temporary value is destroyed", temporary::isDestroyed);
          assertThatThrownBy(extra::get).isInstanceOf(EscapedReferenceException.class);
          assertThat(kept.get().isDestroyed()).isFalse();
        }
        return null;
      });
      assertThat(ledger.destroyed()).hasSize(1);
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.made()).isEqualTo(2);
      assertThat(report.destroyed()).isEqualTo(2);
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("What the destructor of a temporary value throws is in the report")
  void reportsAFailedTemporaryDestructor() throws Exception {
    WorkerLocal<Object> local =
        WorkerLocal.builder(Object::new)
            .name("codec")
            .leases(1)
            .overflow(LeaseOverflow.TEMPORARY)
            .destructor(value -> {
              throw new IllegalStateException("free failed");
            })
            .build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        try (Lease<Object> kept = local.lease()) {
          local.lease().close();
          assertThat(kept.get()).isNotNull();
        }
        return null;
      });
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.made()).isEqualTo(2);
      assertThat(report.destroyed()).isEqualTo(2);
      assertThat(report.failures())
          .hasSize(2)
          .allSatisfy(failure -> {
            assertThat(failure.kind()).isEqualTo(ShutdownReport.Kind.DESTRUCTOR);
            assertThat(failure.name()).isEqualTo("codec");
            assertThat(failure.owner()).isEqualTo(runtime.name() + "-worker-0");
            assertThat(failure.cause()).hasMessage("free failed");
          });
    }
  }

  @Test
  @DisplayName("Those that wait get a value each, in the order in which they came")
  void waitsInOrder() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    Queue<Integer> served = new ConcurrentLinkedQueue<>();
    try (WorkerRuntime runtime = oneWorker()) {
      Holder holder = new Holder(runtime, local);
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
        Await.untilWaiting(task.thread());
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
      Holder holder = new Holder(runtime, local);
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
      Holder holder = new Holder(runtime, local);
      AtomicBoolean stayedSet = new AtomicBoolean();
      Task<Object> waiting =
          runtime.spawn(() -> {
            try {
              return local.lease();
            } finally {
              stayedSet.set(Thread.currentThread().isInterrupted());
            }
          });
      Await.untilWaiting(waiting.thread());
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
      Holder holder = new Holder(runtime, local);
      Task<Object> first = runtime.spawn(local::lease);
      Await.untilWaiting(first.thread());
      Task<Integer> second =
          runtime.spawn(() -> {
            try (Lease<Ledger.Probe> lease = local.lease()) {
              return lease.get().uses;
            }
          });
      Await.untilWaiting(second.thread());
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
  @DisplayName("A pinned task never waits: in with(), in an initialiser, in a class initialiser")
  void neverWaitsWhilePinned() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    WorkerLocal<Object> other = WorkerLocal.of(Object::new);
    WorkerLocal<Object> nested = WorkerLocal.of(local::lease);
    try (WorkerRuntime runtime = oneWorker()) {
      Holder holder = new Holder(runtime, local);
      runtime.run(() -> {
        assertNeverWaits(() -> other.with(value -> local.lease()));
        assertNeverWaits(() -> other.update(value -> local.lease()));
        assertNeverWaits(nested::ref);
        assertNeverWaits(nested::guard);
        assertNeverWaits(nested::lease);
        assertThatThrownBy(() -> new LeasingClass(local).toString())
            .isInstanceOf(ExceptionInInitializerError.class)
            .cause()
            .isInstanceOf(LeaseUnavailableException.class)
            .hasMessageContaining("pinned");
        return null;
      });
      holder.release();
      runtime.run(() -> {
        // What is free needs no wait.
        other.update(value -> local.lease().close());
        return null;
      });
    }
    assertThat(ledger.made()).hasSize(1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  private static void assertNeverWaits(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(LeaseUnavailableException.class)
        .hasMessageContaining("all 1 values are out")
        .hasMessageContaining("pinned")
        .hasMessageContaining("outside of with()");
  }

  /** A class whose initialiser leases, which pins the thread. */
  private static final class LeasingClass {
    private static final ThreadLocal<WorkerLocal<?>> GIVEN = new ThreadLocal<>();

    private final WorkerLocal<?> local;

    LeasingClass(WorkerLocal<?> local) {
      this.local = local;
      GIVEN.set(local);
    }

    @Override
    public String toString() {
      return local + " " + Initialized.LEASE;
    }

    private static final class Initialized {
      private static final Lease<?> LEASE = GIVEN.get().lease();
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
      Await.untilWaiting(waiting.thread());
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

  /** A task that holds the only value until told, or interrupted. */
  private static final class Holder {
    private final CountDownLatch taken = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final Task<Object> task;

    Holder(WorkerRuntime runtime, WorkerLocal<Ledger.Probe> local) throws InterruptedException {
      task =
          runtime.spawn(
              "holder",
              () -> {
                try (Lease<Ledger.Probe> lease = local.lease()) {
                  Ledger.Probe probe = lease.get();
                  probe.enter();
                  taken.countDown();
                  try {
                    release.await();
                  } finally {
                    probe.leave();
                  }
                }
                return null;
              });
      taken.await();
    }

    void release() {
      release.countDown();
      task.join();
    }
  }
}
