// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A round whose end is that of its JVM, which is another one; this side starts it and judges. */
final class ExitRound {

  private static final int MOST_LINES = 20;

  private ExitRound() {}

  static List<Finding> play(RuntimeAdapter adapter, String way, long seed, Limits limits)
      throws InterruptedException {
    Verdicts verdicts = new Verdicts(way, seed);
    try {
      Path log = Files.createTempFile("doomsday", ".log");
      Path output = Files.createTempFile("doomsday", ".txt");
      try {
        play(adapter, limits, log, output, verdicts);
      } finally {
        Files.deleteIfExists(log);
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      verdicts.add(Verdict.NOT_DESTROYED, "no JVM could be started for the round: " + e);
    }
    return verdicts.all;
  }

  private static void play(
      RuntimeAdapter adapter, Limits limits, Path log, Path output, Verdicts verdicts)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
    command.addAll(adapter.jvmOptions());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ExitProgram.class.getName());
    command.add(adapter.recipe().orElseThrow());
    command.add(verdicts.way);
    command.add(String.valueOf(verdicts.seed));
    command.add(String.valueOf(limits.patience().toMillis()));
    command.add(log.toString());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(output.toFile())
            .start();
    // The program's own start and its hook take time before it is late.
    long most = limits.patience().toMillis() * 3;
    try {
      boolean ended = process.waitFor(most, TimeUnit.MILLISECONDS);
      List<String> lines =
          new String(Files.readAllBytes(output), Charset.defaultCharset()).lines().toList();
      String said = String.join("\n", lines.subList(0, Math.min(lines.size(), MOST_LINES)));
      ExitLog seen = ExitLog.read(log, verdicts.way, verdicts.seed);
      verdicts.all.addAll(seen.findings());
      if (!ended) {
        verdicts.add(Verdict.HANG, "the JVM had not ended after " + most + " ms\n" + said);
      } else if (!seen.exits()) {
        verdicts.add(
            Verdict.NOT_DESTROYED,
            "the JVM ended with exit code "
                + process.exitValue()
                + " before it was asked to, after printing:\n"
                + said);
      } else if (!seen.alive().isEmpty()) {
        verdicts.add(
            Verdict.NOT_DESTROYED,
            "at the end of the JVM "
                + seen.alive().size()
                + " of "
                + seen.made()
                + " values had not been destroyed; the first: "
                + seen.alive().getFirst());
      }
    } finally {
      process.destroyForcibly();
    }
  }

  /** What is found of one round. */
  private static final class Verdicts {
    final String way;
    final long seed;
    final List<Finding> all = new ArrayList<>();

    Verdicts(String way, long seed) {
      this.way = way;
      this.seed = seed;
    }

    void add(Verdict verdict, String what) {
      all.add(new Finding(verdict, what, way, seed, Map.of()));
    }
  }
}
