// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.tla;

import dev.holdfast.verification.Checker;
import dev.holdfast.verification.Length;
import dev.holdfast.verification.Row;
import dev.holdfast.verification.WorkDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
              List.of(
                  "Shutdown.short.cfg",
                  "Shutdown.books.short.cfg",
                  "Shutdown.spares.short.cfg",
                  "Shutdown.ends.short.cfg",
                  "Shutdown.returns.short.cfg"),
              List.of(
                  "Shutdown.long.cfg",
                  "Shutdown.books.long.cfg",
                  "Shutdown.spares.long.cfg",
                  "Shutdown.ends.long.cfg",
                  "Shutdown.returns.short.cfg")),
          new Module(
              "Wakeups",
              List.of("Wakeups.short.cfg", "Wakeups.sleepers.short.cfg", "Wakeups.runs.short.cfg"),
              List.of("Wakeups.long.cfg", "Wakeups.sleepers.long.cfg", "Wakeups.runs.long.cfg")),
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
    Tlc tlc = Tlc.of(directory.path(), length);
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
    List<Canary> canaries =
        all.stream().filter(each -> each.module().equals(module.name())).toList();
    List<Played> played = play(directory, canaries);
    Set<String> rejecting = new LinkedHashSet<>();
    for (Played each : played) {
      if (each.missed() == null) {
        rejecting.add(each.canary().property());
      } else {
        findings.add(each.missed());
      }
    }
    progress.accept(canaries.size() + " canaries of " + module.name());
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
        (int) played.stream().filter(each -> each.missed() == null).count(),
        canaries.size());
  }

  /**
   * What became of a canary.
   *
   * @param missed null if it is rejected by the property that is to reject it, else what it was
   */
  private record Played(Canary canary, @Nullable String missed) {}

  /** Plays two at a time, if the machine has two processors: most of it is the start of a JVM. */
  private static List<Played> play(WorkDirectory directory, List<Canary> canaries)
      throws IOException, InterruptedException {
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 2);
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Callable<Played>> plays =
          canaries.stream()
              .map(each -> (Callable<Played>) () -> new Played(each, play(directory, each)))
              .toList();
      List<Played> played = new ArrayList<>();
      for (Future<Played> each : pool.invokeAll(plays)) {
        played.add(each.get());
      }
      return played;
    } catch (ExecutionException e) {
      throw new IOException("a canary could not be played", e.getCause());
    }
  }

  private static @Nullable String play(WorkDirectory directory, Canary canary)
      throws IOException, InterruptedException {
    List<String> shortForm = lines(canary.module() + ".short.cfg");
    String file = canary.module() + "." + canary.breaks() + "." + canary.property() + ".cfg";
    Files.writeString(directory.path().resolve(file), canary.configuration(shortForm));
    Tlc.Outcome outcome =
        Tlc.small(directory.path()).check(canary.module(), file, canary.property());
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
    List<String> lines = lines(file);
    Files.write(directory.path().resolve(file), lines);
    return lines;
  }

  /** Returns the lines of a file of the specifications. */
  private static List<String> lines(String file) throws IOException {
    try (InputStream from =
        Objects.requireNonNull(TlaChecker.class.getResourceAsStream("/tla/" + file), file)) {
      return new String(from.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
