// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the scenarios in a simulated runtime, and prints a row for each.
 *
 * <p>Arguments: {@code --long} for 100,000 seeds each in place of 1,000, {@code --seeds N} for
 * another number, {@code --json} for a JSON object per line instead of text, and the ids of
 * scenarios, if not all are to run. Exits with 1 if there is a finding or a canary was not caught,
 * 2 if the arguments name nothing.
 */
public final class Main {

  private Main() {}

  /** Runs the scenarios. */
  public static void main(String[] args) {
    List<String> rest = new ArrayList<>(Arrays.asList(args));
    long seeds = rest.remove("--long") ? Checks.LONG : Checks.seeds();
    boolean json = rest.remove("--json");
    int at = rest.indexOf("--seeds");
    if (at >= 0 && at + 1 < rest.size() && rest.get(at + 1).matches("[1-9][0-9]{0,8}")) {
      seeds = Long.parseLong(rest.remove(at + 1));
      rest.remove(at);
    }
    List<Scenario> chosen =
        Checks.scenarios().stream()
            .filter(each -> rest.isEmpty() || rest.contains(each.id()))
            .toList();
    List<String> unknown = new ArrayList<>(rest);
    chosen.forEach(each -> unknown.remove(each.id()));
    if (!unknown.isEmpty()) {
      System.err.println(
          "simulations: cannot read "
              + unknown
              + "; usage: [--long | --seeds N] [--json] [ID...], with ids of "
              + Checks.scenarios().stream().map(Scenario::id).toList());
      System.exit(2);
    }
    boolean good = true;
    for (Scenario each : chosen) {
      Row row = Checks.check(each, seeds);
      good &= row.isGood();
      System.out.println(json ? row.json() : row.text());
      if (!json) {
        row.findings().forEach(finding -> System.out.println("  " + finding));
      }
    }
    System.exit(good ? 0 : 1);
  }
}
