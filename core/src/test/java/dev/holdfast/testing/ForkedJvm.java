// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for one test, with the class path of the tests. */
public final class ForkedJvm {

  /** A machine with other work makes a JVM many times slower; less than the bound of the tests. */
  private static final long DEADLINE_SECONDS = 45;

  /** How long to wait for the stacks of one that is still alive then. */
  private static final long STACKS_SECONDS = 10;

  /** The flag that the carrier tier needs. */
  public static final String OPENS = "--add-opens=java.base/java.lang=ALL-UNNAMED";

  private ForkedJvm() {}

  /**
   * What a JVM did.
   *
   * @param exit its exit status
   * @param lines what it printed, on both streams
   * @param took how long it lived
   */
  public record Outcome(int exit, List<String> lines, Duration took) {}

  /** Runs a main class with the flag of the carrier tier, and waits for its end. */
  public static Outcome run(Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return run(List.of(OPENS), main, arguments);
  }

  /** Runs a main class with JVM flags of its own, and waits for its end. */
  public static Outcome run(List<String> flags, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return launch(flags, main.getName(), arguments);
  }

  /** Compiles and runs a source file with preview features, and waits for its end. */
  public static Outcome runPreview(Path source) throws IOException, InterruptedException {
    return launch(List.of(OPENS, "--enable-preview", "--source", "25"), source.toString());
  }

  /** Runs the main class of a jar, as its manifest says, and waits for its end. */
  public static Outcome runJar(Path jar) throws IOException, InterruptedException {
    return java(List.of("-jar", jar.toString()));
  }

  private static Outcome launch(List<String> flags, String main, String... arguments)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(flags);
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    words.addAll(List.of(arguments));
    return java(words);
  }

  /** Runs {@code java} with these words, and with no class path of its own; waits for its end. */
  public static Outcome java(List<String> words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
    String tier = System.getProperty("holdfast.tier");
    if (tier != null) {
      command.add("-Dholdfast.tier=" + tier);
    }
    command.addAll(words);
    // A file, not a pipe: nobody has to read it while the deadline is watched.
    Path output = Files.createTempFile("forked-jvm", ".txt");
    try {
      long begin = System.nanoTime();
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
          String stacks = stacksOf(process);
          throw new AssertionError(
              "still alive after "
                  + DEADLINE_SECONDS
                  + " s: "
                  + Files.readAllLines(output)
                  + "\n"
                  + stacks);
        }
        return new Outcome(
            process.exitValue(),
            Files.readAllLines(output),
            Duration.ofNanos(System.nanoTime() - begin));
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.delete(output);
    }
  }

  /** Returns what the JDK tells of the threads of a JVM, or nothing if that takes too long. */
  private static String stacksOf(Process process) throws IOException, InterruptedException {
    Path output = Files.createTempFile("stacks", ".txt");
    try {
      Process jstack =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jstack").toString(),
                  String.valueOf(process.pid()))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      jstack.waitFor(STACKS_SECONDS, TimeUnit.SECONDS);
      jstack.destroyForcibly();
      return Files.readString(output);
    } finally {
      Files.delete(output);
    }
  }
}
