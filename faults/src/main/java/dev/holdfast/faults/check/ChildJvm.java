// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, with the class path of this one. */
public final class ChildJvm {

  private static final Duration DEADLINE = Duration.ofSeconds(500);

  /** The exit code of one that was ended because it took too long. */
  public static final int TIMED_OUT = -1;

  private final Process process;
  private final Path output;

  private ChildJvm(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a main class with the flag of the carrier tier, and others. */
  public static ChildJvm start(List<String> flags, Class<?> main, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    // A file, not a pipe: nobody has to read it meanwhile.
    Path output = Files.createTempFile("child", ".txt");
    output.toFile().deleteOnExit();
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new ChildJvm(process, output);
  }

  /** Waits for its end, and returns its exit code; ends it if that takes far too long. */
  public int await() throws InterruptedException {
    return await(DEADLINE);
  }

  /** Waits for its end, and returns its exit code; ends it if that takes too long. */
  public int await(Duration atMost) throws InterruptedException {
    boolean ended;
    try {
      ended = process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      process.destroyForcibly().waitFor();
    }
    return ended ? process.exitValue() : TIMED_OUT;
  }

  /** Says whether it lives. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Stops it where it stands, as a machine does that is suspended; or has it go on. */
  public void signal(String name) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    if (exit != 0 && process.isAlive()) {
      throw new IOException("kill -" + name + " exits with " + exit);
    }
  }

  /** Returns what it has printed so far, on both streams. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Ends it. */
  public void kill() {
    process.destroyForcibly();
  }
}
