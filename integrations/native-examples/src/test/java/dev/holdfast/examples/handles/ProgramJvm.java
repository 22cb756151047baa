// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;

/**
 * A JVM of its own for one program, which may crash it. What it printed and what the JVM wrote of
 * its crash are kept in {@code target/evidence}.
 */
final class ProgramJvm {

  private static final Path EVIDENCE = Path.of("target", "evidence");

  /** Of a process that was ended by {@code abort()}, as a shell says it: a JVM that crashed. */
  private static final int ABORTED = 128 + 6;

  private static final long DEADLINE_SECONDS = 45;

  /** The flag of the carrier tier. */
  static final String CARRIER = "--add-opens=java.base/java.lang=ALL-UNNAMED";

  /** Keeps the owned tier also where the carrier tier is available. */
  static final String OWNED = "-Dholdfast.tier=owned";

  private ProgramJvm() {}

  /**
   * What a JVM did.
   *
   * @param exit its exit status
   * @param lines what it printed
   * @param crash what it wrote of its crash; empty if it did not crash
   */
  record Outcome(int exit, List<String> lines, List<String> crash) {

    boolean crashed() {
      return exit == ABORTED && !crash.isEmpty();
    }

    /** Returns the library and function in which it crashed, as the JVM says it. */
    String frame() {
      int at = crash.indexOf("# Problematic frame:");
      return at < 0 ? "" : crash.get(at + 1);
    }
  }

  /** Runs a program, with few open files, little heap and a flag; waits for its end. */
  static Outcome run(Class<?> main, String flag, String... arguments)
      throws IOException, InterruptedException {
    Files.createDirectories(EVIDENCE);
    String name =
        main.getSimpleName()
            + (arguments.length == 0 ? "" : "-" + String.join("-", arguments))
            + (flag.equals(OWNED) ? "-owned" : "");
    Path printed = EVIDENCE.resolve(name + ".txt");
    Path crash = EVIDENCE.resolve(name + ".hs_err.txt");
    Files.deleteIfExists(crash);
    // What a crash leaves there, such as the unpacked libraries, is deleted all the same.
    Path temporary = Files.createTempDirectory(EVIDENCE, name);
    List<String> command = new ArrayList<>();
    // A crash leaves its report, and no core file.
    command.addAll(List.of("sh", "-c", "ulimit -c 0; ulimit -n 512; exec \"$@\"", "program"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:-MaxFDLimit",
            "-XX:ErrorFile=" + crash,
            "-Djava.io.tmpdir=" + temporary.toAbsolutePath(),
            "--enable-native-access=ALL-UNNAMED",
            // What lmdbjava needs for direct buffers, and to be silent.
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            flag));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
    // Has the C library overwrite what is freed: its later use is seen always, and not by chance.
    builder.environment().put("MALLOC_PERTURB_", "165");
    Process process = builder.start();
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        Assertions.fail(
            "still alive after " + DEADLINE_SECONDS + " s: " + Files.readAllLines(printed));
      }
      return new Outcome(
          process.exitValue(),
          Files.readAllLines(printed),
          Files.exists(crash) ? Files.readAllLines(crash) : List.of());
    } finally {
      process.destroyForcibly().waitFor();
      delete(temporary);
    }
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> tree = Files.walk(directory)) {
      all = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.delete(each);
    }
  }
}
