// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.holdfast.runtime.ExecutorsUnderTest.Sleeper;
import dev.holdfast.testing.Await;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code invokeAny} promises: one result, and the others cancelled. */
@ParameterizedClass
@MethodSource("dev.holdfast.runtime.ExecutorsUnderTest#all")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ExecutorInvokeAnyTest {

  private final Supplier<ExecutorService> executors;

  ExecutorInvokeAnyTest(Supplier<ExecutorService> executors) {
    this.executors = executors;
  }

  private static Callable<String> failing(Exception failure) {
    return () -> {
      throw failure;
    };
  }

  @Test
  void itReturnsOneOfTheResults() throws Exception {
    try (ExecutorService executor = executors.get()) {
      List<Callable<String>> bodies = List.of(() -> "a", () -> "b");
      assertThat(executor.invokeAny(bodies)).isIn("a", "b");
      assertThat(executor.invokeAny(bodies, 1, TimeUnit.MINUTES)).isIn("a", "b");
    }
  }

  @Test
  void theFirstResultCancelsTheOthers() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper sleeper = new Sleeper();
      Callable<String> winner =
          () -> {
            sleeper.started.await();
            return "won";
          };
      assertThat(executor.invokeAny(List.of(winner, sleeper))).isEqualTo("won");
      sleeper.interrupted.await();

      Sleeper timed = new Sleeper();
      Callable<String> timedWinner =
          () -> {
            timed.started.await();
            return "won in time";
          };
      assertThat(executor.invokeAny(List.of(timed, timedWinner), 1, TimeUnit.MINUTES))
          .isEqualTo("won in time");
      timed.interrupted.await();
    }
  }

  @Test
  void aFailureIsPassedOverWhileAnotherMaySucceed() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Callable<String> late =
          () -> {
            Thread.sleep(20);
            return "late";
          };
      assertThat(executor.invokeAny(List.of(failing(new Exception("early")), late)))
          .isEqualTo("late");
    }
  }

  @Test
  void theExceptionOfOneIsTheCauseWhenAllFail() {
    try (ExecutorService executor = executors.get()) {
      Exception first = new Exception("first");
      Exception second = new Exception("second");
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> executor.invokeAny(List.of(failing(first), failing(second))))
          .satisfies(e -> assertThat(e.getCause()).isIn(first, second));
    }
  }

  @Test
  void itThrowsAtItsTimeoutAndCancelsAll() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper first = new Sleeper();
      Sleeper second = new Sleeper();
      assertThatExceptionOfType(TimeoutException.class)
          .isThrownBy(() -> executor.invokeAny(List.of(first, second), 50, TimeUnit.MILLISECONDS));
      first.awaitInterruptIfEntered();
      second.awaitInterruptIfEntered();
    }
  }

  @Test
  void anInterruptThatIsSetBeforeCancelsAll() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper first = new Sleeper();
      Sleeper second = new Sleeper();
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(InterruptedException.class)
          .isThrownBy(() -> executor.invokeAny(List.of(first, second)));
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      first.awaitInterruptIfEntered();
      second.awaitInterruptIfEntered();
    }
  }

  @Test
  void anInterruptWhileWaitingCancelsAll() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper first = new Sleeper();
      Sleeper second = new Sleeper();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread caller =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  executor.invokeAny(List.of(first, second));
                } catch (Throwable e) {
                  thrown.set(e);
                }
              });
      first.started.await();
      second.started.await();
      Await.untilWaiting(caller);
      caller.interrupt();
      caller.join();
      assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
      first.interrupted.await();
      second.interrupted.await();
    }
  }

  @Test
  void nothingToInvokeIsAnIllegalArgument() {
    try (ExecutorService executor = executors.get()) {
      assertThatIllegalArgumentException().isThrownBy(() -> executor.invokeAny(List.of()));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> executor.invokeAny(List.of(), 1, TimeUnit.MINUTES));
    }
  }

  @Test
  void nullIsRejectedAndLeavesNothingRunning() throws Exception {
    try (ExecutorService executor = executors.get()) {
      assertThatNullPointerException().isThrownBy(() -> executor.invokeAny(null));
      assertThatNullPointerException()
          .isThrownBy(() -> executor.invokeAny(null, 1, TimeUnit.MINUTES));
      Sleeper sleeper = new Sleeper();
      List<Callable<String>> withNull = Arrays.asList(sleeper, null);
      assertThatNullPointerException().isThrownBy(() -> executor.invokeAny(withNull));
      sleeper.awaitInterruptIfEntered();
    }
  }

  @Test
  void itIsRejectedAfterShutdown() {
    try (ExecutorService executor = executors.get()) {
      executor.shutdown();
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> executor.invokeAny(List.of(() -> "x", () -> "y")));
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> executor.invokeAny(List.of(() -> "x"), 1, TimeUnit.MINUTES));
    }
  }
}
