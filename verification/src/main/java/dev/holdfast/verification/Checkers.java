// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import dev.holdfast.verification.lincheck.LincheckChecker;
import dev.holdfast.verification.tla.TlaChecker;
import java.time.Duration;
import java.util.List;

/** The checkers that there are. */
final class Checkers {

  private Checkers() {}

  /** Returns all, in the order in which they run. */
  static List<Checker> all() {
    return List.of(
        new TlaChecker(),
        new LincheckChecker(),
        new ProgramChecker(
            "litmus",
            "jcstress: the memory ordering of core, each claim as a race of a few threads",
            "dev.holdfast.litmus.Main",
            Duration.ofMinutes(6),
            Duration.ofMinutes(250)),
        new ProgramChecker(
            "simulations",
            "the scenarios that need no real threads, on a simulated runtime",
            "dev.holdfast.simulations.Main",
            Duration.ofMinutes(10),
            Duration.ofMinutes(250)),
        new ProgramChecker(
            "faults",
            "faults that are injected into the real runtime, and a soak",
            "dev.holdfast.faults.Main",
            Duration.ofMinutes(10),
            Duration.ofMinutes(120)));
  }
}
