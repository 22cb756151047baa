// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sources for the two versions of Jackson differ in names alone: what helps one helps both. */
final class TwinsTest {

  private static final Path SOURCES = Path.of("src", "main", "java", "dev", "holdfast");

  @ParameterizedTest
  @ValueSource(strings = {"WorkerRecyclerPool.java", "PooledRecycler.java", "package-info.java"})
  void theTwoAreAlike(String file) throws IOException {
    assertThat(linesOf("jackson2", file))
        .isNotEmpty()
        .containsExactlyInAnyOrderElementsOf(
            linesOf("jackson3", file).stream()
                .map(line ->
                    line.replace("jackson3", "jackson2")
                        .replace("Jackson 3", "Jackson 2")
                        .replace("import tools.jackson", "import com.fasterxml.jackson"))
                .toList());
  }

  private static List<String> linesOf(String part, String file) throws IOException {
    return Files.readAllLines(SOURCES.resolve(part).resolve(file));
  }
}
