// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Finding;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is certain of actor systems of Apache Pekko. */
final class PekkoAdapterTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  static Stream<RuntimeAdapter> actors() {
    return Stream.of(new PekkoForkJoinAdapter(), new PekkoThreadPoolAdapter());
  }

  @ParameterizedTest
  @MethodSource("actors")
  @DisplayName("its version is that of the library")
  void version(RuntimeAdapter adapter) {
    assertThat(adapter.version()).matches("1\\.\\d+\\.\\d+");
  }

  @ParameterizedTest
  @MethodSource("actors")
  @DisplayName("a terminated system makes no actors")
  void refusesActors(RuntimeAdapter adapter) throws Exception {
    Observed observed = Observed.afterItsEnd(adapter);
    assertThatThrownBy(() -> observed.submitAgain()).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @MethodSource("actors")
  @DisplayName("an actor that waits for a timer is told of the end")
  void actorsAreTold(RuntimeAdapter adapter) throws Exception {
    Observed observed = Observed.afterItsEnd(adapter);
    AuditedRuntime runtime = observed.startAnother();
    Receipt timer = runtime.schedule(observed.work(), Duration.ofHours(1));
    assertThat(runtime.shutDown(PekkoAdapter.TERMINATE, LONG)).isEqualTo(Ending.COMPLETE);
    assertThat(timer.told()).isTrue();
  }

  @Test
  @DisplayName("a future that waits for a timer is not told of the end")
  void futuresAreNotTold() throws Exception {
    Observed observed = Observed.afterItsEnd(new PekkoFuturesAdapter());
    AuditedRuntime runtime = observed.startAnother();
    Receipt timer = runtime.schedule(observed.work(), Duration.ofHours(1));
    assertThat(runtime.shutDown(PekkoAdapter.TERMINATE, LONG)).isEqualTo(Ending.COMPLETE);
    assertThat(timer.told()).isFalse();
  }

  @Test
  @DisplayName("a dispatcher runs tasks after the end of its system")
  void dispatcherIsRestarted() throws Exception {
    Observed observed = Observed.afterItsEnd(new PekkoFuturesAdapter());
    Receipt late = observed.submitAgain();
    long begin = System.nanoTime();
    while (!late.told() && System.nanoTime() - begin < LONG.toNanos()) {
      Thread.onSpinWait();
    }
    assertThat(late.told()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("actors")
  @DisplayName("in each way, a system says that it is terminated before its threads have ended")
  void returnsEarly(RuntimeAdapter adapter) throws Exception {
    ScenarioResult result = Doomsday.of(adapter).rounds(5).run(Scenario.SLOW_DESTRUCTOR);
    result.assertVerdict(Verdict.EARLY_RETURN);
    assertThat(result.findings())
        .extracting(Finding::way)
        .containsExactlyInAnyOrderElementsOf(adapter.ways());
  }
}
