// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is certain of the schedulers of Project Reactor. */
final class ReactorAdapterTest {

  static Stream<RuntimeAdapter> adapters() {
    return Stream.of(new ReactorParallelAdapter(), new ReactorBoundedElasticAdapter());
  }

  @ParameterizedTest
  @MethodSource("adapters")
  @DisplayName("its version is that of the jar")
  void version(RuntimeAdapter adapter) {
    assertThat(adapter.version()).matches("3\\.\\d+\\.\\d+");
  }

  @ParameterizedTest
  @MethodSource("adapters")
  @DisplayName("a disposed scheduler refuses tasks")
  void refusesTasks(RuntimeAdapter adapter) throws Exception {
    Observed observed = Observed.afterItsEnd(adapter);
    assertThatThrownBy(() -> observed.submitAgain()).isInstanceOf(RejectedExecutionException.class);
  }

  @ParameterizedTest
  @MethodSource("adapters")
  @DisplayName("dispose drops a timer without a word")
  void disposeStrandsTimers(RuntimeAdapter adapter) throws Exception {
    Observed observed = Observed.afterItsEnd(adapter);
    AuditedRuntime runtime = observed.startAnother();
    Receipt timer = runtime.schedule(observed.work(), Duration.ofHours(1));
    assertThat(runtime.shutDown(ReactorAdapter.DISPOSE, Duration.ofSeconds(1)))
        .isEqualTo(Ending.UNTOLD);
    assertThat(timer.told()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("adapters")
  @DisplayName("a graceful disposal waits for a timer, however late it is")
  void gracefulWaitsForTimers(RuntimeAdapter adapter) throws Exception {
    Observed observed = Observed.afterItsEnd(adapter);
    AuditedRuntime runtime = observed.startAnother();
    Receipt timer = runtime.schedule(observed.work(), Duration.ofHours(1));
    assertThat(runtime.shutDown(ReactorAdapter.DISPOSE_GRACEFULLY, Duration.ofMillis(300)))
        .isEqualTo(Ending.TIMED_OUT);
    assertThat(timer.told()).isFalse();
    runtime.abandon();
  }

  @Test
  @DisplayName("a graceful disposal completes before the threads have ended")
  void gracefulReturnsEarly() throws Exception {
    ScenarioResult result =
        Doomsday.of(new ReactorParallelAdapter()).rounds(5).run(Scenario.SLOW_DESTRUCTOR);
    assertThat(result.findings())
        .as(result.toString())
        .anySatisfy(finding -> {
          assertThat(finding.verdict()).isEqualTo(Verdict.EARLY_RETURN);
          assertThat(finding.way()).isEqualTo(ReactorAdapter.DISPOSE_GRACEFULLY);
        });
  }

  @ParameterizedTest
  @MethodSource("adapters")
  @DisplayName("each thread ends by itself, while others use its values")
  void threadsEndApart(RuntimeAdapter adapter) throws Exception {
    Doomsday.of(adapter).run(Scenario.BUSY).assertVerdict(Verdict.USE_AFTER_DESTROY);
  }
}
