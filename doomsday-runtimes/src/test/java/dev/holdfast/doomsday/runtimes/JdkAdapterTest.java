// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is certain of the JDK's executors. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class JdkAdapterTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  static Stream<RuntimeAdapter> pools() {
    return Stream.of(
        new ThreadPoolAdapter(),
        new ScheduledThreadPoolAdapter(),
        new ForkJoinPoolAdapter(),
        new VirtualThreadsAdapter());
  }

  private static ScenarioResult play(RuntimeAdapter adapter, Scenario scenario)
      throws InterruptedException {
    return Doomsday.of(adapter).limits(LONG, Duration.ofSeconds(5)).run(scenario);
  }

  @ParameterizedTest
  @MethodSource("pools")
  @DisplayName("an executor that was shut down refuses tasks")
  void refusesTasks(RuntimeAdapter adapter) throws Exception {
    Observed observed = Observed.afterItsEnd(adapter);
    assertThatThrownBy(observed::submitAgain).isInstanceOf(RejectedExecutionException.class);
    assertThat(adapter.version()).startsWith("JDK 25");
  }

  @ParameterizedTest
  @MethodSource("pools")
  @DisplayName("shutdownNow ends threads while others use their values")
  void shutdownNowDangles(RuntimeAdapter adapter) throws Exception {
    play(Observed.in(adapter, AuditedExecutor.SHUTDOWN_NOW), Scenario.DEAF)
        .assertVerdict(Verdict.USE_AFTER_DESTROY);
  }

  @Test
  @DisplayName("a fork-join pool that is shut down keeps all workers until the last task has ended")
  void forkJoinPoolWaitsForItsTasks() throws Exception {
    RuntimeAdapter adapter =
        Observed.in(new ForkJoinPoolAdapter(), AuditedExecutor.SHUTDOWN, AuditedExecutor.CLOSE);
    for (Scenario scenario :
        new Scenario[] {
          Scenario.IDLE,
          Scenario.BUSY,
          Scenario.PARKED,
          Scenario.QUEUED,
          Scenario.DEAF,
          Scenario.SLOW_DESTRUCTOR
        }) {
      play(adapter, scenario).assertSafe();
    }
  }

  @Test
  @DisplayName("close of a pool, called by one of its tasks, waits for itself")
  void closeFromInsideHangs() throws Exception {
    Doomsday.of(Observed.in(new ThreadPoolAdapter(), AuditedExecutor.CLOSE))
        .rounds(1)
        .limits(Duration.ofMillis(500), Duration.ofMillis(500))
        .run(Scenario.FROM_INSIDE)
        .assertVerdict(Verdict.HANG);
  }

  @Test
  @DisplayName("the common pool keeps its threads, and what they own")
  void commonPoolEndsNothing() throws Exception {
    Doomsday.of(new CommonPoolAdapter())
        .rounds(1)
        .limits(LONG, Duration.ofMillis(100))
        .run(Scenario.IDLE)
        .assertVerdict(Verdict.NOT_DESTROYED);
  }
}
