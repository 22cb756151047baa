// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link WorkerRuntime#run} does to the thread that calls it: nothing. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("S33")
@EveryTier
final class RunTest {

  private static final Duration LONG = Duration.ofSeconds(25);

  /** From which kind of thread a runtime is entered. */
  private enum From {
    PLATFORM_THREAD,
    VIRTUAL_THREAD,
    JOB_OF_THE_RUNTIME,
    TASK_OF_ANOTHER,
    JOB_OF_ANOTHER;

    void call(WorkerRuntime runtime, WorkerRuntime other, Callable<Object> body) throws Exception {
      FutureTask<Object> task = new FutureTask<>(body);
      switch (this) {
        case PLATFORM_THREAD -> Thread.ofPlatform().start(task);
        case VIRTUAL_THREAD -> Thread.ofVirtual().start(task);
        case JOB_OF_THE_RUNTIME -> runtime.spawnBlocking(body).get();
        case TASK_OF_ANOTHER -> other.spawn(body).get();
        case JOB_OF_ANOTHER -> other.spawnBlocking(body).get();
      }
      switch (this) {
        case PLATFORM_THREAD, VIRTUAL_THREAD -> task.get();
        default -> {}
      }
    }
  }

  /** What could be left changed on a thread. */
  private record State(
      String name, boolean interrupted, ClassLoader loader, Membership membership, int priority) {
    static State now() {
      Thread current = Thread.currentThread();
      return new State(
          current.getName(),
          current.isInterrupted(),
          current.getContextClassLoader(),
          // A task may resume on another worker, of the same runtime.
          current.isVirtual() ? null : Here.membership(),
          current.getPriority());
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <R, X extends Throwable> R sneaky(Throwable failure) throws X {
    throw (X) failure;
  }

  @ParameterizedTest
  @EnumSource(From.class)
  @DisplayName("S33: what the body throws arrives as it is, and the caller's thread is as before")
  void whatTheBodyThrowsArrivesAsItIs(From from) throws Exception {
    Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
    try (WorkerRuntime runtime =
            WorkerRuntime.builder()
                .workers(1)
                .uncaughtExceptionHandler((thread, e) -> uncaught.add(e))
                .start();
        WorkerRuntime other = WorkerRuntime.builder().workers(1).start()) {
      from.call(
          runtime,
          other,
          () -> {
            for (Throwable failure :
                List.of(
                    new IOException("checked"),
                    new IllegalStateException("unchecked"),
                    new StackOverflowError("error"),
                    new InterruptedException("thrown by the body"),
                    new CancellationException("thrown by the body"))) {
              State before = State.now();
              Callable<Object> body =
                  () -> {
                    // On the task's own thread, which is not the caller's.
                    Thread.currentThread().interrupt();
                    Thread.currentThread().setContextClassLoader(null);
                    Thread.currentThread().setName("another");
                    return sneaky(failure);
                  };
              assertThat(catchThrowable(() -> runtime.run(body))).isSameAs(failure);
              assertThat(State.now()).isEqualTo(before);
            }
            Throwable neither = new Throwable("neither exception nor error");
            assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> runtime.run(() -> sneaky(neither)))
                .withCause(neither);
            // The runtime is as good as before, too.
            assertThat(runtime.run(() -> "runs")).isEqualTo("runs");
            assertThat(runtime.<Object>run(() -> null)).isNull();
            return null;
          });
    }
    assertThat(uncaught).isEmpty();
  }

  @Test
  @DisplayName("S33: an interrupt of the caller ends its wait and cancels the task")
  void anInterruptOfTheCallerCancelsTheTask() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(1);
    AtomicReference<Boolean> left = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(() -> {
              Throwable thrown =
                  catchThrowable(() ->
                      runtime.run(() -> {
                        begun.countDown();
                        try {
                          return new CountDownLatch(1).await(25, TimeUnit.SECONDS);
                        } catch (InterruptedException e) {
                          told.countDown();
                          throw e;
                        }
                      }));
              if (thrown instanceof InterruptedException) {
                left.set(Thread.currentThread().isInterrupted());
              }
            });
    begun.await();
    caller.interrupt();
    told.await();
    assertThat(caller.join(LONG)).isTrue();
    // As with any method that throws InterruptedException, the status is cleared.
    assertThat(left).hasValue(false);
    assertThat(runtime.shutdown(LONG, Duration.ZERO).terminated()).isTrue();
  }

  @Test
  @DisplayName("S33: a caller that is interrupted already does not wait")
  void anInterruptedCallerDoesNotWait() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    // Not before the caller looks at its status.
    CountDownLatch looked = new CountDownLatch(1);
    Thread.currentThread().interrupt();
    Throwable thrown = catchThrowable(() -> runtime.run(() -> looked.await(25, TimeUnit.SECONDS)));
    boolean still = Thread.interrupted();
    assertThat(thrown).isInstanceOf(InterruptedException.class);
    assertThat(still).isFalse();
    assertThat(runtime.shutdown(LONG, Duration.ZERO).terminated()).isTrue();
  }

  @Test
  @DisplayName("S33: a closed runtime rejects the body and leaves the interrupt status")
  void aClosedRuntimeLeavesTheInterruptStatus() {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    runtime.close();
    Thread.currentThread().interrupt();
    Throwable thrown = catchThrowable(() -> runtime.run(() -> "runs"));
    boolean still = Thread.interrupted();
    assertThat(thrown).isInstanceOf(RuntimeClosedException.class);
    assertThat(still).isTrue();
  }
}
