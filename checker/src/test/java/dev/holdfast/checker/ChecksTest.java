// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.BugPattern;
import com.google.errorprone.bugpatterns.BugChecker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That each check is registered, has a page, and says what it should. */
final class ChecksTest {

  private static final Path PAGES = Path.of("../docs/checks");

  static List<String> registered() throws IOException {
    Path file = Path.of("src/main/resources/META-INF/services", BugChecker.class.getName());
    return Files.readAllLines(file).stream()
        .map(name -> name.replace("dev.holdfast.checker.", ""))
        .toList();
  }

  @Test
  void eachCheckIsRegistered() throws IOException {
    Path sources = Path.of("src/main/java/dev/holdfast/checker");
    try (Stream<Path> files = Files.list(sources)) {
      List<String> checks =
          files
              .filter(file -> read(file).contains("@BugPattern("))
              .map(file -> file.getFileName().toString().replace(".java", ""))
              .sorted()
              .toList();
      assertThat(registered()).isNotEmpty().isSorted().isEqualTo(checks);
    }
  }

  @Test
  void eachCheckIsLoadedByErrorProne() throws IOException {
    assertThat(
            ServiceLoader.load(BugChecker.class).stream()
                .filter(each -> each.type().getPackageName().equals("dev.holdfast.checker"))
                .map(each -> each.get().canonicalName()))
        .containsExactlyInAnyOrderElementsOf(registered());
  }

  @Test
  void eachCheckHasAPageAndARowOfItsSeverity() throws IOException {
    List<String> rows =
        Pattern.compile("(?m)^\\| \\[`(\\w+)`]\\(\\1\\.md\\) \\|.*\\| (\\w+) \\|[^|]*\\|$")
            .matcher(read(PAGES.resolve("README.md")))
            .results()
            .map((MatchResult row) -> row.group(1) + " " + row.group(2))
            .toList();
    List<String> expected =
        ServiceLoader.load(BugChecker.class).stream()
            .map(ServiceLoader.Provider::type)
            .filter(type -> type.getPackageName().equals("dev.holdfast.checker"))
            .map(type -> type.getSimpleName() + " " + severity(type))
            .toList();
    assertThat(rows).isSorted().isEqualTo(expected);
    for (String check : registered()) {
      String page = read(PAGES.resolve(check + ".md"));
      assertThat(page)
          .startsWith("# " + check + "\n\n*")
          .contains("\n## The danger\n", "\n## The way out\n", "\n## What is looked at\n");
    }
  }

  private static String severity(Class<?> check) {
    return switch (check.getAnnotation(BugPattern.class).severity()) {
      case ERROR -> "error";
      case WARNING -> "warning";
      case SUGGESTION -> "suggestion";
    };
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
