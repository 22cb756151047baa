// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The values of a spare worker, which may be in use long after it has stopped taking tasks. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SpareWorkerLocalTest {

  private final Ledger ledger = new Ledger();
  private final WorkerLocal<Ledger.Probe> waiting =
      WorkerLocal.builder(ledger::make).leases(1).build();
  private final WorkerLocal<Ledger.Probe> temporary =
      WorkerLocal.builder(ledger::make).leases(1).overflow(LeaseOverflow.TEMPORARY).build();

  @Test
  @Tag("S20")
  @DisplayName("S20: the values of a spare worker are its own, and live until the barrier")
  void surviveTheirWorkersTurn() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch unblock = new CountDownLatch(1);
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicReference<WorkerOwner> configured = new AtomicReference<>();
    AtomicReference<WorkerOwner> spare = new AtomicReference<>();
    ShutdownReport report;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(1).start()) {
      Task<Object> blocker =
          runtime.spawn(() -> {
            // The spare one has this task if the machine had stalled the worker: until it need not.
            while (Elsewhere.worker().index() != 0) {
              Thread.sleep(1);
            }
            return waiting.with(probe -> {
              configured.set(Elsewhere.worker());
              blocked.countDown();
              await(unblock);
              return probe;
            });
          });
      blocked.await();
      Task<Object> user =
          runtime.spawn(() -> {
            WorkerOwner own = Elsewhere.worker();
            spare.set(own);
            LocalRef<Ledger.Probe> ref = waiting.ref();
            Ledger.Probe value = ref.get();
            assertThat(value.madeOn()).isSameAs(own).isNotSameAs(configured.get());
            assertThat(waiting.<Ledger.Probe>onOwner(Function.identity())).isSameAs(value);
            try (Lease<Ledger.Probe> kept = temporary.lease();
                Guard<Ledger.Probe> guard = waiting.guard()) {
              Lease<Ledger.Probe> lease = waiting.lease();
              Lease<Ledger.Probe> extra = temporary.lease();
              Ledger.Probe extraValue = extra.get();
              taken.countDown();
              goOn.await();
              while (Elsewhere.worker() == own) {
                Thread.sleep(1);
              }
              Await.until("the spare worker takes no more tasks", () -> standsBy(own));
              assertThat(Elsewhere.worker()).isSameAs(configured.get());
              assertThat(ref.get()).isSameAs(value);
              assertThat(guard.get()).isSameAs(value);
              extra.close();
              Await.until("the spare worker destroys it", extraValue::isDestroyed);
              lease.close();
              assertThat(kept.get().isDestroyed()).isFalse();
            }
            return null;
          });
      taken.await();
      Task<Ledger.Probe> waiter =
          runtime.spawn(() -> {
            assertThat(Elsewhere.worker()).isSameAs(spare.get());
            try (Lease<Ledger.Probe> lease = waiting.lease()) {
              assertThat(lease.get().madeOn()).isSameAs(spare.get());
              return lease.get();
            }
          });
      Await.untilWaiting(waiter.thread(), LeasePool.class);
      unblock.countDown();
      assertThat(blocker.join()).isNotNull();
      goOn.countDown();
      user.join();
      assertThat(waiter.join().isDestroyed()).isFalse();
      assertThat(ledger.destroyed()).hasSize(1);
      report = runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO);
    }
    assertThat(report.failures()).isEmpty();
    assertThat(report.destroyed()).isEqualTo(report.made()).isEqualTo(5);
    ledger.assertEachDestroyedOnItsOwner();
  }

  /** Says whether a spare worker stands by; one that sleeps among the others is woken to do so. */
  private static boolean standsBy(WorkerOwner worker) {
    for (StackTraceElement frame : worker.thread().getStackTrace()) {
      if (frame.getMethodName().equals("standBy")) {
        return true;
      }
    }
    worker.post(() -> {});
    return false;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
