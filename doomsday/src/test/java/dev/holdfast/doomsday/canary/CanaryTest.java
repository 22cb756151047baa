// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.canary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Finding;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * That the audit finds what is wrong with each canary, every time, and nothing with a right one.
 */
final class CanaryTest {

  static Stream<Canary> canaries() {
    return Canary.all().stream();
  }

  @ParameterizedTest
  @MethodSource("canaries")
  @DisplayName("each round of an audit finds the fault")
  void isCaughtInEveryRound(Canary canary) throws Exception {
    for (int seed = 1; seed <= 6; seed++) {
      Doomsday audit =
          Doomsday.of(canary)
              .rounds(1)
              .seed(seed)
              .limits(
                  Duration.ofMillis(canary.expected() == Verdict.HANG ? 300 : 20_000),
                  Duration.ofMillis(300));
      assertThat(audit.scenarios()).isNotEmpty();
      for (Scenario scenario : audit.scenarios()) {
        if (scenario == Scenario.JVM_EXIT && seed > 1) {
          continue;
        }
        ScenarioResult result = audit.run(scenario);
        assertThat(result.verdict()).as(result.toString()).isEqualTo(canary.expected());
        assertThat(result.evidence().map(Finding::seed)).contains((long) seed);
      }
    }
  }

  @Test
  @DisplayName("every verdict has a canary")
  void everyVerdictHasOne() {
    assertThat(Canary.all().stream().map(Canary::expected).distinct())
        .containsExactlyInAnyOrder(
            Arrays.stream(Verdict.values())
                .filter(verdict -> verdict != Verdict.SAFE)
                .toArray(Verdict[]::new));
  }

  @Test
  @DisplayName("every scenario has a canary")
  void everyScenarioHasOne() {
    assertThat(
            Canary.all().stream()
                .flatMap(canary -> Doomsday.of(canary).scenarios().stream())
                .distinct())
        .containsExactlyInAnyOrder(Scenario.values());
  }

  @Test
  @DisplayName("a runtime that is right gets said so, in every scenario")
  void theHealthyOneIsSafe() throws Exception {
    Doomsday.of(Canary.healthy())
        .rounds(30)
        .limits(Duration.ofSeconds(20), Duration.ofSeconds(5))
        .run()
        .assertSafe();
  }
}
