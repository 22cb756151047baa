// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A way to start a program.
 *
 * @param way how
 * @param opened the flag or line that opens the carrier tier, or empty
 * @param words what {@code java} is given
 * @param untried why it cannot be tried here, or null
 */
record Start(String way, String opened, List<String> words, @Nullable String untried) {

  private static final String MODULE = "dev.holdfast.core";
  private static final String FLAG = "--add-opens java.base/java.lang=";

  private static final Map<String, String> LINES =
      Map.of(
          "Add-Opens", "java.base/java.lang",
          "Launcher-Agent-Class", "dev.holdfast.agent.OpeningAgent");

  /** Lists all ways, each without and with what opens the carrier tier. */
  static List<Start> all(Installation here, Path directory) throws IOException {
    String main = TierProbe.class.getName();
    List<Start> all = new ArrayList<>();
    all.add(jar(here, directory, "plain.jar", Map.of(), ""));
    for (String name : List.of("Add-Opens", "Launcher-Agent-Class")) {
      String value = LINES.get(name);
      all.add(
          jar(
              here,
              directory,
              name + ".jar",
              value == null ? Map.of() : Map.of(name, value),
              name + ": " + value + " in the manifest"));
    }
    List<String> onClassPath = List.of("-cp", here.classPath(), main);
    all.add(new Start("-cp", "", onClassPath, null));
    all.add(opened("-cp", FLAG + "ALL-UNNAMED", onClassPath));
    List<String> asModule =
        List.of(
            "-p",
            here.core().toString(),
            "--add-modules",
            MODULE,
            "-cp",
            here.cli().toString(),
            main);
    all.add(new Start("module path", "", asModule, null));
    all.add(opened("module path", FLAG + MODULE, asModule));
    all.add(agent(here, "-cp", onClassPath));
    all.add(agent(here, "module path", asModule));
    return List.copyOf(all);
  }

  private static Start jar(
      Installation here, Path directory, String name, Map<String, String> lines, String opened)
      throws IOException {
    Path jar = here.executable(directory.resolve(name), TierProbe.class, lines);
    return new Start("-jar", opened, List.of("-jar", jar.toString()), null);
  }

  private static Start opened(String way, String flag, List<String> rest) {
    List<String> words = new ArrayList<>(List.of(flag.split(" ")));
    words.addAll(rest);
    return new Start(way, flag, words, null);
  }

  private static Start agent(Installation here, String way, List<String> rest) {
    List<String> words = new ArrayList<>();
    words.add("-javaagent:" + here.core());
    words.addAll(rest);
    return new Start(
        "-javaagent, " + way,
        "-javaagent:holdfast-core.jar",
        words,
        here.hasJar()
            ? null
            : "an agent has to be a jar, and Holdfast is in the directory " + here.core());
  }
}
