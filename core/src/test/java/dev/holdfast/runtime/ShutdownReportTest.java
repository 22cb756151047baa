// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.shutdown.ShutdownReport.Counts;
import dev.holdfast.shutdown.ShutdownReport.Holder;
import dev.holdfast.shutdown.ShutdownReport.Kind;
import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What a report says of a shutdown that has not come to its end, and of one that has. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ShutdownReportTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration AGE = Duration.ofMillis(100);

  private static Holder only(ShutdownReport report, Kind kind) {
    List<Holder> holders = report.holders().stream().filter(each -> each.kind() == kind).toList();
    assertThat(holders).as("holders of kind " + kind).hasSize(1);
    return holders.getFirst();
  }

  private static void assertStandsIn(Holder holder, String className, String method) {
    assertThat(holder.stack())
        .as("stack of " + holder.kind())
        .anyMatch(frame ->
            frame.getClassName().equals(className) && frame.getMethodName().equals(method));
  }

  private static void assertOld(Holder holder) {
    // Ages are kept to about ten milliseconds.
    assertThat(holder.age()).isBetween(AGE.minusMillis(20), LONG);
  }

  @Test
  @Tag("S35")
  @DisplayName("S35: each holder is in the report, with its name, age and stack or place of taking")
  void holdersAreNamed() throws Exception {
    Gate gate = new Gate();
    CountDownLatch ready = new CountDownLatch(2);
    WorkerLocal<String> leased = WorkerLocal.<String>builder(() -> "v").name("leased").build();
    WorkerLocal<String> guarded = WorkerLocal.<String>builder(() -> "v").name("guarded").build();
    AtomicReference<Guard<String>> guard = new AtomicReference<>();
    WorkerRuntime runtime =
        WorkerRuntime.builder().name("held").workers(2).placeTracking(PlaceTracking.ALL).start();
    runtime.spawn("lessee", () -> leaseAtTheGate(leased, gate, ready));
    runtime.spawn("guardian", () -> takeGuard(guarded, guard)).get();
    Task<String> job = runtime.spawnBlocking(gate);
    runtime.run(() -> Thread.ofVirtual().name("stray").start(() -> arriveAtTheGate(gate, ready)));
    gate.awaitEntered();
    ready.await();

    ShutdownReport report = runtime.shutdown(AGE, Duration.ZERO);

    assertThat(report.terminated()).isFalse();
    assertThat(report.phase()).isBetween(ShutdownPhase.DRAINING, ShutdownPhase.CANCELLING);
    assertThat(report.counts()).isEqualTo(new Counts(2, 1, 1, 1));
    assertThat(report.holders()).hasSize(5);

    Holder lease = only(report, Kind.LEASE);
    assertThat(lease.name()).isEqualTo("leased");
    assertThat(lease.owner()).startsWith("task 'lessee' on held-worker-");
    assertStandsIn(lease, ShutdownReportTest.class.getName(), "leaseAtTheGate");
    assertOld(lease);

    Holder guarding = only(report, Kind.GUARD);
    assertThat(guarding.name()).isEqualTo("guarded");
    assertThat(guarding.owner()).startsWith("task 'guardian' on held-worker-");
    assertStandsIn(guarding, ShutdownReportTest.class.getName(), "takeGuard");
    assertOld(guarding);

    List<Holder> tasks = ofKind(report, Kind.TASK);
    assertThat(tasks).extracting(Holder::name).containsExactlyInAnyOrder("lessee", "stray");
    tasks.forEach(task -> {
      assertThat(task.owner()).startsWith("runtime 'held'");
      assertStandsIn(task, Gate.class.getName(), "pass");
      assertOld(task);
    });

    Holder blocking = only(report, Kind.JOB);
    assertThat(blocking.name()).isEqualTo(job.name());
    assertThat(blocking.owner()).isEqualTo("thread 'held-blocking-1'");
    assertStandsIn(blocking, Gate.class.getName(), "call");
    assertOld(blocking);

    assertThat(report.toString())
        .contains("alive: tasks 2, jobs 1, leases 1, guards 1")
        .contains("holds LEASE 'leased' of task 'lessee' on held-worker-")
        .containsPattern("holds TASK 'stray' of runtime 'held'.*, at .*Gate")
        .containsPattern("holds JOB '" + job.name() + "' of thread 'held-blocking-1'.*, at .*Gate");

    gate.open();
    guard.get().close();
    ShutdownReport last = runtime.shutdown(LONG, LONG);
    assertThat(last.terminated()).isTrue();
    assertThat(last.holders()).isEmpty();
    assertThat(last.counts()).isEqualTo(new Counts(0, 0, 0, 0));
  }

  private static List<Holder> ofKind(ShutdownReport report, Kind kind) {
    return report.holders().stream().filter(each -> each.kind() == kind).toList();
  }

  private static Object leaseAtTheGate(WorkerLocal<String> local, Gate gate, CountDownLatch ready) {
    try (Lease<String> lease = local.lease()) {
      ready.countDown();
      gate.pass();
      return lease.get();
    }
  }

  private static Object takeGuard(WorkerLocal<String> local, AtomicReference<Guard<String>> guard) {
    guard.set(local.guard());
    return guard;
  }

  private static void arriveAtTheGate(Gate gate, CountDownLatch ready) {
    ready.countDown();
    gate.pass();
  }

  @Test
  @Tag("S27")
  @DisplayName("S27: a value that a job still holds lives past the deadline, until the job ends")
  void aJobKeepsItsValueAlive() throws Exception {
    Tally tally = new Tally();
    Gate gate = new Gate();
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    Task<Integer> job =
        runtime
            .spawn(() -> {
              var ref = tally.local.ref();
              return runtime.spawnBlocking(() -> {
                gate.call();
                return ref.get().touch();
              });
            })
            .get();
    gate.awaitEntered();

    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofMillis(50));

    assertThat(report.phase()).isEqualTo(ShutdownPhase.CANCELLING);
    assertThat(report.made()).isOne();
    assertThat(report.destroyed()).isZero();
    Holder holder = only(report, Kind.JOB);
    assertThat(holder.name()).isEqualTo(job.name());
    assertStandsIn(holder, Gate.class.getName(), "pass");
    gate.awaitInterrupted();
    tally.assertAllAlive();
    gate.open();
    assertThat(job.get()).isOne();
    ShutdownReport last = runtime.shutdown(LONG, LONG);
    assertThat(last.phase()).isEqualTo(ShutdownPhase.TERMINATED);
    assertThat(last.destroyed()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S43")
  @DisplayName("S43: a destructor that blocks is waited for up to a deadline, and is in the report")
  void aDestructorThatBlocksIsReported() throws Exception {
    Gate holds = new Gate();
    Gate blocks = new Gate();
    WorkerLocal<String> local =
        WorkerLocal.<String>builder(() -> "value")
            .name("slow")
            .destructor(value -> blocks.call())
            .build();
    Tally older = new Tally();
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .name("slowly")
            .workers(1)
            .destructorDeadline(Duration.ofMillis(50))
            .start();
    runtime.run(() -> older.local.with(Tally.Value::touch));
    runtime.run(() -> local.with(String::length));
    runtime.spawn(holds);
    holds.awaitEntered();
    long began = System.nanoTime();
    runtime.shutdown(Duration.ofMillis(500), Duration.ZERO);
    long reached = System.nanoTime();
    holds.open();

    ShutdownReport report = runtime.shutdown(LONG, LONG);

    Duration before = Duration.ofNanos(reached - began);
    Duration after = Duration.ofNanos(System.nanoTime() - reached);
    assertThat(report.phase()).isEqualTo(ShutdownPhase.DESTROYING);
    assertThat(report.took()).isGreaterThan(before);
    assertThat(report.destroyed()).isZero();
    assertThat(report.counts()).isEqualTo(new Counts(0, 0, 0, 0));
    Holder holder = only(report, Kind.DESTRUCTOR);
    assertThat(holder.name()).isEqualTo("slow");
    assertThat(holder.owner()).isEqualTo("slowly-worker-0");
    assertThat(holder.age()).as("counted from the destructor's begin").isLessThan(after);
    assertStandsIn(holder, Gate.class.getName(), "pass");
    older.assertAllAlive();
    blocks.open();
    // Longer than the deadline that was set for the destructors, which is short here.
    assertThat(runtime.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    ShutdownReport last = runtime.shutdown(LONG, LONG);
    assertThat(last.terminated()).isTrue();
    assertThat(last.destroyed()).isEqualTo(2);
    older.assertEachDestroyedOnce();
    assertThat(blocks.wasInterrupted()).as("destructors are not interrupted").isFalse();
  }

  @Test
  @DisplayName("past the bound of a report's lists its counts stay exact")
  void countsAreExact() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    Gate gate = new Gate();
    CountDownLatch entered = new CountDownLatch(1_000);
    for (int i = 0; i < 1_000; i++) {
      runtime.spawn(() -> {
        entered.countDown();
        gate.pass();
        throw new IllegalStateException("failed late");
      });
    }
    entered.await();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
    assertThat(report.counts()).isEqualTo(new Counts(1_000, 0, 0, 0));
    assertThat(report.holders()).hasSize(ShutdownReport.MAX_LISTED);
    gate.open();
    ShutdownReport last = runtime.shutdown(LONG, LONG);
    assertThat(last.terminated()).isTrue();
    assertThat(last.counts()).isEqualTo(new Counts(0, 0, 0, 0));
    assertThat(last.failures()).hasSize(ShutdownReport.MAX_LISTED);
  }

  @Test
  @DisplayName("a report of the end says how many values were made and destroyed, leased ones too")
  void theLastReportAddsUp() throws Exception {
    Tally tally = new Tally();
    WorkerLocal<StringBuilder> leased = WorkerLocal.of(StringBuilder::new);
    WorkerRuntime runtime = WorkerRuntime.builder().workers(3).start();
    for (int i = 0; i < 100; i++) {
      runtime.spawn(() -> {
        tally.local.with(Tally.Value::touch);
        try (Lease<StringBuilder> lease = leased.lease()) {
          Thread.yield();
          return lease.get().append('x').length();
        }
      });
    }
    Await.until("some values are made", () -> tally.made() > 0);
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.made()).isGreaterThanOrEqualTo(2L * tally.made());
    assertThat(report.destroyed()).isEqualTo(report.made());
    assertThat(report.failures()).isEmpty();
    assertThat(report.leaks()).isEmpty();
    assertThat(report.took()).isBetween(Duration.ofNanos(1), LONG);
    assertThat(report.toString()).startsWith("shutdown TERMINATED after ");
    tally.assertEachDestroyedOnce();
  }
}
