// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.slot.Here;
import dev.holdfast.testing.Await;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** That a runtime of which one thread cannot be had does not start, and leaves nothing behind. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("S14")
final class StartFailureTest {

  private static final int WORKERS = 5;

  /** A way in which a thread factory can fail, and what the caller is to see. */
  private enum Failure {
    THROWS(
        "the factory is empty",
        body -> {
          throw new IllegalArgumentException("the factory is empty");
        }),
    THROWS_AN_ERROR(
        "no more memory to make one",
        body -> {
          throw new OutOfMemoryError("no more memory to make one");
        }),
    RETURNS_NULL("returned null", body -> null),
    RETURNS_A_VIRTUAL_THREAD("VirtualThread", body -> Thread.ofVirtual().unstarted(body)),
    RETURNS_A_STARTED_THREAD(
        "not started",
        body -> {
          Thread thread = new Thread(() -> {}, "started");
          thread.start();
          return thread;
        }),
    CANNOT_BE_STARTED(
        "unable to create native thread",
        body ->
            new Thread(body, "unstartable") {
              @Override
              public void start() {
                throw new OutOfMemoryError("unable to create native thread");
              }
            });

    private final String message;
    private final Function<Runnable, Thread> maker;

    Failure(String message, Function<Runnable, Thread> maker) {
      this.message = message;
      this.maker = maker;
    }
  }

  /** Makes threads until one fails; remembers them. */
  private static final class FailingFactory implements ThreadFactory {
    private final List<Thread> made = new ArrayList<>();
    private final Failure failure;
    private final int at;
    private int calls;

    FailingFactory(Failure failure, int at) {
      this.failure = failure;
      this.at = at;
    }

    @Override
    public Thread newThread(Runnable body) {
      Thread thread = calls++ == at ? failure.maker.apply(body) : new Thread(body, "worker");
      made.add(thread);
      return thread;
    }
  }

  static Stream<Arguments> failures() {
    return Stream.of(Failure.values())
        .flatMap(
            failure -> Stream.of(0, 1, WORKERS - 1).map(number -> Arguments.of(failure, number)));
  }

  @ParameterizedTest(name = "worker {1}: {0}")
  @MethodSource("failures")
  @DisplayName("S14: start throws if a worker cannot be started, and stops the started ones")
  void startThrowsAndLeavesNothingBehind(Failure failure, int number) {
    FailingFactory factory = new FailingFactory(failure, number);
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerStarted(int worker) {
            begun.incrementAndGet();
          }

          @Override
          public void workerStopped(int worker) {
            ended.incrementAndGet();
          }
        };
    WorkerRuntime.Builder builder =
        WorkerRuntime.builder()
            .name("failing")
            .workers(WORKERS)
            .threadFactory(factory)
            .listener(listener);

    assertThatThrownBy(builder::start).hasMessageContaining(failure.message);

    assertThat(begun).hasValue(number);
    assertThat(ended).hasValue(number);
    for (int i = 0; i < number; i++) {
      assertThat(factory.made.get(i).getState()).isEqualTo(Thread.State.TERMINATED);
    }
    for (Thread thread : factory.made) {
      assertThat(thread == null ? null : Here.membershipOf(thread)).isNull();
    }
    assertThat(Place.threads("failing")).isEmpty();
  }

  @Test
  @DisplayName("S14: a builder whose start failed can start a runtime later")
  void theBuilderIsNotSpoilt() throws Exception {
    AtomicBoolean fail = new AtomicBoolean(true);
    ThreadFactory factory =
        body -> {
          if (fail.get()) {
            throw new IllegalStateException("not yet");
          }
          return new Thread(body);
        };
    WorkerRuntime.Builder builder = WorkerRuntime.builder().workers(2).threadFactory(factory);
    assertThatThrownBy(builder::start).hasMessage("not yet");
    fail.set(false);
    try (WorkerRuntime runtime = builder.start()) {
      assertThat(runtime.run(() -> 42)).isEqualTo(42);
    }
  }

  @Test
  @DisplayName("S14: 1,000 failed starts leave no memory behind")
  void failedStartsAreCollected() {
    List<WeakReference<Thread>> remains = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      FailingFactory factory = new FailingFactory(Failure.CANNOT_BE_STARTED, i % 3);
      assertThatThrownBy(() -> WorkerRuntime.builder().workers(3).threadFactory(factory).start())
          .isInstanceOf(OutOfMemoryError.class);
      factory.made.forEach(thread -> remains.add(new WeakReference<>(thread)));
    }
    Await.until(
        "the threads of failed runtimes are collected",
        () -> {
          System.gc();
          return remains.stream().allMatch(thread -> thread.get() == null);
        });
    assertThat(remains).hasSizeGreaterThan(1_000);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  @DisplayName("S14: a blocking job whose thread cannot be started is rejected, and not counted")
  void aJobWithoutAThreadIsRejected(Failure failure) throws Exception {
    FailingFactory factory = new FailingFactory(failure, 1);
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).threadFactory(factory).start();
    AtomicBoolean ran = new AtomicBoolean();
    try (runtime) {
      assertThatThrownBy(() ->
              runtime.spawnBlocking(() -> {
                ran.set(true);
                return null;
              }))
          .isInstanceOf(RejectedExecutionException.class)
          .isNotInstanceOf(RuntimeClosedException.class)
          .hasMessageContaining("no thread could be started for blocking job")
          .hasMessageContaining(failure.message);
      // The next one has a thread.
      assertThat(runtime.spawnBlocking(() -> 42).get()).isEqualTo(42);
    }
    assertThat(runtime.isTerminated()).isTrue();
    assertThat(ran).isFalse();
  }

  static Stream<Failure> kinds() {
    return Stream.of(Failure.values());
  }

  @Test
  @DisplayName("S14: a job whose own thread cannot be started is taken by one that runs")
  void aJobWithoutAThreadOfItsOwnIsServedByAnother() throws Exception {
    FailingFactory factory = new FailingFactory(Failure.CANNOT_BE_STARTED, 2);
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).threadFactory(factory).start();
    try (runtime) {
      Gate gate = new Gate();
      Task<String> first = runtime.spawnBlocking(gate);
      gate.awaitEntered();
      Task<Thread> second = runtime.spawnBlocking(Thread::currentThread);
      gate.open();
      assertThat(first.get()).isEqualTo("passed");
      assertThat(second.get()).isSameAs(factory.made.get(1));
    }
  }
}
