// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a lease does when all values are out: waits, fails, or makes a temporary one. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
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
      Elsewhere.settle(runtime);
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
  @DisplayName("A pinned task never waits: in with(), in an initialiser, in a class initialiser")
  void neverWaitsWhilePinned() throws Exception {
    WorkerLocal<Ledger.Probe> local = builder("codec").leases(1).build();
    WorkerLocal<Object> other = WorkerLocal.of(Object::new);
    WorkerLocal<Object> nested = WorkerLocal.of(local::lease);
    try (WorkerRuntime runtime = oneWorker()) {
      LeaseHolder holder = new LeaseHolder(runtime, local);
      runtime.run(() -> {
        assertNeverWaits(() -> other.with(value -> local.lease()));
        assertNeverWaits(() -> other.update(value -> local.lease()));
        assertNeverWaits(nested::ref);
        assertNeverWaits(nested::guard);
        assertNeverWaits(nested::lease);
        if (runtime.tier() == Tier.CARRIER) { // a class is initialised once in a JVM
          assertThatThrownBy(() -> new LeasingClass(local).toString())
              .isInstanceOf(ExceptionInInitializerError.class)
              .cause()
              .isInstanceOf(LeaseUnavailableException.class)
              .hasMessageContaining("pinned");
        }
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

  private WorkerLocal.Builder<Ledger.Probe> builder(String name) {
    return WorkerLocal.<Ledger.Probe>builder(ledger::make).name(name);
  }

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }
}
