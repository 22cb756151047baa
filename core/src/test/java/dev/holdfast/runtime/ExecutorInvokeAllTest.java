// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.holdfast.runtime.ExecutorsUnderTest.Sleeper;
import dev.holdfast.testing.Await;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code invokeAll} promises: all results in order, or all the rest cancelled. */
@ParameterizedClass
@MethodSource("dev.holdfast.runtime.ExecutorsUnderTest#all")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ExecutorInvokeAllTest {

  private final Supplier<ExecutorService> executors;

  ExecutorInvokeAllTest(Supplier<ExecutorService> executors) {
    this.executors = executors;
  }

  private static List<Callable<Integer>> numbers(int count) {
    List<Callable<Integer>> bodies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      bodies.add(() -> {
        if (number % 10 == 0) {
          Thread.sleep(1);
        }
        return number;
      });
    }
    return bodies;
  }

  @Test
  void theFuturesAreDoneAndInTheOrderOfTheBodies() throws Exception {
    try (ExecutorService executor = executors.get()) {
      List<Future<Integer>> futures = executor.invokeAll(numbers(200));
      assertThat(futures).hasSize(200).allMatch(Future::isDone);
      for (int i = 0; i < 200; i++) {
        assertThat(futures.get(i).resultNow()).isEqualTo(i);
      }
    }
  }

  @Test
  void aFailureIsInItsOwnFutureAlone() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Exception failure = new Exception("failure");
      List<Future<String>> futures =
          executor.invokeAll(
              List.of(
                  () -> {
                    throw failure;
                  },
                  () -> "fine"));
      assertThat(futures.get(0).exceptionNow()).isSameAs(failure);
      assertThat(futures.get(1).resultNow()).isEqualTo("fine");
    }
  }

  @Test
  void aTimedCallThatIsInTimeHoldsAllResults() throws Exception {
    try (ExecutorService executor = executors.get()) {
      List<Future<Integer>> futures = executor.invokeAll(numbers(50), 1, TimeUnit.MINUTES);
      assertThat(futures).hasSize(50).allMatch(f -> f.state() == Future.State.SUCCESS);
    }
  }

  @Test
  void aTimedCallCancelsWhatIsLateAndKeepsWhatIsDone() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Callable<String> fast = () -> "fast";
      Future.State state = Future.State.CANCELLED;
      for (long millis = 50; state == Future.State.CANCELLED; millis *= 4) {
        Sleeper sleeper = new Sleeper();
        List<Future<String>> futures =
            executor.invokeAll(List.of(fast, sleeper), millis, TimeUnit.MILLISECONDS);
        state = futures.get(0).state();
        assertThat(futures.get(1).isCancelled()).isTrue();
        sleeper.awaitInterruptIfEntered();
      }
      assertThat(state).isEqualTo(Future.State.SUCCESS);
    }
  }

  @Test
  void noTimeAtAllCancelsSleepers() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper sleeper = new Sleeper();
      List<Future<String>> futures = executor.invokeAll(List.of(sleeper), 0, TimeUnit.SECONDS);
      assertThat(futures).hasSize(1).allMatch(Future::isCancelled);
      sleeper.awaitInterruptIfEntered();
    }
  }

  @Test
  void anInterruptThatIsSetBeforeCancelsAll() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper first = new Sleeper();
      Sleeper second = new Sleeper();
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(InterruptedException.class)
          .isThrownBy(() -> executor.invokeAll(List.of(first, second)));
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
                  executor.invokeAll(List.of(first, second));
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
  void noBodiesGiveNoFutures() throws Exception {
    try (ExecutorService executor = executors.get()) {
      assertThat(executor.invokeAll(List.<Callable<String>>of())).isEmpty();
      assertThat(executor.invokeAll(List.<Callable<String>>of(), 1, TimeUnit.MINUTES)).isEmpty();
    }
  }

  @Test
  void nullIsRejectedAndLeavesNothingRunning() throws Exception {
    try (ExecutorService executor = executors.get()) {
      assertThatNullPointerException().isThrownBy(() -> executor.invokeAll(null));
      assertThatNullPointerException()
          .isThrownBy(() -> executor.invokeAll(null, 1, TimeUnit.MINUTES));
      assertThatNullPointerException()
          .isThrownBy(() -> executor.invokeAll(List.of(() -> "x"), 1, null));
      Sleeper sleeper = new Sleeper();
      List<Callable<String>> withNull = Arrays.asList(sleeper, null);
      assertThatNullPointerException().isThrownBy(() -> executor.invokeAll(withNull));
      assertThatNullPointerException()
          .isThrownBy(() -> executor.invokeAll(withNull, 1, TimeUnit.MINUTES));
      sleeper.awaitInterruptIfEntered();
    }
  }

  @Test
  void itIsRejectedAfterShutdown() {
    try (ExecutorService executor = executors.get()) {
      executor.shutdown();
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> executor.invokeAll(List.of(() -> "x", () -> "y")));
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> executor.invokeAll(List.of(() -> "x"), 1, TimeUnit.MINUTES));
    }
  }

  @Test
  void aTaskMayInvokeAllOnItsOwnExecutor() throws Exception {
    try (ExecutorService executor = executors.get()) {
      int sum =
          executor
              .submit(
                  () -> executor.invokeAll(numbers(20)).stream().mapToInt(Future::resultNow).sum())
              .get();
      assertThat(sum).isEqualTo(190);
    }
  }
}
