// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.tla;

import dev.holdfast.verification.ChildJvm;
import dev.holdfast.verification.Length;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs TLC, the model checker of TLA+, on one module with one configuration. */
final class Tlc {

  private static final int NOT_PARSED = 150;
  private static final int VIOLATED_SAFETY = 12;
  private static final int VIOLATED_LIVENESS = 13;

  private static final Pattern STATES =
      Pattern.compile("([0-9,]+) states generated, ([0-9,]+) distinct states found.*");
  private static final Pattern INVARIANT = Pattern.compile("Error: Invariant (\\w+) is violated.*");
  private static final Pattern STEPS =
      Pattern.compile("Error: Action property (\\w+) is violated.*");
  private static final String TEMPORAL = "Error: Temporal properties were violated.";

  private final Path directory;
  private final ChildJvm jvm;
  private final int workers;

  private Tlc(Path directory, int workers, ChildJvm jvm) {
    this.directory = directory;
    this.workers = workers;
    this.jvm = jvm;
  }

  /**
   * Prepares runs of the real specifications.
   *
   * @param directory has the modules
   */
  static Tlc of(Path directory, Length length) {
    int processors = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4);
    return length == Length.LONG
        ? new Tlc(
            directory, processors, jvm(Duration.ofMinutes(60), "-Xmx2g", "-XX:+UseParallelGC"))
        : new Tlc(directory, 1, jvm(Duration.ofMinutes(5), "-Xmx1g", "-XX:+UseSerialGC"));
  }

  /** Prepares runs that are to find something soon: which start fast, and take little. */
  static Tlc small(Path directory) {
    Duration deadline = Duration.ofMinutes(5);
    return new Tlc(
        directory, 1, jvm(deadline, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
  }

  private static ChildJvm jvm(Duration deadline, String... options) {
    return new ChildJvm(List.of(options), deadline);
  }

  /**
   * What a run has shown.
   *
   * @param states how many distinct states there are, or were found before a violation
   * @param violated the name of the property that is violated, or null
   * @param failure what went wrong with the tool itself, or null
   * @param output what it printed
   */
  record Outcome(
      long states, @Nullable String violated, @Nullable String failure, List<String> output) {

    /** Says whether all states were looked at, and nothing was found. */
    boolean isClean() {
      return violated == null && failure == null && states > 0;
    }

    /** Returns the behaviour that shows a violation, and what the run ended with. */
    List<String> trace() {
      int from = 0;
      while (from < output.size() && !output.get(from).startsWith("Error:")) {
        from++;
      }
      return output.subList(from, output.size());
    }
  }

  /**
   * Checks a module.
   *
   * @param configuration the name of a file in the directory
   * @param temporal what is violated if TLC says that a temporal property is, without a name
   */
  Outcome check(String module, String configuration, String temporal)
      throws IOException, InterruptedException {
    ChildJvm.Ended ended = run(module, configuration);
    if (ended.exit() == NOT_PARSED) {
      // Its parser may fail, by a NullPointerException, over what it reads the next time.
      ended = run(module, configuration);
    }
    return outcome(ended, temporal);
  }

  private ChildJvm.Ended run(String module, String configuration)
      throws IOException, InterruptedException {
    Path states = Files.createTempDirectory(directory, "states");
    return jvm.run(
        directory,
        "tlc2.TLC",
        List.of(
            "-workers",
            Integer.toString(workers),
            "-metadir",
            states.toString(),
            "-deadlock", // which means: a behaviour may end
            "-config",
            configuration,
            module));
  }

  /** Reads what TLC printed. */
  static Outcome outcome(ChildJvm.Ended ended, String temporal) {
    long states = 0;
    String violated = null;
    for (String line : ended.lines()) {
      Matcher counted = STATES.matcher(line);
      if (counted.matches()) {
        states = Long.parseLong(counted.group(2).replace(",", ""));
      }
      Matcher invariant = INVARIANT.matcher(line);
      Matcher steps = STEPS.matcher(line);
      if (violated != null) {
        continue;
      }
      if (invariant.matches()) {
        violated = invariant.group(1);
      } else if (steps.matches()) {
        violated = steps.group(1);
      } else if (line.equals(TEMPORAL)) {
        violated = temporal;
      }
    }
    int expected = violated == null ? 0 : ended.exit();
    boolean worked =
        ended.exit() == expected
            && (violated == null
                || ended.exit() == VIOLATED_SAFETY
                || ended.exit() == VIOLATED_LIVENESS);
    return new Outcome(
        states, violated, worked && states > 0 ? null : "TLC: " + ended.lastLines(), ended.lines());
  }
}
