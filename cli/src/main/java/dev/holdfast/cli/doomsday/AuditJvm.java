// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A JVM of the same JDK in which one runtime is audited. */
final class AuditJvm {

  /** They would add flags of their own, which would be audited with the runtime. */
  private static final List<String> VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  private static final int MOST_LINES = 30;
  private static final Duration TO_TELL_STACKS = Duration.ofSeconds(10);

  private final RuntimeAdapter adapter;
  private final AuditPlan plan;
  private final Duration silence;

  // Written by the thread that reads what the JVM says, read by the one that waits for it.
  private volatile long heard = System.nanoTime();
  private volatile @Nullable Scenario playing;

  /**
   * What became of it.
   *
   * @param during the scenario that was played when it broke down, or null
   * @param failure how it broke down, or null if it did not
   * @param silent whether it had to be ended because it said nothing any more
   */
  record End(@Nullable Scenario during, @Nullable String failure, boolean silent) {}

  AuditJvm(RuntimeAdapter adapter, AuditPlan plan) {
    this.adapter = adapter;
    this.plan = plan;
    this.silence = plan.silence();
  }

  /** Runs it to its end; the results come as they are found. */
  End run(List<Scenario> scenarios, Consumer<ScenarioResult> results)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile("holdfast-doomsday", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command(scenarios))
              .redirectInput(ProcessBuilder.Redirect.PIPE)
              .redirectError(errors.toFile());
      VARIABLES.forEach(builder.environment()::remove);
      Process process = builder.start();
      try {
        // Its input stays open for as long as this JVM lives: it ends with it.
        return await(process, results, errors);
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
    } finally {
      Files.deleteIfExists(errors);
    }
  }

  private List<String> command(List<Scenario> scenarios) {
    List<String> words = new ArrayList<>();
    words.add(tool("java"));
    words.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash"));
    words.addAll(
        List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
    words.addAll(adapter.jvmOptions());
    words.addAll(List.of("-cp", System.getProperty("java.class.path")));
    words.add(AuditProgram.class.getName());
    words.add(adapter.recipe().orElseThrow());
    words.add(String.valueOf(plan.rounds()));
    words.add(String.valueOf(plan.seed()));
    words.add(String.valueOf(plan.patience(adapter).toMillis()));
    words.add(String.valueOf(plan.grace(adapter).toMillis()));
    words.add(String.valueOf(plan.budget(adapter).toMillis()));
    scenarios.forEach(scenario -> words.add(scenario.name()));
    return words;
  }

  private static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  private End await(Process process, Consumer<ScenarioResult> results, Path errors)
      throws IOException, InterruptedException {
    heard = System.nanoTime();
    Thread reader =
        Thread.ofVirtual().name("reader of " + adapter.name()).start(() -> read(process, results));
    while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() - heard > silence.toNanos()) {
        return new End(
            playing,
            "the JVM said nothing for "
                + silence.toSeconds()
                + " s; its threads:\n"
                + stacks(process),
            true);
      }
    }
    reader.join();
    Scenario during = playing;
    return process.exitValue() == 0 && during == null
        ? new End(null, null, false)
        : new End(
            during,
            "the JVM ended with exit code "
                + process.exitValue()
                + ", and had said:\n"
                + tail(errors),
            false);
  }

  private void read(Process process, Consumer<ScenarioResult> results) {
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        heard = System.nanoTime();
        Message message = Message.read(line);
        ScenarioResult result = message.result();
        if (message.begins() != null) {
          playing = message.begins();
        } else if (result != null) {
          playing = null;
          results.accept(result);
        }
      }
    } catch (IOException e) {
      // The JVM is being ended, or said what it should not; either way it ends without its results.
      process.destroyForcibly();
    }
  }

  private static String tail(Path errors) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(errors), Charset.defaultCharset()).lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - MOST_LINES), lines.size()));
  }

  /** What the JDK tells of the threads of a JVM, if it does so in time. */
  private static String stacks(Process process) throws IOException, InterruptedException {
    Path output = Files.createTempFile("holdfast-stacks", ".txt");
    try {
      Process jstack =
          new ProcessBuilder(tool("jstack"), String.valueOf(process.pid()))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean _ = jstack.waitFor(TO_TELL_STACKS.toNanos(), TimeUnit.NANOSECONDS);
      jstack.destroyForcibly();
      return Files.readString(output);
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
