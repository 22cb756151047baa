// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import dev.holdfast.doomsday.Finding;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import dev.holdfast.doomsday.canary.Canary;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints what was found for people: the evidence first, and at the end a line for each runtime. */
final class AuditText {

  private static final int MOST_FRAMES = 8;
  private static final int MOST_STACKS = 3;

  private final PrintWriter out;

  AuditText(PrintWriter out) {
    this.out = out;
  }

  void list(AuditPlan plan) {
    List<List<String>> runtimes = new ArrayList<>();
    runtimes.add(List.of("runtime", "version", "values end by", "ended by"));
    for (RuntimeAdapter runtime : plan.runtimes()) {
      runtimes.add(
          List.of(
              runtime.name(),
              runtime.version(),
              runtime.arming(),
              String.join("; ", runtime.ways())));
    }
    table(runtimes);
    out.println();
    List<List<String>> scenarios = new ArrayList<>();
    scenarios.add(List.of("scenario", "what it is"));
    for (Scenario scenario : plan.scenarios()) {
      scenarios.add(List.of(scenario.id(), scenario.words()));
    }
    table(scenarios);
    out.flush();
  }

  /**
   * Prints it.
   *
   * @param each whether the evidence of each scenario is wanted, not only the worst of each runtime
   */
  void print(List<Audited> audited, boolean each) {
    for (Audited of : audited) {
      if (!of.safe() && !(of.runtime() instanceof Canary && of.good())) {
        evidence(of, each);
        out.println();
      }
    }
    List<Audited> runtimes =
        audited.stream().filter(of -> !(of.runtime() instanceof Canary)).toList();
    List<Audited> canaries = audited.stream().filter(of -> of.runtime() instanceof Canary).toList();
    if (!runtimes.isEmpty()) {
      summary(runtimes);
    }
    if (!canaries.isEmpty()) {
      if (!runtimes.isEmpty()) {
        out.println();
      }
      canaries(canaries);
    }
    out.flush();
  }

  private void evidence(Audited audited, boolean each) {
    out.println(audited.runtime().name() + " " + audited.runtime().version());
    for (Verdict verdict : Verdict.values()) {
      String scenarios =
          audited.results().stream()
              .filter(result -> result.verdict() == verdict)
              .map(result -> result.scenario().id())
              .collect(Collectors.joining(", "));
      if (!scenarios.isEmpty()) {
        out.println(String.format("  %-18s %s", verdict, scenarios));
      }
    }
    List<ScenarioResult> unsafe =
        audited.results().stream().filter(result -> !result.findings().isEmpty()).toList();
    if (each) {
      for (ScenarioResult result : unsafe) {
        for (Finding finding : result.findings()) {
          print(result.scenario(), finding);
        }
      }
      return;
    }
    unsafe.stream()
        .min(Comparator.comparing(ScenarioResult::verdict))
        .ifPresent(result -> print(result.scenario(), result.findings().getFirst()));
  }

  private void print(Scenario scenario, Finding finding) {
    out.println(
        "  "
            + scenario.id()
            + ", ended by "
            + finding.way()
            + ", seed "
            + finding.seed()
            + ": "
            + finding.verdict());
    finding.what().lines().forEach(line -> out.println("    " + line));
    int shown = 0;
    for (Map.Entry<String, List<StackTraceElement>> stack : finding.stacks().entrySet()) {
      if (shown++ == MOST_STACKS) {
        out.println(
            "    ... and the stacks of " + (finding.stacks().size() - MOST_STACKS) + " more");
        break;
      }
      out.println("    " + stack.getKey() + ":");
      stack.getValue().stream()
          .limit(MOST_FRAMES)
          .forEach(frame -> out.println("      at " + frame));
      if (stack.getValue().size() > MOST_FRAMES) {
        out.println("      ... " + (stack.getValue().size() - MOST_FRAMES) + " more");
      }
    }
  }

  private void summary(List<Audited> runtimes) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("runtime", "version", "at its end", "what happens"));
    for (Audited audited : runtimes) {
      rows.add(
          List.of(
              audited.runtime().name(),
              audited.runtime().version(),
              audited.safe() ? Verdict.SAFE.label() : audited.faults().getFirst().label(),
              words(audited)));
    }
    table(rows);
  }

  /** What a runtime does, as a sentence without a full stop. */
  private static String words(Audited audited) {
    if (audited.safe()) {
      return Verdict.SAFE.words() + " in " + scenarios(audited.results().size());
    }
    return audited.faults().stream()
        .map(fault -> fault.words() + " (" + where(audited, fault) + ")")
        .collect(Collectors.joining("; "));
  }

  /** In how many scenarios something was found, and by which ways. */
  private static String where(Audited audited, Verdict fault) {
    long scenarios =
        audited.results().stream()
            .filter(
                result -> result.findings().stream().anyMatch(found -> found.verdict() == fault))
            .count();
    return "in " + scenarios + " of " + audited.results().size();
  }

  private void canaries(List<Audited> canaries) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("canary", "must be found", "caught in"));
    for (Audited audited : canaries) {
      if (audited.runtime() instanceof Canary canary) {
        long caught =
            audited.results().stream()
                .filter(result -> result.verdict() == canary.expected())
                .count();
        rows.add(
            List.of(
                canary.name(),
                canary.expected().name(),
                caught + " of " + scenarios(audited.results().size())));
      }
    }
    table(rows);
  }

  private static String scenarios(int count) {
    return count == 1 ? "1 scenario" : count + " scenarios";
  }

  private void table(List<List<String>> rows) {
    for (List<String> row : rows) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        text.append(row.get(column));
        if (column < row.size() - 1) {
          text.append(" ".repeat(width(rows, column) - row.get(column).length() + 2));
        }
      }
      out.println(text);
    }
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
