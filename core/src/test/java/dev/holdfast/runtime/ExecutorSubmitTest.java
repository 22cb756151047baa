// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.ExecutorsUnderTest.Sleeper;
import dev.holdfast.testing.Await;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code submit} and {@code execute} promise, and the futures they return. */
@ParameterizedClass
@MethodSource("dev.holdfast.runtime.ExecutorsUnderTest#all")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ExecutorSubmitTest {

  private final Supplier<ExecutorService> executors;

  ExecutorSubmitTest(Supplier<ExecutorService> executors) {
    this.executors = executors;
  }

  @Test
  void aRunnableRunsAndItsFutureHoldsNull() throws Exception {
    try (ExecutorService executor = executors.get()) {
      AtomicInteger runs = new AtomicInteger();
      assertThat(executor.submit((Runnable) runs::incrementAndGet).get()).isNull();
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void aRunnableWithAResultGivesThatResult() throws Exception {
    try (ExecutorService executor = executors.get()) {
      AtomicInteger runs = new AtomicInteger();
      assertThat(executor.submit(runs::incrementAndGet, "given").get()).isEqualTo("given");
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void aCallableRunsOnAThreadOfTheExecutor() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Thread ran = executor.submit(Thread::currentThread).get();
      assertThat(ran).isNotSameAs(Thread.currentThread());
    }
  }

  @Test
  void anExceptionIsTheCauseOfTheExecutionException() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Exception checked = new Exception("checked");
      Error error = new AssertionError("an error");
      Future<?> first =
          executor.submit(() -> {
            throw checked;
          });
      Future<?> second =
          executor.submit(
              (Runnable)
                  () -> {
                    throw error;
                  });
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(first::get)
          .satisfies(e -> assertThat(e.getCause()).isSameAs(checked));
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> second.get(1, TimeUnit.MINUTES))
          .satisfies(e -> assertThat(e.getCause()).isSameAs(error));
    }
  }

  @Test
  void stateResultNowAndExceptionNowAgreeInEachState() throws Exception {
    try (ExecutorService executor = executors.get()) {
      CountDownLatch go = new CountDownLatch(1);
      Future<String> running =
          executor.submit(() -> {
            go.await();
            return "done";
          });
      assertThat(running.state()).isEqualTo(Future.State.RUNNING);
      assertThat(running.isDone()).isFalse();
      assertThatIllegalStateException().isThrownBy(running::resultNow);
      assertThatIllegalStateException().isThrownBy(running::exceptionNow);
      go.countDown();
      assertThat(running.get()).isEqualTo("done");
      assertThat(running.state()).isEqualTo(Future.State.SUCCESS);
      assertThat(running.resultNow()).isEqualTo("done");
      assertThatIllegalStateException().isThrownBy(running::exceptionNow);

      Exception failure = new Exception("failure");
      Future<?> failed =
          executor.submit(() -> {
            throw failure;
          });
      assertThatThrownBy(failed::get).isInstanceOf(ExecutionException.class);
      assertThat(failed.state()).isEqualTo(Future.State.FAILED);
      assertThat(failed.exceptionNow()).isSameAs(failure);
      assertThatIllegalStateException().isThrownBy(failed::resultNow);

      Future<?> cancelled = executor.submit(new Sleeper());
      cancelled.cancel(true);
      assertThat(cancelled.state()).isEqualTo(Future.State.CANCELLED);
      assertThatIllegalStateException().isThrownBy(cancelled::resultNow);
      assertThatIllegalStateException().isThrownBy(cancelled::exceptionNow);
    }
  }

  @Test
  void aTimedGetThrowsWhenItsTimeIsOverAndTheTaskGoesOn() throws Exception {
    try (ExecutorService executor = executors.get()) {
      CountDownLatch go = new CountDownLatch(1);
      Future<String> future =
          executor.submit(() -> {
            go.await();
            return "after all";
          });
      long before = System.nanoTime();
      assertThatExceptionOfType(TimeoutException.class)
          .isThrownBy(() -> future.get(20, TimeUnit.MILLISECONDS));
      assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(20_000_000);
      assertThatExceptionOfType(TimeoutException.class)
          .isThrownBy(() -> future.get(0, TimeUnit.SECONDS));
      go.countDown();
      assertThat(future.get(1, TimeUnit.MINUTES)).isEqualTo("after all");
    }
  }

  @Test
  void anInterruptEndsTheWaitInGetButNotTheTask() throws Exception {
    try (ExecutorService executor = executors.get()) {
      CountDownLatch go = new CountDownLatch(1);
      Future<String> future =
          executor.submit(() -> {
            go.await();
            return "not disturbed";
          });
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(InterruptedException.class).isThrownBy(future::get);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      go.countDown();
      assertThat(future.get()).isEqualTo("not disturbed");
    }
  }

  @Test
  void cancelTrueInterruptsTheTask() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper sleeper = new Sleeper();
      Future<String> future = executor.submit(sleeper);
      sleeper.started.await();
      assertThat(future.cancel(true)).isTrue();
      sleeper.interrupted.await();
      assertThat(future.isCancelled()).isTrue();
      assertThat(future.isDone()).isTrue();
      assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
    }
  }

  @Test
  void cancelFalseEndsTheWaitAndDoesNotInterruptTheTask() throws Exception {
    try (ExecutorService executor = executors.get()) {
      CountDownLatch started = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch ended = new CountDownLatch(1);
      AtomicBoolean interrupted = new AtomicBoolean();
      Future<?> future =
          executor.submit(() -> {
            started.countDown();
            try {
              go.await();
            } catch (InterruptedException e) {
              interrupted.set(true);
            }
            ended.countDown();
          });
      started.await();
      assertThat(future.cancel(false)).isTrue();
      assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
      assertThat(ended.getCount()).isOne();
      go.countDown();
      ended.await();
      assertThat(interrupted).isFalse();
    }
  }

  @Test
  void aFutureCanBeCancelledOnceAndNotAfterItsEnd() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Future<String> done = executor.submit(() -> "done");
      done.get();
      assertThat(done.cancel(true)).isFalse();
      assertThat(done.isCancelled()).isFalse();
      assertThat(done.get()).isEqualTo("done");

      Future<String> sleeping = executor.submit(new Sleeper());
      assertThat(sleeping.cancel(true)).isTrue();
      assertThat(sleeping.cancel(true)).isFalse();
      assertThat(sleeping.isCancelled()).isTrue();
    }
  }

  @Test
  void anInterruptOfOneTaskIsNotSeenByTheNext() throws Exception {
    try (ExecutorService executor = executors.get()) {
      for (int i = 0; i < 50; i++) {
        Sleeper sleeper = new Sleeper();
        Future<String> future = executor.submit(sleeper);
        sleeper.started.await();
        future.cancel(true);
        sleeper.interrupted.await();
        assertThat(executor.submit(() -> Thread.currentThread().isInterrupted()).get()).isFalse();
      }
    }
  }

  @Test
  void executeRunsEachCommandOnce() throws Exception {
    try (ExecutorService executor = executors.get()) {
      AtomicInteger runs = new AtomicInteger();
      for (int i = 0; i < 1_000; i++) {
        executor.execute(runs::incrementAndGet);
      }
      Await.until("all commands have run", () -> runs.get() == 1_000);
    }
  }

  @Test
  void aTaskMaySubmitMoreAndWaitForIt() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Callable<Integer> inner = () -> executor.submit(() -> 20).get() + 1;
      assertThat(executor.submit(() -> executor.submit(inner).get() * 2).get()).isEqualTo(42);
    }
  }

  @Test
  void nullIsRejected() {
    try (ExecutorService executor = executors.get()) {
      assertThatNullPointerException().isThrownBy(() -> executor.submit((Runnable) null));
      assertThatNullPointerException().isThrownBy(() -> executor.submit(null, "result"));
      assertThatNullPointerException().isThrownBy(() -> executor.submit((Callable<?>) null));
      assertThatNullPointerException().isThrownBy(() -> executor.execute(null));
    }
  }

  @Test
  void everythingIsRejectedAfterShutdown() {
    try (ExecutorService executor = executors.get()) {
      executor.shutdown();
      assertRejected(() -> executor.submit(() -> {}));
      assertRejected(() -> executor.submit(() -> {}, "result"));
      assertRejected(() -> executor.submit(() -> "result"));
      assertRejected(() -> executor.execute(() -> {}));
    }
  }

  private static void assertRejected(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(call);
  }
}
