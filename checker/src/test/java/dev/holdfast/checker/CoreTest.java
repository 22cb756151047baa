// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the checks find nothing in core. It is built before the checker, for whose tests it is, and
 * so is compiled once more here; all other modules are compiled with the checks in their builds.
 */
final class CoreTest {

  private static final Path CORE = Path.of("../core/src/main/java");

  /** Compiled with it: a misuse for each check, so that to find nothing means something. */
  private static final Path CANARY = Path.of("src/trial/Canary.java");

  private static final Pattern PLANTED = Pattern.compile("// finds: (\\w+)");

  @Test
  @DisplayName("core has nothing that a check finds, beside a file in which each finds something")
  void coreHasNothing(@TempDir Path classes) throws IOException {
    List<Path> sources = new ArrayList<>(List.of(CANARY));
    try (Stream<Path> files = Files.walk(CORE)) {
      files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith("module-info.java"))
          .forEach(sources::add);
    }
    assertThat(sources).hasSizeGreaterThan(150);

    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    boolean compiled;
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(said, Locale.ROOT, UTF_8)) {
      compiled =
          compiler
              .getTask(
                  null,
                  files,
                  said,
                  List.of(
                      "-d",
                      classes.toString(),
                      "-classpath",
                      System.getProperty("java.class.path"),
                      "-processorpath",
                      System.getProperty("java.class.path"),
                      "-proc:none",
                      "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                      "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED",
                      "-Xlint:none",
                      "-Xmaxerrs",
                      "1000",
                      "-Xmaxwarns",
                      "1000",
                      "-XDcompilePolicy=simple",
                      "--should-stop=ifError=FLOW",
                      "-Xplugin:ErrorProne -XepDisableAllChecks " + checks()),
                  null,
                  files.getJavaFileObjectsFromPaths(sources))
              .call();
    }
    assertThat(compiled).as("%s", said.getDiagnostics()).isTrue();
    assertThat(said.getDiagnostics().stream().filter(CoreTest::isOfCore)).isEmpty();
    assertThat(
            said.getDiagnostics().stream()
                .filter(each -> !isOfCore(each))
                .map(each -> each.getLineNumber() + " " + name(each)))
        .containsAll(planted());
  }

  private static boolean isOfCore(Diagnostic<? extends JavaFileObject> said) {
    JavaFileObject source = said.getSource();
    return source == null || !source.getName().endsWith("Canary.java");
  }

  /** Error Prone begins what it says with the name of the check in brackets. */
  private static String name(Diagnostic<?> said) {
    return said.getMessage(Locale.ROOT).replaceFirst("(?s)^\\[(\\w+)].*", "$1");
  }

  private static List<String> planted() throws IOException {
    List<String> lines = Files.readAllLines(CANARY);
    List<String> planted = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      for (MatchResult each : PLANTED.matcher(lines.get(i)).results().toList()) {
        planted.add(i + 1 + " " + each.group(1));
      }
    }
    assertThat(planted).isNotEmpty();
    return planted;
  }

  private static String checks() throws IOException {
    return ChecksTest.registered().stream()
        .map(check -> "-Xep:" + check + ":WARN")
        .collect(Collectors.joining(" "));
  }
}
