// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What the rounds of one scenario found of one runtime.
 *
 * @param runtime the name of the runtime
 * @param version its version
 * @param scenario the scenario
 * @param rounds how many rounds were played, each in every way that was not found unsafe before
 * @param findings the first findings of each way, worst first; empty if there are none
 */
public record ScenarioResult(
    String runtime, String version, Scenario scenario, int rounds, List<Finding> findings) {

  /** Makes a result; the findings are sorted. */
  public ScenarioResult {
    findings = findings.stream().sorted(Comparator.comparing(Finding::verdict)).toList();
  }

  /**
   * Returns the verdict.
   *
   * @return {@link Verdict#SAFE}, or the worst of the findings
   */
  public Verdict verdict() {
    return evidence().map(Finding::verdict).orElse(Verdict.SAFE);
  }

  /**
   * Returns the worst finding.
   *
   * @return the finding, or empty if there is none
   */
  public Optional<Finding> evidence() {
    return findings.stream().findFirst();
  }

  /**
   * Passes if the verdict is {@link Verdict#SAFE}.
   *
   * @throws AssertionError if not, with the evidence as its message
   */
  public void assertSafe() {
    assertVerdict(Verdict.SAFE);
  }

  /**
   * Passes if the verdict is the given one, for a runtime whose shortcomings are known.
   *
   * @param expected the verdict
   * @throws AssertionError if not, with the evidence as its message
   */
  public void assertVerdict(Verdict expected) {
    if (verdict() != expected) {
      throw new AssertionError(
          runtime
              + " in scenario "
              + scenario.id()
              + ": expected "
              + expected
              + ", found "
              + this.text());
    }
  }

  /** Says the verdict, and the evidence in several lines if there is any. */
  private String text() {
    return evidence().map(Finding::toString).orElseGet(() -> "SAFE in " + rounds + " rounds");
  }

  @Override
  public String toString() {
    return runtime + " " + version + ", " + scenario.id() + ": " + text();
  }
}
