// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.memory.ScopeClosedException;
import dev.holdfast.memory.WorkerArena;
import dev.holdfast.runtime.PlaceTracking;
import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.LogRecords;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the sanitiser finds; in a JVM that was started with it. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class SanitizedTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final Ledger ledger = new Ledger();
  private final WorkerLocal<Ledger.Probe> local =
      WorkerLocal.<Ledger.Probe>builder(ledger::make).name("session").leases(1).build();
  private final Queue<ShutdownReport.Holder> leaks = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void isOn() {
    assertThat(Sanitizer.ALL).as("the JVM of this test has -Dholdfast.sanitize=true").isTrue();
  }

  private WorkerRuntime start() {
    return WorkerRuntime.builder()
        .workers(1)
        .spareWorkers(0)
        .placeTracking(PlaceTracking.NONE)
        .listener(
            new RuntimeListener() {
              @Override
              public void leaked(ShutdownReport.Holder leak) {
                leaks.add(leak);
              }
            })
        .start();
  }

  /** The handle must not stay on the stack of who waits for its collection. */
  private static Ledger.Probe takeGuardAndDrop(WorkerLocal<Ledger.Probe> of) {
    return of.guard().get();
  }

  private static void takeLeaseAndDrop(WorkerLocal<Ledger.Probe> of) {
    of.lease().get();
  }

  private void awaitLeak() {
    Await.until(
        "the leak is reported",
        () -> {
          System.gc();
          return !leaks.isEmpty();
        });
  }

  private void assertOneLeak(ShutdownReport.Kind kind, String method) {
    assertThat(leaks).hasSize(1);
    ShutdownReport.Holder leak = leaks.peek();
    assertThat(leak.kind()).isEqualTo(kind);
    assertThat(leak.name()).isEqualTo("session");
    assertThat(leak.owner()).startsWith("task 'careless' on ").endsWith(", collected unclosed");
    assertThat(leak.stack().getFirst().getMethodName()).isEqualTo(method);
  }

  @Test
  @Tag("S6")
  @Tag("G1")
  @DisplayName(
      "S6: a guard that is collected unclosed is reported then, and the barrier stays closed: the"
          + " value that it gave out is in use")
  void aGuardThatIsGarbageIsReportedAndHoldsTheBarrier() throws Exception {
    try (LogRecords log = LogRecords.of("dev.holdfast")) {
      WorkerRuntime runtime = start();
      Ledger.Probe value = runtime.spawn("careless", () -> takeGuardAndDrop(local)).join();
      awaitLeak();
      assertOneLeak(ShutdownReport.Kind.GUARD, "takeGuardAndDrop");
      assertThat(log.messages())
          .anyMatch(message ->
              message.contains("GUARD of local 'session' was not closed by task 'careless'")
                  && message.contains("guard #1 taken")
                  && message.contains("takeGuardAndDrop"));
      ShutdownReport report = runtime.shutdown(SHORT, SHORT);
      assertThat(report.phase()).isEqualTo(ShutdownPhase.CANCELLING);
      assertThat(report.counts().guards()).isEqualTo(1);
      assertThat(report.leaks()).hasSize(1);
      assertThat(report.toString()).contains("collected unclosed");
      assertThat(value.isDestroyed()).isFalse();
    }
  }

  @Test
  @DisplayName("A guard that is closed, anywhere, is reported by nobody")
  void aClosedGuardIsNoLeak() throws Exception {
    try (WorkerRuntime runtime = start()) {
      for (int i = 0; i < 100; i++) {
        Guard<Ledger.Probe> guard = runtime.run(local::guard);
        Thread.ofPlatform().start(guard::close).join();
      }
      System.gc();
      runtime.spawn("careless", () -> takeGuardAndDropClosed(local)).join();
      System.gc();
      assertThat(runtime.shutdown(LONG, LONG).leaks()).isEmpty();
    }
    assertThat(leaks).isEmpty();
    ledger.assertEachDestroyedOnItsOwner();
  }

  private static boolean takeGuardAndDropClosed(WorkerLocal<Ledger.Probe> of) {
    try (Guard<Ledger.Probe> guard = of.guard()) {
      return guard.get().isDestroyed();
    }
  }

  @Test
  @Tag("S6")
  @DisplayName("S6: a lease that is collected unclosed is reported while its task runs, and once")
  void aLeaseThatIsGarbageIsReportedOnce() throws Exception {
    try (WorkerRuntime runtime = start()) {
      runtime
          .spawn(
              "careless",
              () -> {
                takeLeaseAndDrop(local);
                awaitLeak();
                return null;
              })
          .join();
      assertOneLeak(ShutdownReport.Kind.LEASE, "takeLeaseAndDrop");
      assertThat(runtime.shutdown(LONG, LONG).leaks()).hasSize(1);
    }
    assertThat(leaks).hasSize(1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("G4")
  @DisplayName("G4: a scope of an arena that is used after its close tells where it was opened")
  void aClosedScopeTellsWhereItWasOpened() throws Exception {
    WorkerArena arena = WorkerArena.builder().name("parse").slabs(1).build();
    try (WorkerRuntime runtime = start()) {
      runtime.run(() -> {
        Arena stale = arena.open();
        stale.close();
        // Has the same slab.
        try (Arena next = arena.open()) {
          next.allocate(8);
          assertThatThrownBy(() -> stale.allocate(8))
              .isInstanceOf(ScopeClosedException.class)
              .cause()
              .hasMessageContaining("lease #1 taken")
              .hasMessageContaining("lease #1 closed")
              .hasMessageContaining("at dev.holdfast")
              .hasMessageContaining("SanitizedTest.java")
              .hasMessageNotContaining("WorkerArena.java");
        }
        return null;
      });
    }
  }

  @Test
  @Tag("G4")
  @DisplayName("G4: a lease is told from a later one of its task, in each use and in a late close")
  void aStaleLeaseIsToldFromALaterOne() throws Exception {
    try (WorkerRuntime runtime = start()) {
      runtime.run(() -> {
        Lease<Ledger.Probe> stale = local.lease();
        stale.close();
        stale.close();
        try (Lease<Ledger.Probe> next = local.lease()) {
          assertThat(next).isNotSameAs(stale);
          assertThatThrownBy(stale::get)
              .isInstanceOf(EscapedReferenceException.class)
              .hasMessageContaining("used on")
              .hasMessageContaining("after it was closed, and its value leased again by task")
              .hasMessageContaining("made to be leased")
              .hasMessageContaining("lease #1 closed")
              .hasMessageContaining("lease #2 taken")
              .hasMessageContaining("SanitizedTest.java");
          assertThatThrownBy(stale::close)
              .isInstanceOf(EscapedReferenceException.class)
              .hasMessageContaining("closed again on");
          assertThat(next.get().isDestroyed()).isFalse();
        }
        return null;
      });
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("G4")
  @DisplayName("G4: the history of a destroyed value is in the message of who uses its reference")
  void aDestroyedValueTellsItsHistory() throws Exception {
    WorkerRuntime runtime = start();
    LocalRef<Ledger.Probe> ref =
        runtime.run(() -> {
          local.update(value -> value.uses++);
          local.guard().close();
          return local.ref();
        });
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    assertThatThrownBy(ref::get)
        .isInstanceOf(LocalDestroyedException.class)
        .hasMessageContaining("made, ")
        .hasMessageContaining("guard #1 taken")
        .hasMessageContaining("guard #1 closed")
        .hasMessageContaining("first ref()")
        .hasMessageContaining("its runtime told to end")
        .hasMessageContaining("destroyed, ")
        .hasMessageContaining("aDestroyedValueTellsItsHistory");
  }
}
