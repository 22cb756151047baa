// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import java.time.Duration;
import java.util.List;

/**
 * What a checker says of one thing that it checked.
 *
 * @param checker the name of the checker
 * @param what what was checked
 * @param count how many states, schedules or runs were looked at, without those of canaries
 * @param unit what was counted
 * @param took how long it took, canaries included
 * @param findings what is wrong, a line or more for each; empty if nothing was found
 * @param caught how many canaries were found to be broken, in the way they are
 * @param canaries how many there are
 */
public record Row(
    String checker,
    String what,
    long count,
    String unit,
    Duration took,
    List<String> findings,
    int caught,
    int canaries) {

  /** Keeps the findings as they are now. */
  public Row {
    findings = List.copyOf(findings);
  }

  /**
   * Says whether something was checked, nothing was found, and the checker is not blind: a row
   * without a canary says nothing.
   */
  public boolean isGood() {
    return count > 0 && findings.isEmpty() && canaries > 0 && caught == canaries;
  }
}
