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
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The guard of a value: for any thread, and holding the barrier until it is closed. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class GuardTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final Ledger ledger = new Ledger();
  private final WorkerLocal<Ledger.Probe> local =
      WorkerLocal.<Ledger.Probe>builder(ledger::make).name("session").build();

  @Test
  void isForEveryThreadAndOutlivesItsTask() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
        WorkerRuntime other = WorkerRuntime.builder().workers(1).start()) {
      Guard<Ledger.Probe> guard = runtime.run(local::guard);
      Ledger.Probe value = guard.get();
      assertThat(value.madeOn().domain().name()).isEqualTo(runtime.name());
      Queue<Ledger.Probe> seen = new ConcurrentLinkedQueue<>();
      Thread.ofVirtual().start(() -> seen.add(guard.get())).join();
      Thread.ofPlatform().start(() -> seen.add(guard.get())).join();
      seen.add(other.run(guard::get));
      seen.add(runtime.run(guard::get));
      seen.add(runtime.spawnBlocking(guard::get).get());
      assertThat(seen).hasSize(5).allMatch(probe -> probe == value);
      assertThat(guard).asString().contains("session").doesNotContain("closed");
      guard.close();
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("G4")
  @DisplayName("G4: a closed guard throws when used, on any thread, and may be closed again")
  void refusesUseAfterClose() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      Guard<Ledger.Probe> guard = runtime.spawn("caller", local::guard).join();
      guard.close();
      guard.close();
      assertThatThrownBy(guard::get)
          .isInstanceOf(EscapedReferenceException.class)
          .hasMessageContaining("guard of local 'session'")
          .hasMessageContaining("task 'caller'")
          .hasMessageContaining(Thread.currentThread().getName())
          .hasMessageContaining("after it was closed");
      assertThatThrownBy(() -> runtime.run(guard::get))
          .isInstanceOf(EscapedReferenceException.class);
      assertThat(guard).asString().contains("closed");
    }
  }

  @Test
  @Tag("S6")
  @DisplayName(
      "S6: a guard never closed holds the barrier, and the report names where it was taken")
  void holdsTheBarrierAndIsReported() throws Exception {
    Queue<ShutdownReport.Holder> leaks = new ConcurrentLinkedQueue<>();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void leaked(ShutdownReport.Holder leak) {
            leaks.add(leak);
          }
        };
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(2)
            .spareWorkers(0)
            .placeTracking(PlaceTracking.ALL)
            .listener(listener)
            .start()) {
      // Closed in any case, or a failure would be hidden behind a close that waits.
      try (Guard<Ledger.Probe> guard =
          WholeTask.result(runtime.spawn("caller", () -> takeAndForget(local)))) {
        ShutdownReport report = runtime.shutdown(SHORT, SHORT);
        assertThat(report.phase()).isEqualTo(ShutdownPhase.CANCELLING);
        assertThat(report.counts().guards()).isEqualTo(1);
        assertThat(report.destroyed()).isZero();
        assertThat(report.holders()).hasSize(1);
        ShutdownReport.Holder holder = report.holders().getFirst();
        assertThat(holder.kind()).isEqualTo(ShutdownReport.Kind.GUARD);
        assertThat(holder.name()).isEqualTo("session");
        assertThat(holder.owner()).startsWith("task 'caller' on " + runtime.name() + "-worker-");
        assertThat(holder.age()).isBetween(Duration.ZERO, LONG);
        assertThat(holder.stack())
            .anyMatch(frame ->
                frame.getClassName().equals(GuardTest.class.getName())
                    && frame.getMethodName().equals("takeAndForget"));
        assertThat(report.toString()).contains("holds GUARD 'session'").contains("takeAndForget");

        // Safe all the while: the value lives, and is destroyed when the guard is closed.
        assertThat(guard.get().isDestroyed()).isFalse();
        Thread.ofPlatform().start(guard::close).join();
        Await.until("the runtime ends by itself", runtime::isTerminated);
        ShutdownReport last = runtime.shutdown(LONG, LONG);
        assertThat(last.counts().guards()).isZero();
        assertThat(last.holders()).isEmpty();
      }
    }
    // To outlive its task is what a guard is for.
    assertThat(leaks).isEmpty();
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("Who took a guard last is named, not who took one in the same place before")
  void namesTheLastTaker() throws Exception {
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).placeTracking(PlaceTracking.NONE).start()) {
      for (int i = 0; i < 3; i++) {
        WholeTask.result(
            runtime.spawn(
                "earlier",
                () -> {
                  local.guard().close();
                  return null;
                }));
      }
      try (Guard<Ledger.Probe> guard = WholeTask.result(runtime.spawn("last", local::guard))) {
        ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
        assertThat(guard.get().isDestroyed()).isFalse();
        assertThat(report.holders())
            .filteredOn(holder -> holder.kind() == ShutdownReport.Kind.GUARD)
            .singleElement()
            .satisfies(holder -> {
              assertThat(holder.owner()).startsWith("task 'last' on ");
              assertThat(holder.age()).isBetween(Duration.ZERO, LONG);
            });
      }
    }
  }

  private static Guard<Ledger.Probe> takeAndForget(WorkerLocal<Ledger.Probe> local) {
    return local.guard();
  }

  @Test
  @DisplayName("Closes that race count once: another open guard still holds the barrier")
  void countsRacingClosesOnce() throws Exception {
    int closers = 4;
    for (int round = 0; round < 30; round++) {
      try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
        Guard<Ledger.Probe> raced = runtime.run(local::guard);
        Guard<Ledger.Probe> open = runtime.run(local::guard);
        CyclicBarrier start = new CyclicBarrier(closers);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < closers; i++) {
          boolean inside = i % 2 == 0;
          threads.add(
              Thread.ofPlatform()
                  .start(() -> {
                    try {
                      start.await();
                      if (inside) {
                        runtime.run(() -> {
                          raced.close();
                          return null;
                        });
                      } else {
                        raced.close();
                      }
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  }));
        }
        for (Thread thread : threads) {
          thread.join();
        }
        ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofMillis(5));
        assertThat(report.counts().guards()).isEqualTo(1);
        assertThat(report.phase().atLeast(ShutdownPhase.QUIESCENT)).isFalse();
        assertThat(open.get().isDestroyed()).isFalse();
        open.close();
      }
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("G1")
  @DisplayName("G1: a guard that is closed again, anywhere, does not close the one taken after it")
  void closesNoOther() throws Exception {
    // Guards of which it is recorded where they are taken have a place of their own.
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).placeTracking(PlaceTracking.NONE).start()) {
      Guard<Ledger.Probe> closed = runtime.run(local::guard);
      runtime.run(() -> {
        closed.close();
        return null;
      });
      Guard<Ledger.Probe> next = runtime.run(local::guard);
      Thread.ofPlatform().start(closed::close).join();
      runtime.run(() -> {
        closed.close();
        return null;
      });
      assertThat(next.get().isDestroyed()).isFalse();
      assertThatThrownBy(closed::get).isInstanceOf(EscapedReferenceException.class);
      ShutdownReport report = runtime.shutdown(SHORT, SHORT);
      assertThat(report.counts().guards()).isEqualTo(1);
      assertThat(report.phase().atLeast(ShutdownPhase.QUIESCENT)).isFalse();
      Thread.ofPlatform().start(next::close).join();
      Await.until("the runtime ends by itself", runtime::isTerminated);
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("G1")
  @DisplayName(
      "G1: a guard that is closed on its worker and elsewhere at once leaves the next open")
  void closesOneOfManyInARow() throws Exception {
    int rounds = 20_000;
    AtomicReference<Guard<Ledger.Probe>> handed = new AtomicReference<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      Thread elsewhere =
          Thread.ofPlatform()
              .start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                  Guard<Ledger.Probe> guard = handed.get();
                  if (guard != null) {
                    guard.close();
                  }
                }
              });
      runtime.run(() -> {
        for (int i = 0; i < rounds; i++) {
          Guard<Ledger.Probe> raced = local.guard();
          handed.set(raced);
          for (int spins = i % 64; spins > 0; spins--) {
            Thread.onSpinWait();
          }
          raced.close();
          // Nobody else has it: what closes it is a late close of the one before.
          try (Guard<Ledger.Probe> next = local.guard()) {
            for (int spins = i % 48; spins > 0; spins--) {
              Thread.onSpinWait();
            }
            next.get();
          } catch (EscapedReferenceException e) {
            failure.set(e);
          }
        }
        return null;
      });
      elsewhere.interrupt();
      elsewhere.join();
      assertThat(failure.get()).isNull();
      assertThat(runtime.shutdown(LONG, LONG).counts().guards()).isZero();
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("No value is destroyed under an open guard, while tasks and shutdown go on")
  void neverSeesADestroyedValue() throws Exception {
    LinkedBlockingQueue<Guard<Ledger.Probe>> handed = new LinkedBlockingQueue<>();
    LongAdder used = new LongAdder();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    int guards = 2_000;
    List<Thread> foreign = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      foreign.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (Guard<Ledger.Probe> guard = handed.poll(20, TimeUnit.SECONDS);
                      guard != null && used.sum() < guards;
                      guard = handed.poll(used.sum() < guards ? 20 : 0, TimeUnit.SECONDS)) {
                    assertThat(guard.get().isDestroyed()).isFalse();
                    used.increment();
                    guard.close();
                  }
                } catch (Throwable e) {
                  failure.set(e);
                }
              }));
    }
    for (int round = 0; round < 20; round++) {
      try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
        for (int i = 0; i < guards / 20; i++) {
          runtime.spawn(() -> handed.add(local.guard()));
        }
        runtime.shutdown();
      }
      assertThat(ledger.destroyed()).hasSameSizeAs(ledger.made());
    }
    for (Thread thread : foreign) {
      thread.interrupt();
      thread.join();
    }
    assertThat(used.sum()).isEqualTo(guards);
    assertThat(failure.get())
        .isIn(null, failure.get() instanceof InterruptedException e ? e : null);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("A guard taken while draining holds the barrier too")
  void holdsTheBarrierWhenTakenWhileDraining() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      CountDownLatch draining = new CountDownLatch(1);
      CountDownLatch begun = new CountDownLatch(1);
      Task<Guard<Ledger.Probe>> task =
          runtime.spawn(() -> {
            begun.countDown();
            draining.await();
            return local.guard();
          });
      begun.await();
      runtime.shutdown();
      draining.countDown();
      Guard<Ledger.Probe> guard = task.join();
      ShutdownReport report = runtime.shutdown(SHORT, Duration.ZERO);
      assertThat(report.counts().guards()).isEqualTo(1);
      assertThat(report.phase().atLeast(ShutdownPhase.QUIESCENT)).isFalse();
      assertThat(guard.get().isDestroyed()).isFalse();
      guard.close();
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("A guard on the worker's own thread is refused; inside with() it is not")
  void needsATask() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      runtime.run(() -> {
        assertThatThrownBy(() -> local.onOwner(value -> local.guard()))
            .isInstanceOf(EscapedReferenceException.class)
            .hasMessageContaining("guard() of local 'session' needs a task");
        local.update(value -> {
          try (Guard<Ledger.Probe> guard = local.guard()) {
            assertThat(guard.get()).isSameAs(value);
          }
        });
        return null;
      });
    }
    ledger.assertEachDestroyedOnItsOwner();
  }
}
