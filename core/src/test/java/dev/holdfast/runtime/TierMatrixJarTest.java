// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.ForkedJvm;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The tier of a program by the way it is started and by what opens {@code java.lang}: with the jar
 * as it is shipped, in JVMs of their own. Runs in the phase {@code integration-test}.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TierMatrixJarTest {

  private static final String PROGRAM =
      """
      package app;

      import dev.holdfast.local.WorkerLocal;
      import dev.holdfast.runtime.WorkerRuntime;

      public final class Main {
        public static void main(String[] arguments) throws Exception {
          WorkerLocal<int[]> local = WorkerLocal.of(() -> new int[1]);
          try (WorkerRuntime runtime = WorkerRuntime.start()) {
            int used = runtime.run(() -> local.<Integer>with(value -> ++value[0]));
            Module module = WorkerRuntime.class.getModule();
            System.out.println(runtime.tier() + " " + used + " " + module.getName());
          }
        }
      }
      """;

  private static final String MODULE = "module app { requires dev.holdfast.core; }";

  @TempDir static Path dir;

  /** The shipped jar, under the name that a program would know it by. */
  private static Path core;

  private static Path classes;

  @BeforeAll
  static void compileAProgram() throws IOException {
    String jar =
        Objects.requireNonNull(
            System.getProperty("holdfast.jar"),
            "this test needs the jar: run ./mvnw -pl core test-compile jar:jar surefire:test@jar-test");
    core = Files.copy(Path.of(jar), dir.resolve("holdfast-core.jar"));
    classes = Files.createDirectory(dir.resolve("classes"));
    Path main = Files.writeString(dir.resolve("Main.java"), PROGRAM);
    Path module = Files.writeString(dir.resolve("module-info.java"), MODULE);
    int exit =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-p",
                core.toString(),
                "-d",
                classes.toString(),
                main.toString(),
                module.toString());
    assertThat(exit).isZero();
  }

  @ParameterizedTest(name = "{0} with {1}: {2}")
  @CsvSource({
    "-cp,  nothing,                                          OWNED",
    "-cp,  --add-opens=java.base/java.lang=ALL-UNNAMED,       CARRIER",
    "-cp,  agent,                                            CARRIER",
    "-p,   nothing,                                          OWNED",
    "-p,   --add-opens=java.base/java.lang=dev.holdfast.core, CARRIER",
    // The flag of the class path opens nothing to a module.
    "-p,   --add-opens=java.base/java.lang=ALL-UNNAMED,       OWNED",
    "-p,   agent,                                            CARRIER",
    "-jar, nothing,                                          OWNED",
    "-jar, --add-opens=java.base/java.lang=ALL-UNNAMED,       CARRIER",
    "-jar, agent,                                            CARRIER",
    "-jar, Add-Opens: java.base/java.lang,                   CARRIER",
    "-jar, Launcher-Agent-Class: dev.holdfast.agent.OpeningAgent, CARRIER",
  })
  void theTierFollowsFromTheWayOfStart(String way, String opened, Tier tier) throws Exception {
    List<String> words = new ArrayList<>();
    if (opened.equals("agent")) {
      words.add("-javaagent:" + core);
    } else if (opened.startsWith("--")) {
      words.add(opened);
    }
    switch (way) {
      case "-cp" -> words.addAll(List.of("-cp", path(core, classes), "app.Main"));
      case "-p" -> words.addAll(List.of("-p", path(core, classes), "-m", "app/app.Main"));
      default -> words.addAll(List.of("-jar", executable(opened).toString()));
    }
    ForkedJvm.Outcome outcome = ForkedJvm.java(words);
    assertThat(outcome.exit()).as(outcome.toString()).isZero();
    String module = way.equals("-p") ? "dev.holdfast.core" : null;
    assertThat(outcome.lines().getLast()).isEqualTo(tier + " 1 " + module);
    if (tier == Tier.CARRIER) {
      assertThat(outcome.lines()).as("and nothing else is printed").hasSize(1);
    } else {
      assertThat(String.join(" ", outcome.lines()))
          .contains(
              "'--add-opens java.base/java.lang="
                  + (module == null ? "ALL-UNNAMED" : module)
                  + "'");
    }
  }

  private static String path(Path one, Path two) {
    return one + System.getProperty("path.separator") + two;
  }

  /** Makes the program's own jar, with a line in its manifest if one is given. */
  private static Path executable(String line) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, "app.Main");
    attributes.put(Attributes.Name.CLASS_PATH, core.getFileName().toString());
    String[] words = line.split(": ", 2);
    if (words.length == 2) {
      attributes.put(new Attributes.Name(words[0]), words[1]);
    }
    Path jar = dir.resolve("app.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, manifest)) {
      entries.putNextEntry(new JarEntry("app/Main.class"));
      Files.copy(classes.resolve("app").resolve("Main.class"), entries);
    }
    return jar;
  }
}
