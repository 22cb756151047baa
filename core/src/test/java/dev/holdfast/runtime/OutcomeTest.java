// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.testing.Await;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That an outcome is kept once, and that all who wait for it hear of it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OutcomeTest {

  /** An outcome that is run where {@link #run} is called. */
  private static class Plain<T extends @Nullable Object> extends Outcome<T> {
    private final Callable<T> body;
    private volatile @Nullable Thread runner;

    Plain(Callable<T> body) {
      this.body = body;
    }

    @Override
    T call() throws Exception {
      return body.call();
    }

    @Override
    @Nullable Thread runner() {
      return runner;
    }

    @Override
    public void run() {
      runner = Thread.currentThread();
      runBody();
    }
  }

  @Test
  void aValueIsKeptWhateverItIs() throws Exception {
    Plain<Object> none = new Plain<>(() -> null);
    none.run();
    assertThat(none.get()).isNull();
    assertThat(none.state()).isEqualTo(Future.State.SUCCESS);

    Exception value = new Exception("a value, not a failure");
    Plain<Object> exception = new Plain<>(() -> value);
    exception.run();
    assertThat(exception.get()).isSameAs(value);
    assertThat(exception.resultNow()).isSameAs(value);

    Plain<Object> failed =
        new Plain<>(() -> {
          throw value;
        });
    failed.run();
    assertThat(failed.state()).isEqualTo(Future.State.FAILED);
    assertThat(failed.exceptionNow()).isSameAs(value);
    assertThatThrownBy(failed::get).isInstanceOf(ExecutionException.class).hasCause(value);
  }

  @Test
  void whatIsCancelledFirstIsNotRun() {
    AtomicInteger runs = new AtomicInteger();
    Plain<Integer> outcome = new Plain<>(runs::incrementAndGet);
    assertThat(outcome.cancel(true)).isTrue();
    assertThat(outcome.cancel(true)).isFalse();
    outcome.run();
    assertThat(runs).hasValue(0);
    assertThat(outcome.isCancelled()).isTrue();
    assertThat(outcome.isDone()).isTrue();
    assertThatThrownBy(outcome::get).isInstanceOf(CancellationException.class);
  }

  @Test
  void aWaitThatEndsEarlyLeavesTheOthersTheirs() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Plain<String> outcome =
        new Plain<>(() -> {
          release.await();
          return "done";
        });
    List<Thread> waiting = new ArrayList<>();
    List<Future<String>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<?> running = threads.submit(outcome);
      for (int i = 0; i < 3; i++) {
        CountDownLatch begun = new CountDownLatch(1);
        results.add(
            threads.submit(() -> {
              synchronized (waiting) {
                waiting.add(Thread.currentThread());
              }
              begun.countDown();
              return outcome.get();
            }));
        begun.await();
        Await.untilWaiting(waiting.get(i));
        // Above and below those that wait for long.
        assertThatThrownBy(() -> outcome.get(1, TimeUnit.MILLISECONDS))
            .isInstanceOf(TimeoutException.class)
            .hasMessageContaining("1 MILLISECONDS");
        assertThatThrownBy(() -> outcome.get(0, TimeUnit.SECONDS))
            .isInstanceOf(TimeoutException.class);
      }
      Thread interrupted = waiting.get(1);
      interrupted.interrupt();
      assertThatThrownBy(() -> results.get(1).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(InterruptedException.class);
      release.countDown();
      assertThat(results.get(0).get()).isEqualTo("done");
      assertThat(results.get(2).get()).isEqualTo("done");
      running.get();
    }
  }

  @Test
  void waitsInVainLeaveNothingBehind() throws Exception {
    Plain<String> outcome = new Plain<>(() -> "done");
    waitInVain(outcome);
    assertThat(stack(outcome)).isNull();

    AtomicReference<@Nullable String> result = new AtomicReference<>();
    Thread patient =
        Thread.ofPlatform()
            .start(() -> {
              try {
                result.set(outcome.get());
              } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
              }
            });
    Await.untilWaiting(patient);
    Object waits = stack(outcome);
    assertThat(waits).isNotNull();
    waitInVain(outcome);
    assertThat(stack(outcome)).isSameAs(waits);
    outcome.run();
    patient.join();
    assertThat(result).hasValue("done");
  }

  private static void waitInVain(Plain<?> outcome) {
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> outcome.get(1, TimeUnit.NANOSECONDS))
          .isInstanceOf(TimeoutException.class);
    }
  }

  /** Returns the last that came to wait for an outcome which is not there yet. */
  private static @Nullable Object stack(Plain<?> outcome) throws ReflectiveOperationException {
    Field state = Outcome.class.getDeclaredField("state");
    state.setAccessible(true);
    return state.get(outcome);
  }

  @Test
  void ofACancelAndAResultAtTheSameTimeOneIsKept() throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < 20_000; i++) {
        Plain<Integer> outcome = new Plain<>(() -> 42);
        Future<?> runs =
            threads.submit(() -> {
              together.await();
              outcome.run();
              Thread.interrupted();
              return null;
            });
        together.await();
        boolean won = outcome.cancel(true);
        runs.get();
        assertThat(outcome.isCancelled()).isEqualTo(won);
        if (!won) {
          assertThat(outcome.get()).isEqualTo(42);
        }
      }
    }
  }

  @Test
  void theInterruptOfACancelComesWhileTheBodyRunsOrNotAtAll() throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    AtomicInteger strays = new AtomicInteger();
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < 20_000; i++) {
        Plain<Integer> outcome = new Plain<>(() -> 42);
        Future<?> runs =
            threads.submit(() -> {
              together.await();
              outcome.run();
              Thread.interrupted();
              for (int spin = 0; spin < 20; spin++) {
                Thread.onSpinWait();
              }
              strays.addAndGet(Thread.interrupted() ? 1 : 0);
              return null;
            });
        together.await();
        outcome.cancel(true);
        runs.get();
      }
    }
    assertThat(strays).hasValue(0);
  }

  @Test
  void aBodyThatEndsWaitsForTheInterruptOfACancel() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Plain<String> outcome =
        new Plain<>(
            () -> {
              begun.countDown();
              cancelled.await();
              return "done";
            }) {
          @Override
          @Nullable Thread runner() {
            // Who cancels has said so, and has not interrupted anybody yet.
            cancelled.countDown();
            Await.unwillingly(goOn);
            return super.runner();
          }
        };
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread runs =
        Thread.ofPlatform()
            .start(() -> {
              outcome.run();
              interrupted.set(Thread.interrupted());
            });
    begun.await();
    Thread cancels = Thread.ofPlatform().start(() -> outcome.cancel(true));
    try {
      Await.until(
          "it waits for the interrupt, or has ended",
          () ->
              !runs.isAlive()
                  || Stream.of(runs.getStackTrace())
                      .anyMatch(frame -> frame.getMethodName().equals("awaitInterrupt")));
      assertThat(runs.isAlive()).isTrue();
    } finally {
      goOn.countDown();
      cancels.join();
      runs.join();
    }
    assertThat(interrupted).isTrue();
  }
}
