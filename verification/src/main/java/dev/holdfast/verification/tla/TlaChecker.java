// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.tla;

import dev.holdfast.verification.Checker;
import dev.holdfast.verification.Length;
import dev.holdfast.verification.Row;
import dev.holdfast.verification.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks the specifications of the shutdown, of late wake-ups and of the release of a class loader
 * with TLC, and that each specification that is wrong in one place is rejected.
 */
public final class TlaChecker implements Checker {

  private static final String CANARIES = "canaries.list";

  /**
   * A module and its configurations.
   *
   * @param name the name of the module
   * @param inShort what its short form is made of
   * @param inLong what its long form is made of
   */
  private record Module(String name, List<String> inShort, List<String> inLong) {

    List<String> configurations(Length length) {
      return length == Length.LONG ? inLong : inShort;
    }
  }

  private static final List<Module> MODULES =
      List.of(
          new Module(
              "Shutdown",
              List.of("Shutdown.short.cfg", "Shutdown.ends.short.cfg", "Shutdown.returns.short.cfg"),
              List.of(
                  "Shutdown.long.cfg",
                  "Shutdown.spares.long.cfg",
                  "Shutdown.ends.long.cfg",
                  "Shutdown.returns.short.cfg")),
          new Module(
              "Wakeups",
              List.of("Wakeups.short.cfg", "Wakeups.runs.short.cfg"),
              List.of("Wakeups.long.cfg", "Wakeups.runs.long.cfg")),
          new Module(
              "Release",
              List.of("Release.short.cfg", "Release.completes.short.cfg"),
              List.of("Release.long.cfg", "Release.completes.long.cfg")));

  /** Makes the checker. */
  public TlaChecker() {}

  @Override
  public String name() {
    return "tla";
  }

  @Override
  public String about() {
    return "TLC: all states of models of the shutdown, late wake-ups, the release of a class loader";
  }

  @Override
  public List<Row> check(Length length, Consumer<String> progress)
      throws IOException, InterruptedException {
    try (WorkDirectory directory = WorkDirectory.create("holdfast-tla")) {
      List<Canary> canaries = Canary.parse(read(directory, CANARIES));
      List<Row> rows = new ArrayList<>();
      for (Module module : MODULES) {
        rows.add(check(directory, module, canaries, length, progress));
      }
      return rows;
    }
  }

  private Row check(
      WorkDirectory directory,
      Module module,
      List<Canary> all,
      Length length,
      Consumer<String> progress)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    long states = 0;
    List<String> findings = new ArrayList<>();
    Set<String> properties = new LinkedHashSet<>();
    read(directory, module.name() + ".tla");
    Tlc tlc = new Tlc(directory.path(), length);
    for (String file : module.configurations(length)) {
      List<String> configuration = read(directory, file);
      List<String> checked = properties(configuration);
      properties.addAll(checked);
      Tlc.Outcome outcome = tlc.check(module.name(), file, String.join(" or ", checked));
      states += outcome.states();
      progress.accept(String.format("%s, %,d states", file, outcome.states()));
      if (!outcome.isClean()) {
        findings.add(file + ": " + described(outcome));
      }
    }
    int caught = 0;
    int canaries = 0;
    Set<String> rejecting = new LinkedHashSet<>();
    for (Canary canary : all) {
      if (canary.module().equals(module.name())) {
        canaries++;
        String missed = play(directory, canary);
        if (missed == null) {
          caught++;
          rejecting.add(canary.property());
        } else {
          findings.add(missed);
        }
      }
    }
    for (String property : properties) {
      if (!rejecting.contains(property)) {
        findings.add(property + " of " + module.name() + " has rejected no canary");
      }
    }
    return new Row(
        name(),
        module.name() + ": " + String.join(", ", properties),
        states,
        "states",
        Duration.ofNanos(System.nanoTime() - began),
        findings,
        caught,
        canaries);
  }

  /** Returns null if a canary is rejected by the property that is to reject it. */
  private static @Nullable String play(WorkDirectory directory, Canary canary)
      throws IOException, InterruptedException {
    List<String> shortForm = read(directory, canary.module() + ".short.cfg");
    Files.writeString(directory.path().resolve("canary.cfg"), canary.configuration(shortForm));
    Tlc.Outcome outcome =
        new Tlc(directory.path(), Length.SHORT)
            .check(canary.module(), "canary.cfg", canary.property());
    if (outcome.failure() == null && canary.property().equals(outcome.violated())) {
      return null;
    }
    return "canary " + canary + " was not caught: " + described(outcome);
  }

  private static String described(Tlc.Outcome outcome) {
    if (outcome.failure() != null) {
      return outcome.failure();
    }
    if (outcome.violated() == null) {
      return "nothing was violated in " + outcome.states() + " states";
    }
    return outcome.violated() + " is violated:\n" + String.join("\n", outcome.trace());
  }

  /** Returns the names of what a configuration says is to hold. */
  static List<String> properties(List<String> configuration) {
    List<String> found = new ArrayList<>();
    for (String line : configuration) {
      List<String> words = List.of(line.trim().split("\\s+", -1));
      if (words.getFirst().startsWith("INVARIANT") || words.getFirst().startsWith("PROPERT")) {
        found.addAll(words.subList(1, words.size()));
      }
    }
    return found;
  }

  /** Puts a file of the specifications into the directory, and returns its lines. */
  private static List<String> read(WorkDirectory directory, String file) throws IOException {
    Path to = directory.path().resolve(file);
    try (var from =
        Objects.requireNonNull(TlaChecker.class.getResourceAsStream("/tla/" + file), file)) {
      Files.write(to, from.readAllBytes());
    }
    return Files.readAllLines(to);
  }
}
