// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lease of a value: whose it is, where it comes home, and what misuse is met with. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LeaseTest {

  private final Ledger ledger = new Ledger();

  @Test
  void isForOneTaskAloneAcrossSuspensions() throws Exception {
    WorkerLocal<Ledger.Probe> local = WorkerLocal.builder(ledger::make).leases(8).build();
    try (WorkerRuntime runtime = oneWorker()) {
      CountDownLatch allHold = new CountDownLatch(8);
      List<Task<Ledger.Probe>> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tasks.add(
            runtime.spawn(() -> {
              try (Lease<Ledger.Probe> lease = local.lease()) {
                Ledger.Probe probe = lease.get();
                probe.enter();
                allHold.countDown();
                allHold.await();
                assertThat(lease.get()).isSameAs(probe);
                probe.leave();
                return probe;
              }
            }));
      }
      Set<Ledger.Probe> values = new HashSet<>();
      tasks.forEach(task -> values.add(task.join()));
      assertThat(values).hasSize(8);
      // What the other forms mean is a value of its own.
      assertThat(values).doesNotContain(runtime.<Ledger.Probe>run(() -> local.ref().get()));
    }
    assertThat(ledger.made()).hasSize(9);
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  @Tag("S10")
  @DisplayName("S10: tasks that lease on one worker and then diverge never share a value")
  void isExclusiveWhenTasksDiverge() {
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        tasks.add(
            runtime.spawn(() -> {
              for (int round = 0; round < 5; round++) {
                try (Lease<Ledger.Probe> lease = local.lease()) {
                  Ledger.Probe probe = lease.get();
                  probe.enter();
                  Elsewhere.move(runtime);
                  assertThat(lease.get()).isSameAs(probe);
                  probe.leave();
                }
              }
              return null;
            }));
      }
      tasks.forEach(Task::join);
    }
    assertThat(ledger.made().stream().mapToInt(probe -> probe.uses).sum()).isEqualTo(100);
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  void usesAValueAgain() throws Exception {
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = oneWorker()) {
      for (int i = 0; i < 1_000; i++) {
        runtime.run(() -> {
          try (Lease<Ledger.Probe> lease = local.lease()) {
            lease.get().enter();
            lease.get().leave();
          }
          return null;
        });
      }
    }
    assertThat(ledger.made()).hasSize(1).allMatch(probe -> probe.uses == 1_000);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("A value that is closed on another worker goes home to its own")
  void comesHomeFromAnotherWorker() throws Exception {
    WorkerLocal<Ledger.Probe> local =
        WorkerLocal.builder(ledger::make).leases(1).overflow(LeaseOverflow.FAIL).build();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      Elsewhere.settle(runtime);
      runtime.run(() -> {
        for (int i = 0; i < 20; i++) {
          WorkerOwner home = Elsewhere.worker();
          Lease<Ledger.Probe> lease = local.lease();
          Ledger.Probe probe = lease.get();
          assertThat(probe.madeOn()).isSameAs(home);
          Elsewhere.move(runtime);
          lease.close();
          // The other worker's pool did not get it: it makes, or has, one of its own.
          try (Lease<Ledger.Probe> other = local.lease()) {
            assertThat(other.get().madeOn()).isSameAs(Elsewhere.worker());
            assertThat(other.get()).isNotSameAs(probe);
          }
          Elsewhere.move(runtime);
          try (Lease<Ledger.Probe> again = local.lease()) {
            assertThat(again.get()).isSameAs(probe);
          }
        }
        return null;
      });
    }
    assertThat(ledger.made()).hasSize(2);
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  @Tag("G4")
  @DisplayName("G4: only the task that took a lease may use or close it")
  void refusesOtherTasks() throws Exception {
    WorkerLocal<Ledger.Probe> local =
        WorkerLocal.<Ledger.Probe>builder(ledger::make).name("digest").build();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      runtime
          .spawn(
              "taker",
              () -> {
                Lease<Ledger.Probe> lease = local.lease();
                Ledger.Probe probe = lease.get();
                assertRefused(lease, runtime.spawn("thief", () -> misuse(lease)).join());
                assertRefused(lease, runtime.spawnBlocking(() -> misuse(lease)).join());
                assertRefused(lease, onStray(() -> misuse(lease)));
                assertRefused(lease, local.onOwner(value -> misuse(lease)));
                assertThat(lease.get()).isSameAs(probe);
                lease.close();
                return null;
              })
          .join();
      AtomicReference<Lease<Ledger.Probe>> open = new AtomicReference<>();
      CountDownLatch release = new CountDownLatch(1);
      Task<Object> holder =
          runtime.spawn(
              "taker",
              () -> {
                try (Lease<Ledger.Probe> lease = local.lease()) {
                  open.set(lease);
                  release.await();
                  return lease.get();
                }
              });
      Await.until("it is leased", () -> open.get() != null);
      assertRefused(open.get(), misuse(open.get()));
      release.countDown();
      assertThat(holder.join()).isNotNull();
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  private static List<Throwable> misuse(Lease<?> lease) {
    List<Throwable> thrown = new ArrayList<>();
    for (Runnable use : List.<Runnable>of(lease::get, lease::close)) {
      try {
        use.run();
      } catch (EscapedReferenceException e) {
        thrown.add(e);
      }
    }
    return thrown;
  }

  private static List<Throwable> onStray(Supplier<List<Throwable>> body)
      throws InterruptedException {
    AtomicReference<List<Throwable>> result = new AtomicReference<>();
    Thread.ofVirtual().start(() -> result.set(body.get())).join();
    return result.get();
  }

  private static void assertRefused(Lease<?> lease, List<Throwable> thrown) {
    assertThat(thrown)
        .hasSize(2)
        .allSatisfy(e ->
            assertThat(e)
                .hasMessageContaining("the lease of local 'digest'")
                .hasMessageContaining("task 'taker' holds it")
                .hasMessageContaining("belongs to the task that took it"));
    assertThat(lease).asString().contains("held by taker");
  }

  @Test
  @Tag("G4")
  @DisplayName("G4: a closed lease throws when used, and may be closed again")
  void refusesUseAfterClose() throws Exception {
    WorkerLocal<Ledger.Probe> local =
        WorkerLocal.builder(ledger::make).leases(1).overflow(LeaseOverflow.FAIL).build();
    try (WorkerRuntime runtime = oneWorker()) {
      AtomicReference<Lease<Ledger.Probe>> old = new AtomicReference<>();
      runtime.run(() -> {
        Lease<Ledger.Probe> lease = local.lease();
        lease.close();
        assertThatCode(lease::close).doesNotThrowAnyException();
        assertThatThrownBy(lease::get)
            .isInstanceOf(EscapedReferenceException.class)
            .hasMessageContaining("after it was closed");
        assertThat(lease).asString().contains("closed");
        old.set(lease);
        return null;
      });
      // A second close did not put the value into the pool twice.
      runtime.run(() -> {
        try (Lease<Ledger.Probe> lease = local.lease()) {
          assertThat(lease.get()).isNotNull();
          assertThatThrownBy(local::lease).isInstanceOf(LeaseUnavailableException.class);
          // The first task's lease is now in other hands.
          assertThat(runtime.spawn(() -> misuse(old.get())).join()).isNotEmpty();
        }
        return null;
      });
    }
    assertThat(ledger.made()).hasSize(1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("Leases that are closed twice do not put their values into the pool twice")
  void mayBeClosedTwice() throws Exception {
    WorkerLocal<Ledger.Probe> local =
        WorkerLocal.builder(ledger::make).leases(3).overflow(LeaseOverflow.FAIL).build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        for (int round = 0; round < 3; round++) {
          List<Lease<Ledger.Probe>> leases = new ArrayList<>();
          Set<Ledger.Probe> values = new HashSet<>();
          for (int i = 0; i < 3; i++) {
            leases.add(local.lease());
            values.add(leases.getLast().get());
          }
          assertThat(values).hasSize(3);
          assertThatThrownBy(local::lease).isInstanceOf(LeaseUnavailableException.class);
          leases.forEach(Lease::close);
          leases.forEach(Lease::close);
        }
        return null;
      });
    }
    assertThat(ledger.made()).hasSize(3);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("Several leases of one task may be closed in any order")
  void closesInAnyOrder() throws Exception {
    WorkerLocal<Ledger.Probe> local = WorkerLocal.builder(ledger::make).leases(5).build();
    try (WorkerRuntime runtime = oneWorker()) {
      int[][] orders = {{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}, {1, 2, 3, 0, 4}};
      for (int[] order : orders) {
        runtime.run(() -> {
          List<Lease<Ledger.Probe>> leases = new ArrayList<>();
          for (int i = 0; i < 5; i++) {
            leases.add(local.lease());
            leases.getLast().get().enter();
          }
          for (int at : order) {
            leases.get(at).get().leave();
            leases.get(at).close();
          }
          return null;
        });
      }
      assertThat(ledger.made()).hasSize(5).allMatch(probe -> probe.uses == orders.length);
      assertThat(runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO).leaks()).isEmpty();
    }
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  void worksInsideWithAndInsideInitializers() throws Exception {
    WorkerLocal<Ledger.Probe> inner = WorkerLocal.of(() -> ledger.make("inner"));
    WorkerLocal<Ledger.Probe> outer =
        WorkerLocal.of(() -> {
          try (Lease<Ledger.Probe> lease = inner.lease()) {
            lease.get().enter();
            lease.get().leave();
          }
          return ledger.make("outer");
        });
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        outer.update(value -> {
          try (Lease<Ledger.Probe> lease = inner.lease()) {
            lease.get().enter();
            lease.get().leave();
          }
        });
        try (Lease<Ledger.Probe> lease = outer.lease()) {
          assertThat(lease.get()).isNotNull();
        }
        return null;
      });
    }
    assertThat(ledger.made()).hasSize(3);
    assertThat(ledger.made().getFirst().uses).isEqualTo(3);
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: an initialiser that throws costs the pool nothing")
  void doesNotCountAFailedInitializer() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    IllegalStateException failure = new IllegalStateException("no memory");
    WorkerLocal<Ledger.Probe> local =
        WorkerLocal.<Ledger.Probe>builder(
                () -> {
                  if (attempts.incrementAndGet() <= 3) {
                    throw failure;
                  }
                  return ledger.make();
                })
            .leases(1)
            .overflow(LeaseOverflow.FAIL)
            .build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(local::lease).isSameAs(failure);
        }
        try (Lease<Ledger.Probe> lease = local.lease()) {
          assertThat(lease.get()).isNotNull();
          assertThatThrownBy(local::lease).isInstanceOf(LeaseUnavailableException.class);
        }
        return null;
      });
    }
    assertThat(attempts).hasValue(4);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("A lease on the worker's own thread, where no task could close it, is refused")
  void needsATask() throws Exception {
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        assertThatThrownBy(() -> local.onOwner(value -> local.lease()))
            .isInstanceOf(EscapedReferenceException.class)
            .hasMessageContaining("needs a task")
            .hasMessageContaining("use with()");
        assertThat(local.<Ledger.Probe>onOwner(value -> local.with(Function.identity())))
            .isSameAs(ledger.made().getFirst());
        return null;
      });
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }
}
