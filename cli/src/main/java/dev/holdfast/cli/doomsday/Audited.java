// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import dev.holdfast.doomsday.canary.Canary;
import java.time.Duration;
import java.util.List;

/**
 * What was found of one runtime.
 *
 * @param runtime the runtime
 * @param results a result for each scenario that was played
 * @param took how long that took
 */
record Audited(RuntimeAdapter runtime, List<ScenarioResult> results, Duration took) {

  /** Whether nothing speaks against the audit: what must be safe is, and what must be caught is. */
  boolean good() {
    if (runtime instanceof Canary canary) {
      return results.stream().allMatch(result -> result.verdict() == canary.expected());
    }
    return !AuditPlan.mustBeSafe(runtime) || safe();
  }

  boolean safe() {
    return results.stream().allMatch(result -> result.verdict() == Verdict.SAFE);
  }

  /** The verdicts that were reached, each once, worst first; none if it is safe. */
  List<Verdict> faults() {
    return results.stream()
        .flatMap(result -> result.findings().stream())
        .map(finding -> finding.verdict())
        .distinct()
        .sorted()
        .toList();
  }
}
