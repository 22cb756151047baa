// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import java.time.Duration;
import java.util.List;

/**
 * What is to be audited.
 *
 * @param runtimes the runtimes, in the order in which they are shown
 * @param scenarios the scenarios that were chosen; not all of them apply to every runtime
 * @param rounds how many rounds of each
 * @param seed the seed of the first
 * @param silence how long a JVM may say nothing before it is ended
 */
record AuditPlan(
    List<RuntimeAdapter> runtimes,
    List<Scenario> scenarios,
    int rounds,
    long seed,
    Duration silence) {

  /** Much longer than any round takes. */
  static final Duration SILENCE = Duration.ofMinutes(2);

  /** What hangs costs as much as this, each time; others go on within milliseconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  /**
   * A call that is to be right must not be taken for one that hangs by a machine that stands still.
   */
  private static final Duration LONG_PATIENCE = Duration.ofSeconds(30);

  private static final Duration PER_ROUND = Duration.ofMillis(100);

  private static final Duration GRACE = Duration.ofMillis(700);
  private static final Duration LONG_GRACE = Duration.ofSeconds(10);

  /** One round of one scenario, for a runtime of this plan. */
  AuditPlan of(Scenario scenario, long roundSeed) {
    return new AuditPlan(runtimes, List.of(scenario), 1, roundSeed, silence);
  }

  /** The scenarios that are played on a runtime. */
  List<Scenario> scenarios(RuntimeAdapter runtime) {
    return Doomsday.of(runtime).scenarios(scenarios).scenarios();
  }

  /** How long a runtime may take for what it should do; those that must be safe get more of it. */
  Duration patience(RuntimeAdapter runtime) {
    return mustBeSafe(runtime) ? LONG_PATIENCE : PATIENCE;
  }

  Duration grace(RuntimeAdapter runtime) {
    return mustBeSafe(runtime) ? LONG_GRACE : GRACE;
  }

  /** How long a scenario may take: some runtimes take a second for each end. */
  Duration budget(RuntimeAdapter runtime) {
    return mustBeSafe(runtime) ? Duration.ofDays(1) : PER_ROUND.multipliedBy(rounds);
  }

  static boolean mustBeSafe(RuntimeAdapter runtime) {
    return runtime.name().startsWith("holdfast-");
  }
}
