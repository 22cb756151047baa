// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A short-lived JVM of the same JDK, in which a probe runs. */
final class ChildJvm implements Launcher {

  /** They would add flags of their own, and the answer would be about those. */
  private static final List<String> VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  private static final int MAX_LINES = 3;

  private final Duration deadline;

  ChildJvm(Duration deadline) {
    this.deadline = deadline;
  }

  @Override
  public Told launch(List<String> words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx128m");
    command.addAll(words);
    // A file, not a pipe: nobody has to read it while the deadline is watched.
    Path output = Files.createTempFile("holdfast-doctor", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.PIPE)
              .redirectOutput(output.toFile());
      VARIABLES.forEach(builder.environment()::remove);
      Process process = builder.start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
          return new Told(
              Map.of(), "the JVM was still running after " + deadline.toSeconds() + " s");
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
      List<String> lines =
          new String(Files.readAllBytes(output), Charset.defaultCharset()).lines().toList();
      return new Told(Fact.in(lines), failure(process.exitValue(), lines));
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static @Nullable String failure(int exit, List<String> lines) {
    if (exit == 0) {
      return null;
    }
    return "the JVM ended with exit code "
        + exit
        + ", after "
        + String.join(" / ", lines.stream().limit(MAX_LINES).toList());
  }
}
