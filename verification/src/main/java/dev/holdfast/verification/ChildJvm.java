// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of the same JDK and class path, in which a checker runs something.
 *
 * @param options what the JVM is told, the size of its heap above all
 * @param deadline when it is ended, if it has not ended by then
 */
public record ChildJvm(List<String> options, Duration deadline) {

  /** They would add flags of their own. */
  private static final List<String> VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  /** The exit code of one that was ended at its deadline. */
  public static final int TIMED_OUT = -1;

  /** How many lines {@link Ended#lastLines} has. */
  private static final int LAST = 12;

  /** Keeps the options as they are now. */
  public ChildJvm {
    options = List.copyOf(options);
  }

  /**
   * What became of it.
   *
   * @param exit its exit code, or {@link #TIMED_OUT}
   * @param lines what it printed, on both streams
   */
  public record Ended(int exit, List<String> lines) {

    /** Keeps the lines as they are now. */
    public Ended {
      lines = List.copyOf(lines);
    }

    /** Returns how it ended and what it printed last, for who reads a finding. */
    public String lastLines() {
      String how = exit == TIMED_OUT ? "was ended at its deadline" : "exit code " + exit;
      return how
          + ", its last lines:\n"
          + String.join("\n", lines.subList(Math.max(0, lines.size() - LAST), lines.size()));
    }
  }

  /**
   * Runs a class to its end.
   *
   * @param directory where it works; what it prints is kept there while it runs
   * @param main the class whose {@code main} is called
   */
  public Ended run(Path directory, String main, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-Djava.io.tmpdir=" + directory);
    command.add("-cp");
    command.add(classPath());
    command.add(main);
    command.addAll(arguments);
    // A file, not a pipe: nobody has to read it while the deadline is watched.
    Path output = Files.createTempFile(directory, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    VARIABLES.forEach(builder.environment()::remove);
    Process process = builder.start();
    // Who ends this JVM ends that one too.
    Thread atExit = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(atExit);
    boolean ended;
    try {
      process.getOutputStream().close();
      ended = process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      process.destroyForcibly().waitFor();
      forget(atExit);
    }
    List<String> lines =
        new String(Files.readAllBytes(output), Charset.defaultCharset()).lines().toList();
    Files.delete(output);
    return new Ended(ended ? process.exitValue() : TIMED_OUT, lines);
  }

  private static void forget(Thread atExit) {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // This JVM is exiting, and the hook has run.
    }
  }

  /** Absolute: the child works elsewhere. */
  private static String classPath() {
    List<String> absolute = new ArrayList<>();
    for (String each : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      absolute.add(Path.of(each).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, absolute);
  }
}
