// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A {@link LoadGenerator} in a JVM of its own, so that its work is not the server's. */
final class LoadProcess implements AutoCloseable {

  /** They would make the JVM print what is no result, and are not meant for it. */
  private static final List<String> VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  /** Past the time that is measured: the generator itself gives up a silent server earlier. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Process process;
  private final Path errors;
  private final Writer orders;
  private final BufferedReader results;

  private LoadProcess(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
    orders = process.outputWriter(StandardCharsets.US_ASCII);
    results = process.inputReader(StandardCharsets.US_ASCII);
  }

  static LoadProcess start() throws IOException {
    return start(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xms64m",
            "-Xmx64m",
            "-cp",
            home().toString(),
            LoadGenerator.class.getName()));
  }

  /** Starts a command that behaves as the generator does. */
  static LoadProcess start(List<String> command) throws IOException {
    // A file, not a pipe: nobody has to read it.
    Path errors = Files.createTempFile("holdfast-load", ".txt");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
      VARIABLES.forEach(builder.environment()::remove);
      return new LoadProcess(builder.start(), errors);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(errors);
      throw e;
    }
  }

  /** The jar or directory that this class is from, whatever the class path looks like. */
  private static Path home() {
    try {
      return Path.of(
          LoadGenerator.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the place of this program is not a path: " + e, e);
    }
  }

  /**
   * Has the generator do something.
   *
   * @throws IOException if it died, with what it said, or did not answer in time
   */
  LoadResult run(LoadOrder order) throws IOException, InterruptedException {
    String line;
    try {
      orders.write(order.text() + "\n");
      orders.flush();
      line = answer(Duration.ofMillis(order.millis()).plus(PATIENCE));
    } catch (IOException e) {
      throw died(order, e);
    }
    if (line == null) {
      throw died(order, null);
    }
    return LoadResult.parse(line);
  }

  /** Reads a line on a thread that is left to itself if none comes: closing ends it. */
  private @Nullable String answer(Duration patience) throws IOException, InterruptedException {
    FutureTask<@Nullable String> reading = new FutureTask<>(results::readLine);
    Thread.ofPlatform().daemon().name("load-results").start(reading);
    try {
      return reading.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      process.destroyForcibly();
      throw new IOException("it had not answered after " + patience.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new IOException("its answer could not be read", e.getCause());
    }
  }

  private IOException died(LoadOrder order, @Nullable IOException cause)
      throws IOException, InterruptedException {
    int exit = process.destroyForcibly().waitFor();
    return new IOException(
        "the load generator ended with exit code "
            + exit
            + " at the order '"
            + order.text()
            + "', after it had said:\n"
            + Files.readString(errors),
        cause);
  }

  /** The process, for a test to look at. */
  ProcessHandle handle() {
    return process.toHandle();
  }

  @Override
  public void close() throws IOException {
    try {
      process.destroyForcibly().onExit().join();
      orders.close();
    } finally {
      Files.deleteIfExists(errors);
    }
  }
}
