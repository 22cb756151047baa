// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import dev.holdfast.verification.Checker;
import dev.holdfast.verification.ChildJvm;
import dev.holdfast.verification.Length;
import dev.holdfast.verification.Row;
import dev.holdfast.verification.WorkDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Checks with Lincheck that the data structures are linearizable, and that the smallest broken ones
 * are found.
 */
public final class LincheckChecker implements Checker {

  private static final String SCENARIO = "= Iteration ";

  /** How many lines of a finding are kept: its scenario, and the interleaving. */
  private static final int MAX_LINES = 60;

  /** Makes the checker. */
  public LincheckChecker() {}

  @Override
  public String name() {
    return "lincheck";
  }

  @Override
  public String about() {
    return "Lincheck: the queues, the lease pool, the registry; random scenarios, chosen schedules";
  }

  @Override
  public List<Row> check(Length length, Consumer<String> progress)
      throws IOException, InterruptedException {
    List<Row> rows = new ArrayList<>();
    for (Structure structure : Structure.all()) {
      rows.add(check(structure, length));
      progress.accept(structure.name());
    }
    return rows;
  }

  private Row check(Structure structure, Length length) throws IOException, InterruptedException {
    long began = System.nanoTime();
    ChildJvm jvm =
        new ChildJvm(
            List.of(
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED"),
            length == Length.LONG ? Duration.ofMinutes(30) : Duration.ofMinutes(5));
    try (WorkDirectory directory = WorkDirectory.create("holdfast-lincheck")) {
      ChildJvm.Ended ended =
          jvm.run(
              directory.path(),
              LincheckRun.class.getName(),
              List.of(structure.name(), length.name()));
      return row(structure, ended, Duration.ofNanos(System.nanoTime() - began));
    }
  }

  /** What was printed of one model. */
  private static final class Seen {
    long scenarios;
    boolean clean;
    boolean found;
    final List<String> finding = new ArrayList<>();

    void line(String line) {
      if (found) {
        finding.add(line);
      } else if (line.startsWith(SCENARIO)) {
        scenarios++;
      } else {
        clean |= line.equals(LincheckRun.CLEAN);
        found = line.equals(LincheckRun.FOUND);
      }
    }
  }

  /** Reads what a run has printed. */
  static Row row(Structure structure, ChildJvm.Ended ended, Duration took) {
    Map<String, Seen> models = new LinkedHashMap<>();
    Seen current = new Seen();
    for (String line : ended.lines()) {
      if (line.startsWith(LincheckRun.MODEL)) {
        current = new Seen();
        models.put(line.substring(LincheckRun.MODEL.length()), current);
      } else {
        current.line(line);
      }
    }
    List<String> findings = new ArrayList<>();
    if (ended.exit() != 0) {
      findings.add("Lincheck: " + ended.lastLines());
    }
    Seen real = seen(models, structure.real());
    if (!real.clean) {
      int lines = Math.min(MAX_LINES, real.finding.size());
      findings.add(
          structure.name()
              + " is not linearizable, or was not checked:\n"
              + String.join("\n", real.finding.subList(0, lines)));
    }
    int caught = 0;
    for (Structure.Model canary : structure.canaries()) {
      if (seen(models, canary).found) {
        caught++;
      } else {
        findings.add("canary " + canary.operations().getName() + " was not caught");
      }
    }
    return new Row(
        "lincheck",
        structure.name(),
        real.scenarios,
        "scenarios",
        took,
        findings,
        caught,
        structure.canaries().size());
  }

  private static Seen seen(Map<String, Seen> models, Structure.Model model) {
    return models.getOrDefault(model.operations().getName(), new Seen());
  }
}
