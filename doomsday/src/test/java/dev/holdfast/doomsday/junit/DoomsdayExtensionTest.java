// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import dev.holdfast.doomsday.canary.Canary;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** What tests with {@link DoomsdayTest} do, and what they say when they fail. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DoomsdayExtensionTest {

  static final class OfAnExecutor {
    static ExecutorService pool(ThreadFactory threads) {
      return Executors.newFixedThreadPool(4, threads);
    }

    @DoomsdayTest(value = "pool", scenarios = Scenario.DEAF)
    void isSafe() {}

    @DoomsdayTest(
        value = "pool",
        scenarios = {Scenario.DEAF, Scenario.JVM_EXIT},
        rounds = 10,
        seed = 5)
    void isKnown(ScenarioResult result) {
      if (result.scenario() == Scenario.DEAF) {
        result.assertVerdict(Verdict.USE_AFTER_DESTROY);
        assertThat(result.evidence().orElseThrow().seed()).isBetween(5L, 14L);
      } else {
        assertThat(result.rounds()).isEqualTo(2);
      }
    }
  }

  static final class OfAnAdapter {
    static RuntimeAdapter twice() {
      return Canary.all().get(1);
    }

    @DoomsdayTest(value = "twice", rounds = 1)
    void findsTheSameEverywhere(ScenarioResult result) {
      result.assertVerdict(Verdict.DOUBLE_DESTROY);
    }
  }

  static final class OfNothing {
    @DoomsdayTest
    void saysNothing() {}
  }

  static final class OfTooMuch {
    @DoomsdayTest(value = "pool", adapter = RuntimeAdapterOfNothing.class)
    void saysBoth() {}
  }

  abstract static class RuntimeAdapterOfNothing implements RuntimeAdapter {}

  static final class OfWhatIsMissing {
    @DoomsdayTest("missing")
    void namesNoMethod() {}
  }

  private static EngineExecutionResults run(Class<?> tests) {
    return EngineTestKit.engine("junit-jupiter").selectors(selectClass(tests)).execute();
  }

  private static List<String> failures(EngineExecutionResults results) {
    return results.allEvents().failed().stream()
        .map(Event::getPayload)
        .map(payload -> payload.orElseThrow().toString())
        .toList();
  }

  @Test
  @DisplayName(
      "a test without parameters fails with the evidence; one that takes the result decides itself")
  void failsWithTheEvidence() {
    EngineExecutionResults results = run(OfAnExecutor.class);
    assertThat(failures(results))
        .singleElement()
        .asString()
        .contains("OfAnExecutor.pool in scenario deaf")
        .contains("USE_AFTER_DESTROY")
        .contains("use:")
        .contains("destruction:")
        .contains("seed ");
    results
        .testEvents()
        .assertStatistics(statistics -> statistics.started(3).succeeded(2).failed(1));
  }

  @Test
  @DisplayName("there is a test for each scenario that applies, named by it")
  void isRunForEachScenario() {
    EngineExecutionResults results = run(OfAnAdapter.class);
    results.testEvents().assertStatistics(statistics -> statistics.started(15).succeeded(15));
    assertThat(
            results.testEvents().started().stream()
                .map(event -> event.getTestDescriptor().getDisplayName()))
        .contains("idle: each thread has values, and nothing runs")
        .noneMatch(name -> name.startsWith("foreign-holder"));
  }

  @Test
  @DisplayName("a test that names no runtime, two, or one that is not there says so")
  void misuseIsNamed() {
    assertThat(failures(run(OfNothing.class)))
        .singleElement()
        .asString()
        .contains("names neither a method nor an adapter");
    assertThat(failures(run(OfTooMuch.class)))
        .singleElement()
        .asString()
        .contains("names both the method 'pool' and the adapter");
    assertThat(failures(run(OfWhatIsMissing.class)))
        .singleElement()
        .asString()
        .contains("no static method 'missing'");
  }
}
