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
import dev.holdfast.shutdown.ShutdownReport.Unlisted;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What a report says of a shutdown that has not come to its end, and of one that has. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
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
        WorkerRuntime.builder()
            .name("held")
            .workers(2)
            .spareWorkers(0)
            .placeTracking(PlaceTracking.ALL)
            .start();
    runtime.spawn("lessee", () -> leaseAtTheGate(leased, gate, ready));
    WholeTask.result(runtime.spawn("guardian", () -> takeGuard(guarded, guard)));
    Task<String> job = runtime.spawnBlocking(gate);
    WholeTask.run(
        runtime,
        () ->
            Thread.ofVirtual()
                .name("stray")
                .start(() -> {
                  // In the owned tier it is known from its first use of anything of the runtime.
                  guarded.ref();
                  arriveAtTheGate(gate, ready);
                }));
    gate.awaitEntered();
    ready.await();

    ShutdownReport report = runtime.shutdown(AGE, Duration.ZERO);

    assertThat(report.terminated()).isFalse();
    assertThat(report.phase()).isEqualTo(ShutdownPhase.CANCELLING);
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
            .spareWorkers(0)
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

    assertThat(runtime.shutdown(LONG, LONG).terminated()).isFalse();
    // A busy machine may let the deadline pass before the destructor begins.
    blocks.awaitEntered();
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
    assertThat(report.unlisted()).isEqualTo(new Unlisted(0, 1_000 - ShutdownReport.MAX_LISTED, 0));
    assertThat(report.toString()).contains("failures 0").endsWith("holds ... and 744 more");
    gate.open();
    ShutdownReport last = runtime.shutdown(LONG, LONG);
    assertThat(last.terminated()).isTrue();
    assertThat(last.counts()).isEqualTo(new Counts(0, 0, 0, 0));
    assertThat(last.failures()).hasSize(ShutdownReport.MAX_LISTED);
    assertThat(last.unlisted()).isEqualTo(new Unlisted(1_000 - ShutdownReport.MAX_LISTED, 0, 0));
    assertThat(last.toString()).contains("failures 1000").endsWith("failed ... and 744 more");
  }

  @Test
  @DisplayName("leases and leaks past the bound of a report's lists are counted too")
  void leasesAndLeaksAreCounted() throws Exception {
    int leases = ShutdownReport.MAX_LISTED + 50;
    WorkerLocal<Object> local = WorkerLocal.builder(Object::new).leases(2 * leases).build();
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start();
    Gate gate = new Gate();
    CountDownLatch taken = new CountDownLatch(1);
    runtime.spawn(() -> {
      for (int i = 0; i < leases; i++) {
        local.lease();
      }
      taken.countDown();
      gate.pass();
      return null;
    });
    taken.await();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
    assertThat(report.counts()).isEqualTo(new Counts(1, 0, leases, 0));
    // The task is not listed, nor are fifty leases.
    assertThat(report.unlisted()).isEqualTo(new Unlisted(0, 51, 0));
    gate.open();
    ShutdownReport last = runtime.shutdown(LONG, LONG);
    assertThat(last.leaks()).hasSize(ShutdownReport.MAX_LISTED);
    assertThat(last.unlisted()).isEqualTo(new Unlisted(0, 0, 50));
    assertThat(last.toString()).endsWith("leaked ... and 50 more");
  }

  @Test
  @Tag("S34")
  @DisplayName("S34: what the listener throws once the shutdown has begun is in the report")
  void whatTheListenerThrowsIsInTheReport() throws Exception {
    RuntimeListener throwing =
        new RuntimeListener() {
          @Override
          public void taskStarted(Task<?> task) {
            throw new IllegalStateException("before");
          }

          @Override
          public void phaseEntered(ShutdownPhase phase) {
            throw new IllegalStateException("entering " + phase);
          }
        };
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .name("hooked")
            .workers(1)
            .listener(throwing)
            .uncaughtExceptionHandler((thread, failure) -> {})
            .start();
    runtime.run(() -> 42);
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.failures())
        .allSatisfy(failure -> {
          assertThat(failure.kind()).isEqualTo(Kind.HOOK);
          assertThat(failure.name()).isEqualTo("phaseEntered");
          assertThat(failure.owner()).isEqualTo("hooked-monitor");
        })
        .extracting(failure -> failure.cause().getMessage())
        .containsExactly(
            "entering DRAINING",
            "entering CANCELLING",
            "entering QUIESCENT",
            "entering DESTROYING",
            "entering TERMINATED");
  }

  @Test
  @DisplayName("a report of a deadline says that cancelling has begun, were it told late")
  void aReportOfADeadlineIsOneOfTheCancelling() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    RuntimeListener holdingUp =
        new RuntimeListener() {
          @Override
          public void phaseEntered(ShutdownPhase phase) {
            if (phase == ShutdownPhase.DRAINING) {
              Await.unwillingly(goOn);
            }
          }
        };
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).listener(holdingUp).start();
    Gate gate = new Gate();
    runtime.spawn(gate);
    gate.awaitEntered();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofMillis(5));
    assertThat(gate.wasInterrupted()).isFalse();
    goOn.countDown();
    assertThat(report.phase()).isEqualTo(ShutdownPhase.CANCELLING);
    gate.awaitInterrupted();
    gate.open();
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
  }

  @Test
  @DisplayName("a report of the end says how many values were made and destroyed, leased ones too")
  void theLastReportAddsUp() throws Exception {
    Tally tally = new Tally();
    AtomicInteger made = new AtomicInteger();
    WorkerLocal<StringBuilder> leased =
        WorkerLocal.of(() -> {
          made.getAndIncrement();
          return new StringBuilder();
        });
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
    assertThat(made).hasPositiveValue();
    assertThat(report.made()).isEqualTo(tally.made() + made.get());
    assertThat(report.destroyed()).isEqualTo(report.made());
    assertThat(report.failures()).isEmpty();
    assertThat(report.leaks()).isEmpty();
    assertThat(report.took()).isBetween(Duration.ofNanos(1), LONG);
    assertThat(report.toString()).startsWith("shutdown TERMINATED after ");
    tally.assertEachDestroyedOnce();
  }
}
