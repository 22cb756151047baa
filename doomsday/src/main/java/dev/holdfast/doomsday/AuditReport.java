// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What an audit found of one runtime.
 *
 * @param results a result for each scenario, in the order of {@link Scenario}
 */
public record AuditReport(List<ScenarioResult> results) {

  /** Makes a report; the results are copied. */
  public AuditReport {
    results = List.copyOf(results);
  }

  /**
   * Says whether nothing was found in any scenario.
   *
   * @return true if so
   */
  public boolean safe() {
    return results.stream().allMatch(result -> result.verdict() == Verdict.SAFE);
  }

  /**
   * Passes if nothing was found in any scenario.
   *
   * @throws AssertionError if something was, with all the evidence as its message
   */
  public void assertSafe() {
    if (!safe()) {
      throw new AssertionError(
          results.stream()
              .filter(result -> result.verdict() != Verdict.SAFE)
              .map(ScenarioResult::toString)
              .collect(Collectors.joining("\n")));
    }
  }
}
