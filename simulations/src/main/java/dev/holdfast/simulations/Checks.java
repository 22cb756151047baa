// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import dev.holdfast.testkit.SimulationFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs scenarios, and their canaries. */
final class Checks {

  /** What sets the number of seeds, as for tests that use the simulation. */
  static final String SEEDS = "holdfast.simulation.seeds";

  static final long SHORT = 1_000;
  static final long LONG = 100_000;

  /** Within how many seeds a canary is to be caught. */
  private static final long OF_CANARY = 1_000;

  private Checks() {}

  static List<Scenario> scenarios() {
    return Stream.of(EscapeScenarios.all(), CloseScenarios.all(), DestructorScenarios.all())
        .flatMap(List::stream)
        .toList();
  }

  /** Returns the number of seeds that is set, or the short one. */
  static long seeds() {
    return Long.getLong(SEEDS, SHORT);
  }

  static Row check(Scenario scenario, long seeds) {
    long begin = System.nanoTime();
    List<String> findings = new ArrayList<>();
    long runs = 0;
    try {
      runs = scenario.run(seeds, Sabotage.NONE).runs();
    } catch (SimulationFailure found) {
      runs = found.seed() + 1;
      findings.add(found.getMessage());
    }
    int caught = 0;
    for (Sabotage canary : scenario.canaries()) {
      String missed = missed(scenario, canary);
      if (missed == null) {
        caught++;
      } else {
        findings.add(missed);
      }
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    return new Row(scenario.toString(), runs, took, findings, caught, scenario.canaries().size());
  }

  /** Says what is wrong with how a canary was not caught, or null if it was. */
  private static @Nullable String missed(Scenario scenario, Sabotage canary) {
    try {
      scenario.run(OF_CANARY, canary);
      return "the canary " + canary + " is not seen in " + OF_CANARY + " seeds";
    } catch (SimulationFailure found) {
      return canary.isSeenIn(found.toString())
          ? null
          : "the canary " + canary + " is taken for something else: " + found.getMessage();
    }
  }
}
