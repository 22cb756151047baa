// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * Tasks of the owned tier that run out of stack or memory in code of their own: only they fail. Not
 * where the JDK's scheduler is at work on top of their stack, which an overflow there leaves
 * broken.
 */
@Tag("S63")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("InfiniteRecursion") // the end of the stack is what is tested
final class OwnedTierLimitsTest {

  private static final int ROUNDS = 20;
  private static final int SHIFTS = 60;
  private static final Duration LONG = Duration.ofSeconds(20);

  private static int depth(int n) {
    return depth(n + 1) + 1;
  }

  private static WorkerRuntime start() {
    return WorkerRuntime.builder().tier(Tier.OWNED).workers(1).spareWorkers(0).start();
  }

  @Test
  @DisplayName("S63: a stack overflow fails its task, and the worker goes on")
  void aStackOverflowFailsItsTaskAlone() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime = start()) {
      for (int i = 0; i < ROUNDS; i++) {
        Task<Integer> overflowing = runtime.spawn(() -> depth(0));
        assertThatThrownBy(overflowing::get).hasCauseInstanceOf(StackOverflowError.class);
        runtime.run(() -> tally.local.onOwner(Tally.Value::touch));
      }
    }
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @DisplayName("S63: a stack overflow in an initialiser fails its task, and the next use retries")
  void aStackOverflowInAnInitialiser() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      AtomicBoolean overflows = new AtomicBoolean(true);
      AtomicInteger destroyed = new AtomicInteger();
      WorkerLocal<Object> local =
          WorkerLocal.of(
              () -> overflows.get() ? depth(0) : "made", value -> destroyed.incrementAndGet());
      try (WorkerRuntime runtime = start()) {
        Task<Object> overflowing = runtime.spawn(() -> local.with(value -> value));
        assertThatThrownBy(overflowing::get).hasCauseInstanceOf(StackOverflowError.class);
        Task<Object> calling = runtime.spawn(() -> local.onOwner(value -> value));
        assertThatThrownBy(calling::get).hasCauseInstanceOf(StackOverflowError.class);
        overflows.set(false);
        assertThat(runtime.<Object>run(() -> local.with(value -> value))).isEqualTo("made");
      }
      assertThat(destroyed).hasValue(1);
    }
  }

  @Test
  @DisplayName("S63: a stack overflow in a call on the owner fails its task, and the thread lives")
  void aStackOverflowInACallOnTheOwner() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime = start()) {
      Thread owner = runtime.run(() -> tally.local.onOwner(value -> Thread.currentThread()));
      for (int i = 0; i < ROUNDS; i++) {
        Task<Integer> calling = runtime.spawn(() -> tally.local.onOwner(value -> depth(0)));
        assertThatThrownBy(calling::get).hasCauseInstanceOf(StackOverflowError.class);
        assertThat(runtime.<Thread>run(() -> tally.local.onOwner(v -> Thread.currentThread())))
            .isSameAs(owner);
      }
    }
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  /** Goes down to where the stack ends, and tries on the way back until something was done. */
  private static boolean onTheWayUp(Runnable attempt) {
    try {
      if (onTheWayUp(attempt)) {
        return true;
      }
    } catch (StackOverflowError e) {
      // The end of the stack, or too near to it for an attempt.
    }
    attempt.run();
    return true;
  }

  /** Runs a body some frames further down, so that its stack ends elsewhere. */
  private static void shifted(int frames, Runnable body) {
    if (frames == 0) {
      body.run();
    } else {
      shifted(frames - 1, body);
    }
  }

  @Test
  @DisplayName("S63: a call on the owner from where the stack ends is run and heard of, or neither")
  void aCallOnTheOwnerFromWhereTheStackEnds() throws Exception {
    Tally tally = new Tally();
    AtomicInteger ran = new AtomicInteger();
    try (WorkerRuntime runtime = start()) {
      runtime.run(() -> tally.local.onOwner(Tally.Value::touch));
      for (int i = 0; i < SHIFTS; i++) {
        int frames = i;
        runtime.run(() -> {
          shifted(
              frames, () -> onTheWayUp(() -> tally.local.onOwner(value -> ran.incrementAndGet())));
          return null;
        });
        // Behind all that was posted.
        runtime.run(() -> tally.local.onOwner(Tally.Value::touch));
        assertThat(ran).as("calls that ran, of one").hasValue(i + 1);
      }
    }
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @DisplayName("S63: a task that catches an overflow inside with() has left its worker")
  void aTaskThatCatchesAnOverflowHasLeft() throws Exception {
    Tally tally = new Tally();
    WorkerLocal<Object> overflows = WorkerLocal.of(() -> depth(0));
    List<Runnable> uses =
        List.of(
            () -> tally.local.with(value -> depth(0)),
            () -> tally.local.update(value -> depth(0)),
            overflows::ref,
            overflows::lease,
            overflows::guard);
    try (WorkerRuntime runtime = start()) {
      for (Runnable use : uses) {
        // It goes on as this looks, and would leave at its end.
        Gate gate = new Gate();
        Task<String> task =
            runtime.spawn(() -> {
              assertThatThrownBy(use::run).isInstanceOf(StackOverflowError.class);
              return gate.call();
            });
        gate.awaitEntered();
        Task<Integer> other = runtime.spawn(() -> tally.local.with(Tally.Value::touch));
        try {
          other.get(10, TimeUnit.SECONDS);
        } finally {
          gate.open();
        }
        task.get();
      }
    }
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @DisplayName("S63: errors of stack and memory in destructors are reported, and the rest run")
  void errorsInDestructors() throws Exception {
    Tally first = new Tally();
    Tally last = new Tally();
    WorkerLocal<Object> overflows = WorkerLocal.of(Object::new, value -> depth(0));
    WorkerLocal<Object> fills = WorkerLocal.of(Object::new, OwnedTierLimitsTest::askTooMuch);
    WorkerRuntime runtime = start();
    runtime.run(() -> {
      first.local.update(Tally.Value::touch);
      overflows.update(value -> {});
      fills.update(value -> {});
      last.local.update(Tally.Value::touch);
      return null;
    });
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.destroyed()).isEqualTo(report.made()).isEqualTo(4);
    assertThat(report.failures()).hasSize(2);
    assertThat(report.failures().toString())
        .contains("StackOverflowError")
        .contains("OutOfMemoryError");
    first.assertEachDestroyedOnce();
    last.assertEachDestroyedOnce();
  }

  private static long[] askTooMuch(Object value) {
    return new long[Integer.MAX_VALUE];
  }

  @Test
  @DisplayName(
      "S63: an error of memory is its task's result, also inside with() and an initialiser")
  void anErrorOfMemoryIsTheResult() throws Exception {
    Tally tally = new Tally();
    WorkerLocal<Object> tooLarge = WorkerLocal.of(() -> askTooMuch("initial"));
    try (WorkerRuntime runtime = start()) {
      List<Task<?>> asking =
          List.of(
              runtime.spawn(() -> askTooMuch("body")),
              runtime.spawn(() -> tally.local.with(OwnedTierLimitsTest::askTooMuch)),
              runtime.spawn(() -> tally.local.onOwner(OwnedTierLimitsTest::askTooMuch)),
              runtime.spawn(() -> tooLarge.ref()));
      for (Task<?> task : asking) {
        assertThatThrownBy(task::get)
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(OutOfMemoryError.class);
      }
      runtime.run(() -> tally.local.with(Tally.Value::touch));
    }
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }
}
