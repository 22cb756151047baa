// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the builder of a runtime takes, what it rejects, and what it says then. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class BuilderTest {

  /** A property as a function of one value. */
  private interface Property<V> {
    WorkerRuntime.Builder set(WorkerRuntime.Builder builder, V value);
  }

  private static Arguments range(String name, Property<Integer> property, int least, int most) {
    return Arguments.of(name, property, least, most);
  }

  static Stream<Arguments> ranges() {
    return Stream.of(
        range("WORKERS", WorkerRuntime.Builder::workers, 1, 1_024),
        range("BLOCKING_THREADS", WorkerRuntime.Builder::blockingThreads, 1, 32_767),
        range("SPARE_WORKERS", WorkerRuntime.Builder::spareWorkers, 0, 1_024));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ranges")
  void aNumberOutOfRangeIsRejectedWithTheRange(
      String name, Property<Integer> property, int least, int most) {
    for (int wrong : List.of(least - 1, most + 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE)) {
      WorkerRuntime.Builder builder = WorkerRuntime.builder();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> property.set(builder, wrong))
          .withMessage(name + " must be from " + least + " to " + most + ", not " + wrong);
      // What was rejected was not set.
      assertThat(property.set(builder, most)).isSameAs(builder);
    }
    assertThatCode(() -> property.set(WorkerRuntime.builder(), least)).doesNotThrowAnyException();
  }

  private static Arguments duration(String name, Property<Duration> property) {
    return Arguments.of(name, property);
  }

  static Stream<Arguments> deadlines() {
    return Stream.of(
        duration("DRAIN_DEADLINE", WorkerRuntime.Builder::drainDeadline),
        duration("CANCEL_DEADLINE", WorkerRuntime.Builder::cancelDeadline),
        duration("DESTRUCTOR_DEADLINE", WorkerRuntime.Builder::destructorDeadline),
        duration("EXIT_DEADLINE", WorkerRuntime.Builder::exitDeadline));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("deadlines")
  void aDeadlineMayBeZeroOrHugeButNotNegative(String name, Property<Duration> property) {
    for (Duration wrong : List.of(Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> property.set(WorkerRuntime.builder(), wrong))
          .withMessage(name + " must not be negative, was " + wrong);
    }
    assertThatCode(() -> property.set(WorkerRuntime.builder(), Duration.ZERO))
        .doesNotThrowAnyException();
    Duration huge = Duration.ofSeconds(Long.MAX_VALUE);
    WorkerRuntime runtime = property.set(WorkerRuntime.builder().workers(1), huge).start();
    runtime.close();
    assertThat(runtime.isTerminated()).isTrue();
  }

  @Test
  void keepAliveMustBePositive() {
    for (Duration wrong : List.of(Duration.ZERO, Duration.ofNanos(-1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> WorkerRuntime.builder().blockingKeepAlive(wrong))
          .withMessage("BLOCKING_KEEP_ALIVE must be positive, was " + wrong);
    }
  }

  @Test
  void aNameMustNotBeBlank() {
    for (String wrong : List.of("", " ", "\t")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> WorkerRuntime.builder().name(wrong))
          .withMessageContaining("must not be blank")
          .withMessageContaining("'" + wrong + "'");
    }
  }

  private static <V> Arguments twice(String name, Property<V> property, V first, V second) {
    UnaryOperator<WorkerRuntime.Builder> once = builder -> property.set(builder, first);
    UnaryOperator<WorkerRuntime.Builder> again = builder -> property.set(builder, second);
    Consumer<WorkerRuntime.Builder> none = builder -> property.set(builder, null);
    return Arguments.of(name, once, again, none, first, second);
  }

  static Stream<Arguments> properties() {
    ThreadFactory factory = Thread.ofPlatform().factory();
    ThreadFactory otherFactory = Thread.ofPlatform().factory();
    Duration two = Duration.ofSeconds(2);
    Duration three = Duration.ofSeconds(3);
    RuntimeListener listener = new RuntimeListener() {};
    RuntimeListener otherListener = new RuntimeListener() {};
    Thread.UncaughtExceptionHandler handler = (thread, e) -> {};
    Thread.UncaughtExceptionHandler otherHandler = (thread, e) -> {};
    return Stream.of(
        twice("NAME", WorkerRuntime.Builder::name, "first", "second"),
        twice("TIER", WorkerRuntime.Builder::tier, Tier.CARRIER, Tier.OWNED),
        twice("THREAD_FACTORY", WorkerRuntime.Builder::threadFactory, factory, otherFactory),
        twice("BLOCKING_KEEP_ALIVE", WorkerRuntime.Builder::blockingKeepAlive, two, three),
        twice("LISTENER", WorkerRuntime.Builder::listener, listener, otherListener),
        twice(
            "UNCAUGHT_EXCEPTION_HANDLER",
            WorkerRuntime.Builder::uncaughtExceptionHandler,
            handler,
            otherHandler),
        twice("DRAIN_DEADLINE", WorkerRuntime.Builder::drainDeadline, two, three),
        twice("CANCEL_DEADLINE", WorkerRuntime.Builder::cancelDeadline, two, three),
        twice("DESTRUCTOR_DEADLINE", WorkerRuntime.Builder::destructorDeadline, two, three),
        twice("EXIT_DEADLINE", WorkerRuntime.Builder::exitDeadline, two, three),
        twice(
            "PLACE_TRACKING",
            WorkerRuntime.Builder::placeTracking,
            PlaceTracking.ALL,
            PlaceTracking.NONE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("properties")
  void aPropertyIsSetOnceAndNeverToNull(
      String name,
      UnaryOperator<WorkerRuntime.Builder> once,
      UnaryOperator<WorkerRuntime.Builder> again,
      Consumer<WorkerRuntime.Builder> none,
      Object first,
      Object second) {
    WorkerRuntime.Builder builder = WorkerRuntime.builder();
    assertThatNullPointerException()
        .isThrownBy(() -> none.accept(builder))
        .withMessageContaining("must not be null");
    assertThat(once.apply(builder)).isSameAs(builder);
    assertThatIllegalStateException()
        .isThrownBy(() -> again.apply(builder))
        .withMessage(name + " was already set to " + first + " and cannot be set to " + second);
    assertThatIllegalStateException().isThrownBy(() -> once.apply(builder));
  }

  @Test
  void aNumberIsSetOnce() {
    WorkerRuntime.Builder builder = WorkerRuntime.builder().workers(2);
    assertThatIllegalStateException()
        .isThrownBy(() -> builder.workers(3))
        .withMessage("WORKERS was already set to 2 and cannot be set to 3");
    assertThatIllegalStateException()
        .isThrownBy(() -> builder.blockingThreads(2).blockingThreads(2))
        .withMessage("BLOCKING_THREADS was already set to 2 and cannot be set to 2");
    assertThatIllegalStateException()
        .isThrownBy(() -> builder.spareWorkers(0).spareWorkers(1))
        .withMessage("SPARE_WORKERS was already set to 0 and cannot be set to 1");
  }

  @Test
  void eachStartOfABuilderIsAnotherRuntime() throws Exception {
    WorkerRuntime.Builder builder = WorkerRuntime.builder().workers(1);
    try (WorkerRuntime first = builder.start();
        WorkerRuntime second = builder.start()) {
      assertThat(second).isNotSameAs(first);
      assertThat(second.name()).isNotEqualTo(first.name());
      first.close();
      assertThat(second.run(() -> "runs")).isEqualTo("runs");
    }
  }
}
