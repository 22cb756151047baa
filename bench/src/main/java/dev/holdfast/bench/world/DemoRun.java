// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** {@code holdfast demo} as a process, of which its own figure of one runner is taken. */
final class DemoRun {

  /** It may have to be built first. */
  private static final Duration DEADLINE = Duration.ofMinutes(5);

  private final List<String> command;
  private final String runner;
  private final Path directory;

  /**
   * Prepares a run.
   *
   * @param command what {@code holdfast} is called by
   * @param runner what the demo calls the contestant
   * @param directory what is digested
   */
  DemoRun(List<String> command, String runner, Path directory) {
    this.command = List.copyOf(command);
    this.runner = runner;
    this.directory = directory;
  }

  /** Runs it, and returns the milliseconds that it says the runner took. */
  double millis() throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("demo", "--json", "--runner", runner, directory.toString()));
    // Files, not pipes: nobody has to read them while the deadline is watched.
    Path output = Files.createTempFile("holdfast-demo", ".json");
    Path errors = Files.createTempFile("holdfast-demo", ".txt");
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile())
              .start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(DEADLINE.toNanos(), TimeUnit.NANOSECONDS)) {
          throw new IOException(words + " was still running after " + DEADLINE.toSeconds() + " s");
        }
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            words
                + " ended with exit code "
                + process.exitValue()
                + ", after it had said:\n"
                + Files.readString(errors));
      }
      return millisIn(Files.readAllBytes(output));
    } finally {
      Files.deleteIfExists(output);
      Files.deleteIfExists(errors);
    }
  }

  /** Finds the figure in the report. A run shorter than it resolves is half a millisecond. */
  private double millisIn(byte[] report) throws IOException {
    String name = "";
    try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), report)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.PROPERTY_NAME && json.currentName().equals("name")) {
          name = json.nextStringValue();
        } else if (token == JsonToken.PROPERTY_NAME
            && json.currentName().equals("millis")
            && runner.equals(name)) {
          return Math.max(0.5, (double) json.nextLongValue(0));
        }
      }
    } catch (JacksonException e) {
      throw new IOException("what the demo printed is not JSON: " + e.getMessage(), e);
    }
    throw new IOException("the demo printed no millis of the runner '" + runner + "'");
  }
}
