// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.runtime.ExecutorsUnderTest.Sleeper;
import dev.holdfast.testing.Await;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What the methods that end an {@link ExecutorService} promise, as the JDK specifies them. */
@ParameterizedClass
@MethodSource("dev.holdfast.runtime.ExecutorsUnderTest#all")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ExecutorShutdownTest {

  private final Supplier<ExecutorService> executors;

  ExecutorShutdownTest(Supplier<ExecutorService> executors) {
    this.executors = executors;
  }

  private static void assertEnded(ExecutorService executor) throws InterruptedException {
    assertThat(executor.isShutdown()).isTrue();
    assertThat(executor.awaitTermination(0, TimeUnit.SECONDS)).isTrue();
    assertThat(executor.isTerminated()).isTrue();
  }

  @Test
  void aNewExecutorIsNeitherShutDownNorTerminated() throws Exception {
    try (ExecutorService executor = executors.get()) {
      assertThat(executor.isShutdown()).isFalse();
      assertThat(executor.isTerminated()).isFalse();
      assertThat(executor.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(executor.awaitTermination(-1, TimeUnit.MILLISECONDS)).isFalse();
    }
  }

  @Test
  void shutdownLetsRunningTasksEndAndThenTerminates() throws Exception {
    try (ExecutorService executor = executors.get()) {
      CountDownLatch go = new CountDownLatch(1);
      Future<String> running =
          executor.submit(() -> {
            go.await();
            return "ended by itself";
          });
      executor.shutdown();
      assertThat(executor.isShutdown()).isTrue();
      assertThat(executor.isTerminated()).isFalse();
      assertThat(executor.awaitTermination(5, TimeUnit.MILLISECONDS)).isFalse();
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> executor.submit(() -> "late"));
      go.countDown();
      assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertThat(executor.isTerminated()).isTrue();
      assertThat(running.resultNow()).isEqualTo("ended by itself");
    }
  }

  @Test
  void shutdownNowInterruptsRunningTasks() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper submitted = new Sleeper();
      Sleeper executed = new Sleeper();
      Future<String> future = executor.submit(submitted);
      executor.execute(() -> {
        try {
          executed.call();
        } catch (InterruptedException e) {
          // Expected.
        }
      });
      submitted.started.await();
      executed.started.await();
      assertThat(executor.shutdownNow()).isEmpty();
      submitted.interrupted.await();
      executed.interrupted.await();
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(future::get)
          .withCauseInstanceOf(InterruptedException.class);
      assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertEnded(executor);
    }
  }

  @Test
  void shutdownNowAfterShutdownInterruptsRunningTasks() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Sleeper sleeper = new Sleeper();
      executor.submit(sleeper);
      sleeper.started.await();
      executor.shutdown();
      executor.shutdownNow();
      sleeper.interrupted.await();
    }
  }

  @Test
  void closeWithNothingToWaitForTerminates() throws Exception {
    ExecutorService executor = executors.get();
    executor.close();
    assertEnded(executor);
    executor.close();
    executor.shutdown();
    assertThat(executor.shutdownNow()).isEmpty();
    assertEnded(executor);
  }

  @Test
  void closeWaitsForRunningTasks() throws Exception {
    ExecutorService executor = executors.get();
    Future<String> future;
    try (executor) {
      future =
          executor.submit(() -> {
            Thread.sleep(50);
            return "waited for";
          });
    }
    assertEnded(executor);
    assertThat(future.resultNow()).isEqualTo("waited for");
  }

  @Test
  void closeWithTheInterruptSetCancelsAndKeepsTheInterrupt() throws Exception {
    ExecutorService executor = executors.get();
    Sleeper sleeper = new Sleeper();
    Future<String> future = executor.submit(sleeper);
    sleeper.started.await();
    Thread.currentThread().interrupt();
    executor.close();
    assertThat(Thread.interrupted()).isTrue();
    assertEnded(executor);
    sleeper.interrupted.await();
    assertThat(future.state()).isEqualTo(Future.State.FAILED);
  }

  @Test
  void anInterruptOfTheClosingThreadCancelsAndStaysSet() throws Exception {
    ExecutorService executor = executors.get();
    Sleeper sleeper = new Sleeper();
    executor.submit(sleeper);
    sleeper.started.await();
    AtomicBoolean kept = new AtomicBoolean();
    Thread closing =
        Thread.ofPlatform()
            .start(() -> {
              executor.close();
              kept.set(Thread.currentThread().isInterrupted());
            });
    Await.until("close has begun", executor::isShutdown);
    Await.untilWaiting(closing);
    assertThat(sleeper.interrupted.getCount()).isOne();
    closing.interrupt();
    closing.join();
    assertThat(kept).isTrue();
    assertEnded(executor);
    assertThat(sleeper.interrupted.getCount()).isZero();
  }

  @Test
  void awaitTerminationCanBeInterrupted() throws Exception {
    try (ExecutorService executor = executors.get()) {
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(InterruptedException.class)
          .isThrownBy(() -> executor.awaitTermination(1, TimeUnit.MINUTES));

      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread waiting =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  executor.awaitTermination(1, TimeUnit.DAYS);
                } catch (Throwable e) {
                  thrown.set(e);
                }
              });
      Await.untilWaiting(waiting);
      waiting.interrupt();
      waiting.join();
      assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
      assertThat(executor.isShutdown()).isFalse();
    }
  }

  @Test
  void awaitTerminationOnManyThreadsEndsWithTheExecutor() throws Exception {
    ExecutorService executor = executors.get();
    CountDownLatch waiting = new CountDownLatch(8);
    CountDownLatch told = new CountDownLatch(8);
    for (int i = 0; i < 8; i++) {
      Thread.ofVirtual()
          .start(() -> {
            waiting.countDown();
            try {
              if (executor.awaitTermination(1, TimeUnit.MINUTES)) {
                told.countDown();
              }
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          });
    }
    waiting.await();
    executor.close();
    told.await();
    assertEnded(executor);
  }

  @Test
  void aTaskMayShutItsOwnExecutorDown() throws Exception {
    try (ExecutorService executor = executors.get()) {
      assertThat(
              executor
                  .submit(() -> {
                    executor.shutdown();
                    return executor.isShutdown() && !executor.isTerminated();
                  })
                  .get())
          .isTrue();
      assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }
  }
}
