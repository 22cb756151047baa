// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for one measurement, which prints its numbers as lines {@code name=number}. */
public final class Child {

  private Child() {}

  /** Prints a number in the child, for the parent. */
  public static void say(String name, double number) {
    System.out.println(name + "=" + number);
  }

  /**
   * Runs a program of the benchmarks and returns its numbers.
   *
   * @param program the class with the main method
   * @param options what the JVM is told, beside what the carrier tier and the floors need
   * @param arguments what the program is told
   * @param limit how long it may take
   * @throws IllegalStateException if it fails or takes longer, with what it printed
   */
  public static Map<String, Double> run(
      Class<?> program, List<String> options, List<String> arguments, Duration limit)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path")));
    command.addAll(options);
    command.add(program.getName());
    command.addAll(arguments);
    File output = File.createTempFile("holdfast-bench", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
      builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
      Process process = builder.start();
      try {
        boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        String text = Files.readString(output.toPath());
        if (!ended || process.exitValue() != 0) {
          throw new IllegalStateException(
              (ended ? "exit code " + process.exitValue() : "no end within " + limit)
                  + " of "
                  + String.join(" ", options)
                  + " "
                  + program.getSimpleName()
                  + " "
                  + String.join(" ", arguments)
                  + ", which printed: "
                  + text.substring(Math.max(0, text.length() - 2_000)));
        }
        return numbers(text);
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.delete(output.toPath());
    }
  }

  private static Map<String, Double> numbers(String text) {
    Map<String, Double> numbers = new HashMap<>();
    text.lines()
        .filter(line -> line.matches("[a-z_A-Z0-9()]+=[-+0-9.E]+"))
        .forEach(line -> {
          int equals = line.indexOf('=');
          numbers.put(line.substring(0, equals), Double.valueOf(line.substring(equals + 1)));
        });
    return numbers;
  }
}
