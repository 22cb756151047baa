// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.PlaceTracking;
import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Leases that are never closed: reported, their values retired, and nobody waits for them. */
@Tag("S6")
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LeaseLeakTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final Ledger ledger = new Ledger();
  private final Queue<ShutdownReport.Holder> leaks = new ConcurrentLinkedQueue<>();
  private final RuntimeListener listener =
      new RuntimeListener() {
        @Override
        public void leaked(ShutdownReport.Holder leak) {
          leaks.add(leak);
        }
      };

  @Test
  @DisplayName(
      "S6: a lease never closed is reported with its place, and its value is not used again")
  void isReportedAndRetired() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder().leases(1).overflow(LeaseOverflow.FAIL).build();
    try (WorkerRuntime runtime = oneWorker(PlaceTracking.ALL)) {
      List<Ledger.Probe> leaked = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        leaked.add(runtime.spawn("careless", () -> takeAndForget(local).get()).join());
      }
      assertThat(leaked).doesNotHaveDuplicates();
      assertThat(leaks).hasSize(3).allSatisfy(LeaseLeakTest::assertNamesThePlace);
      // The pool has made another, and no more than its bound.
      runtime.run(() -> {
        try (Lease<Ledger.Probe> lease = local.lease()) {
          assertThat(leaked).doesNotContain(lease.get());
          assertThatThrownBy(local::lease).isInstanceOf(LeaseUnavailableException.class);
        }
        return null;
      });
      assertThat(ledger.destroyed()).isEmpty();
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.leaks()).hasSize(3).allSatisfy(LeaseLeakTest::assertNamesThePlace);
      assertThat(report.made()).isEqualTo(4);
      assertThat(report.destroyed()).isEqualTo(4);
    }
    ledger.assertLastMadeDestroyedFirst();
  }

  private static Lease<Ledger.Probe> takeAndForget(WorkerLocal<Ledger.Probe> local) {
    return local.lease();
  }

  private static void assertNamesThePlace(ShutdownReport.Holder leak) {
    assertThat(leak.kind()).isEqualTo(ShutdownReport.Kind.LEASE);
    assertThat(leak.name()).isEqualTo("buffer");
    assertThat(leak.owner()).startsWith("task 'careless' on ");
    assertThat(leak.age()).isBetween(Duration.ZERO, LONG);
    assertThat(leak.stack())
        .anyMatch(frame ->
            frame.getClassName().equals(LeaseLeakTest.class.getName())
                && frame.getMethodName().equals("takeAndForget"));
  }

  @Test
  @DisplayName("S6: who ends with a lease open takes its own with it, and nobody else's")
  void takesNobodyElsesLease() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder().build();
    try (WorkerRuntime runtime = oneWorker(PlaceTracking.ALL)) {
      runtime.run(() -> {
        try (Lease<Ledger.Probe> lease = local.lease()) {
          runtime.spawn("careless", () -> takeAndForget(local).get()).join();
          assertThat(leaks).hasSize(1).allSatisfy(LeaseLeakTest::assertNamesThePlace);
          assertThat(lease.get().isDestroyed()).isFalse();
        }
        return null;
      });
      assertThat(leaks).hasSize(1);
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("S6: without tracking a leak is still reported, with its name and task")
  @DisabledIfSystemProperty(
      named = "holdfast.sanitize",
      matches = "true",
      disabledReason = "the sanitiser records each place")
  void isReportedWithoutItsPlace() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder().build();
    try (WorkerRuntime runtime = oneWorker(PlaceTracking.NONE)) {
      runtime.spawn("careless", () -> takeAndForget(local).get()).join();
      assertThat(leaks).hasSize(1);
      assertThat(leaks.peek().name()).isEqualTo("buffer");
      assertThat(leaks.peek().owner()).startsWith("task 'careless' on ");
      assertThat(leaks.peek().stack()).isEmpty();
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("S6: whoever sees a task's end finds its leases retired, however it ended")
  void isRetiredHoweverTheTaskEnds() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder().leases(2).overflow(LeaseOverflow.FAIL).build();
    try (WorkerRuntime runtime = oneWorker(PlaceTracking.ALL)) {
      Task<Object> failed =
          runtime.spawn(() -> {
            takeAndForget(local);
            takeAndForget(local);
            throw new IllegalStateException("failed");
          });
      assertThatThrownBy(failed::join).hasRootCauseMessage("failed");
      assertThat(leaks).hasSize(2);

      CountDownLatch taken = new CountDownLatch(1);
      Task<Object> cancelled =
          runtime.spawn(() -> {
            takeAndForget(local);
            taken.countDown();
            new CountDownLatch(1).await();
            return null;
          });
      taken.await();
      cancelled.cancel(true);
      Await.until("the cancelled task's lease is reported", () -> leaks.size() == 3);

      AtomicReference<Lease<Ledger.Probe>> kept = new AtomicReference<>();
      runtime.run(() -> {
        Thread.ofVirtual().start(() -> kept.set(takeAndForget(local))).join();
        Await.until("the thread's lease is reported", () -> leaks.size() == 4);
        assertThatThrownBy(() -> kept.get().get())
            .isInstanceOf(EscapedReferenceException.class)
            .hasMessageContaining("after it was closed");
        kept.get().close();
        try (Lease<Ledger.Probe> one = local.lease();
            Lease<Ledger.Probe> two = local.lease()) {
          assertThat(one.get()).isNotSameAs(two.get());
          assertThatThrownBy(local::lease).isInstanceOf(LeaseUnavailableException.class);
        }
        return null;
      });
      assertThat(ledger.destroyed()).isEmpty();
    }
    assertThat(ledger.made()).hasSizeBetween(4, 6);
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  @DisplayName("S6: a temporary value that is never closed lives until the barrier")
  void isKeptIfTemporary() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder().leases(1).overflow(LeaseOverflow.TEMPORARY).build();
    try (WorkerRuntime runtime = oneWorker(PlaceTracking.ALL)) {
      runtime
          .spawn(
              "careless",
              () -> {
                takeAndForget(local);
                return takeAndForget(local).get();
              })
          .join();
      assertThat(leaks).hasSize(2).allSatisfy(LeaseLeakTest::assertNamesThePlace);
      runtime.run(() -> {
        local.lease().close();
        return null;
      });
      assertThat(ledger.destroyed()).isEmpty();
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.made()).isEqualTo(3);
      assertThat(report.destroyed()).isEqualTo(3);
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("S6: open leases, temporary ones too, are in the report of a missed deadline")
  void isAHolderWhileOpen() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder().leases(1).overflow(LeaseOverflow.TEMPORARY).build();
    try (WorkerRuntime runtime = oneWorker(PlaceTracking.ALL)) {
      CountDownLatch taken = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      Task<Object> holder =
          runtime.spawn(
              "careless",
              () -> {
                try (Lease<Ledger.Probe> one = takeAndForget(local);
                    Lease<Ledger.Probe> two = takeAndForget(local)) {
                  taken.countDown();
                  while (release.getCount() > 0) {
                    Thread.interrupted();
                    LockSupport.parkNanos(1_000_000);
                  }
                  return List.of(one.get(), two.get());
                }
              });
      taken.await();
      ShutdownReport report = runtime.shutdown(Duration.ofMillis(10), Duration.ZERO);
      assertThat(report.phase()).isEqualTo(ShutdownPhase.CANCELLING);
      assertThat(report.counts().leases()).isEqualTo(2);
      assertThat(report.holders())
          .filteredOn(each -> each.kind() == ShutdownReport.Kind.LEASE)
          .hasSize(2)
          .allSatisfy(LeaseLeakTest::assertNamesThePlace);
      assertThat(ledger.destroyed()).isEmpty();
      release.countDown();
      Await.until("the task ends", holder::isDone);
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("S6: a task that waits gets a new value in place of one that was retired")
  void doesNotStrandThoseThatWait() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder().leases(1).build();
    try (WorkerRuntime runtime = oneWorker(PlaceTracking.ALL)) {
      CountDownLatch release = new CountDownLatch(1);
      Task<Object> careless = careless(runtime, local, release);
      List<Task<Ledger.Probe>> waiting = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        waiting.add(
            runtime.spawn(() -> {
              try (Lease<Ledger.Probe> lease = local.lease()) {
                return lease.get();
              }
            }));
        Await.untilWaiting(waiting.getLast().thread(), LeasePool.class);
      }
      release.countDown();
      careless.join();
      assertThat(waiting).allSatisfy(task -> assertThat(task.join().isDestroyed()).isFalse());
    }
    assertThat(ledger.made()).hasSize(2);
    ledger.assertLastMadeDestroyedFirst();
  }

  private Task<Object> careless(
      WorkerRuntime runtime, WorkerLocal<Ledger.Probe> local, CountDownLatch release)
      throws InterruptedException {
    CountDownLatch taken = new CountDownLatch(1);
    Task<Object> task =
        runtime.spawn(
            "careless",
            () -> {
              takeAndForget(local);
              taken.countDown();
              release.await();
              return null;
            });
    taken.await();
    return task;
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: if no value can be made for one that waits, that one gets the exception")
  void tellsTheOneThatWaitsWhyNoneCanBeMade() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    IllegalStateException failure = new IllegalStateException("no memory");
    WorkerLocal<Ledger.Probe> local =
        WorkerLocal.<Ledger.Probe>builder(
                () -> {
                  if (attempts.incrementAndGet() == 2) {
                    throw failure;
                  }
                  return ledger.make();
                })
            .leases(1)
            .build();
    try (WorkerRuntime runtime = oneWorker(PlaceTracking.NONE)) {
      CountDownLatch release = new CountDownLatch(1);
      Task<Object> careless = careless(runtime, local, release);
      Task<Object> first = runtime.spawn(local::lease);
      Await.untilWaiting(first.thread(), LeasePool.class);
      Task<Ledger.Probe> second =
          runtime.spawn(() -> {
            try (Lease<Ledger.Probe> lease = local.lease()) {
              return lease.get();
            }
          });
      Await.untilWaiting(second.thread(), LeasePool.class);
      release.countDown();
      careless.join();
      // With the only value gone nobody else could ever wake it.
      assertThatThrownBy(first::join).cause().isSameAs(failure);
      assertThat(second.join()).isSameAs(ledger.made().getLast());
    }
    assertThat(attempts).hasValue(3);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("S6: a value retired while a task is about to wait does not leave it waiting")
  void doesNotStrandOneThatIsAboutToWait() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder().leases(1).build();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(2)
            .spareWorkers(0)
            .placeTracking(PlaceTracking.NONE)
            .start()) {
      for (int round = 0; round < 20; round++) {
        AtomicBoolean moved = new AtomicBoolean();
        AtomicBoolean end = new AtomicBoolean();
        Task<Object> careless =
            runtime.spawn(() -> {
              takeAndForget(local);
              Elsewhere.move(runtime);
              moved.set(true);
              while (!end.get()) {
                Thread.onSpinWait();
              }
              return null;
            });
        Await.until("the careless task has moved", moved::get);
        // It keeps its new worker busy: this one runs where the value belongs. A deep stack makes
        // the look for pinning frames, just before the wait, a long one.
        runtime.run(() -> {
          deep(
              2_000,
              () -> {
                end.set(true);
                local.lease().close();
              });
          return null;
        });
        careless.join();
      }
    }
    ledger.assertLastMadeDestroyedFirst();
  }

  private static void deep(int depth, Runnable body) {
    if (depth == 0) {
      body.run();
    } else {
      deep(depth - 1, body);
    }
  }

  private WorkerLocal.Builder<Ledger.Probe> builder() {
    return WorkerLocal.<Ledger.Probe>builder(ledger::make).name("buffer");
  }

  private WorkerRuntime oneWorker(PlaceTracking tracking) {
    return WorkerRuntime.builder()
        .workers(1)
        .spareWorkers(0)
        .placeTracking(tracking)
        .listener(listener)
        .start();
  }
}
