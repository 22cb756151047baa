// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Finding;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Netty's sources make certain of the audit of its event loops. */
final class NettyAdapterTest {

  static Stream<RuntimeAdapter> adapters() {
    return Stream.of(new NettyNioAdapter(), new NettyManualAdapter());
  }

  @ParameterizedTest
  @MethodSource("adapters")
  @DisplayName("the version is read from the library")
  void versionIsThatOfTheLibrary(RuntimeAdapter adapter) {
    assertThat(adapter.version()).matches("4\\.2\\.\\d+\\.Final");
  }

  @ParameterizedTest
  @MethodSource("adapters")
  @DisplayName("values of loops with nothing to do are destroyed, before the end is said")
  void idleLoopsAreSafe(RuntimeAdapter adapter) throws Exception {
    Doomsday.of(adapter).rounds(3).run(Scenario.IDLE).assertSafe();
  }

  @ParameterizedTest
  @MethodSource("adapters")
  @DisplayName("what is woken after a loop has ended does not go on")
  void suspendedTasksAreLostWithoutQuietPeriod(RuntimeAdapter adapter) throws Exception {
    ScenarioResult result =
        Doomsday.of(Observed.in(adapter, NettyAdapter.AT_ONCE))
            .rounds(10)
            .limits(Duration.ofSeconds(5), Duration.ofMillis(200))
            .run(Scenario.PARKED);
    // Another loop may still be ending as it goes on.
    assertThat(result.verdict()).isIn(Verdict.STRANDED, Verdict.USE_AFTER_DESTROY);
  }

  @Test
  @DisplayName("onRemoval that throws keeps a loop from terminating")
  void failingDestructorHangs() throws Exception {
    ScenarioResult result =
        Doomsday.of(new NettyNioAdapter())
            .rounds(1)
            .limits(Duration.ofSeconds(1), Duration.ofMillis(200))
            .run(Scenario.FAILING_DESTRUCTOR);
    assertThat(result.findings().stream().map(Finding::verdict)).contains(Verdict.HANG);
  }

  @Test
  @DisplayName("a loop that has ended refuses tasks and timers")
  void lateTasksAreRefused() throws Exception {
    for (String way : List.of(NettyAdapter.AT_ONCE, NettyAdapter.CLOSE)) {
      Observed observed = Observed.in(new NettyNioAdapter(), way);
      Doomsday.of(observed).rounds(1).run(Scenario.IDLE).assertSafe();
      assertThatThrownBy(observed::submitAgain).isInstanceOf(RejectedExecutionException.class);
      assertThatThrownBy(observed::scheduleAgain).isInstanceOf(RejectedExecutionException.class);
    }
  }

  @Test
  @DisplayName("a loop that the user drove takes tasks and timers after its end, and tells nobody")
  void lateTasksOfManualLoopsAreTaken() throws Exception {
    Observed observed = Observed.in(new NettyManualAdapter(), NettyAdapter.AT_ONCE);
    Doomsday.of(observed).rounds(1).run(Scenario.IDLE).assertSafe();
    assertThat(observed.submitAgain()).returns(false, Receipt::told);
    assertThat(observed.scheduleAgain()).returns(false, Receipt::told);
  }
}
