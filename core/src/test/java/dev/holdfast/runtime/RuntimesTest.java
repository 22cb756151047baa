// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.LocalDestroyedException;
import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Runtimes beside and inside one another: none waits for, or reads from, another. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class RuntimesTest {

  private static final Duration LONG = Duration.ofSeconds(25);

  @Test
  @Tag("S13")
  @DisplayName("S13: a runtime that cannot close holds no other up")
  void aRuntimeThatCannotCloseHoldsNoOtherUp() throws Exception {
    Tally tally = new Tally();
    Gate gate = new Gate();
    Gate jobGate = new Gate();
    WorkerRuntime stuck = WorkerRuntime.builder().name("stuck").workers(2).start();
    stuck.run(() -> tally.local.with(Tally.Value::touch));
    stuck.spawn(gate);
    Task<String> job = stuck.spawnBlocking(jobGate);
    gate.awaitEntered();
    jobGate.awaitEntered();
    assertThat(stuck.shutdown(Duration.ZERO, Duration.ZERO).terminated()).isFalse();

    for (int i = 0; i < 50; i++) {
      WorkerRuntime other = WorkerRuntime.builder().name("other").workers(2).start();
      other.run(() -> tally.local.with(Tally.Value::touch));
      ShutdownReport report = other.shutdown(LONG, LONG);
      assertThat(report.terminated()).isTrue();
      assertThat(report.made()).isOne();
      assertThat(report.holders()).isEmpty();
    }
    assertThat(stuck.phase()).isLessThan(ShutdownPhase.QUIESCENT);
    assertThat(tally.destroyed).hasValue(50);
    assertThat(VmState.threads("other")).isEmpty();
    assertThat(VmState.shutdownHooks("other")).isEmpty();
    assertThat(VmState.shutdownHooks("stuck")).hasSize(1);

    gate.open();
    jobGate.open();
    assertThat(job.get()).isEqualTo("passed");
    assertThat(stuck.shutdown(LONG, LONG).terminated()).isTrue();
    assertThat(VmState.shutdownHooks("stuck")).isEmpty();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S30")
  @DisplayName("S30: an inner runtime never reads a value of the outer one, destroyed or not")
  void anInnerRuntimeReadsNoValueOfTheOuterOne() throws Exception {
    Tally older = new Tally("older");
    Tally younger = new Tally("younger");
    List<LocalRef<Tally.Value>> passed = new ArrayList<>();
    List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch begun = new CountDownLatch(1);
    WorkerLocal<Object> late =
        WorkerLocal.of(
            Object::new,
            value -> {
              for (LocalRef<Tally.Value> reference : passed) {
                thrown.add(catchThrowable(() -> reference.get().touch()));
              }
            });
    // Closed by its destructor, as any AutoCloseable value.
    WorkerLocal<WorkerRuntime> nested =
        WorkerLocal.of(() ->
            WorkerRuntime.builder()
                .workers(1)
                .drainDeadline(Duration.ZERO)
                .cancelDeadline(LONG)
                .start());
    WorkerRuntime outer = WorkerRuntime.builder().workers(1).spareWorkers(0).start();
    WorkerRuntime inner =
        outer.run(() -> {
          passed.add(older.local.ref());
          WorkerRuntime made = nested.ref().get();
          passed.add(younger.local.ref());
          return made;
        });
    inner.run(() -> late.with(Object::hashCode));
    // Ends only when it is interrupted, as the outer runtime destroys the inner one.
    AtomicReference<Boolean> interrupted = new AtomicReference<>(false);
    inner.spawn(() -> {
      try {
        begun.countDown();
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        interrupted.set(true);
        for (LocalRef<Tally.Value> reference : passed) {
          thrown.add(catchThrowable(() -> reference.get().touch()));
        }
      }
      return null;
    });
    begun.await();

    ShutdownReport report = outer.shutdown(LONG, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.failures()).isEmpty();
    assertThat(inner.isTerminated()).isTrue();
    assertThat(interrupted).hasValue(true);
    // For the task and for the destructor: the older value is alive, the younger one destroyed.
    assertThat(thrown)
        .hasSize(4)
        .allMatch(
            e -> e instanceof EscapedReferenceException || e instanceof LocalDestroyedException)
        .filteredOn(e -> e instanceof LocalDestroyedException)
        .hasSize(2);
    older.assertEachDestroyedOnce();
    younger.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S30")
  @DisplayName("S30: an inner runtime that cannot close is reported, and the outer one ends")
  void anInnerRuntimeThatCannotCloseHoldsTheOuterOneForItsDeadline() throws Exception {
    Tally tally = new Tally();
    Gate gate = new Gate();
    WorkerLocal<WorkerRuntime> nested =
        WorkerLocal.of(() ->
            WorkerRuntime.builder()
                .name("inner")
                .workers(1)
                .drainDeadline(Duration.ZERO)
                .cancelDeadline(Duration.ofMillis(20))
                .start());
    WorkerRuntime outer = WorkerRuntime.builder().name("outer").workers(1).start();
    WorkerRuntime inner = outer.run(() -> nested.ref().get());
    Task<Integer> task =
        inner.spawn(() -> {
          Tally.Value value = tally.local.ref().get();
          gate.call();
          return value.touch();
        });
    gate.awaitEntered();
    assertThat(outer.shutdown(LONG, LONG).terminated()).isTrue();
    assertThat(inner.phase()).isEqualTo(ShutdownPhase.CANCELLING);
    tally.assertAllAlive();
    gate.open();
    assertThat(task.get()).isOne();
    assertThat(inner.shutdown(LONG, LONG).terminated()).isTrue();
    tally.assertEachDestroyedOnce();
  }
}
