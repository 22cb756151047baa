// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Line;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The demo is measured if there is a command for it, and else the notes say why not. */
final class WorldTableTest {

  /** Something that can be run; it is not. */
  private static final String COMMAND =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  @Test
  void theDemoIsARowIfTheCommandIsKnown() {
    try (WorldTable table = new WorldTable(Config.full(), COMMAND)) {
      assertThat(table.lines()).extracting(Line::name).contains("demo", "http_server");
      assertThat(table.notes()).noneMatch(note -> note.startsWith("the demo "));
    }
  }

  @Test
  void withoutTheCommandANoteSaysWhatTellsIt() {
    try (WorldTable table = new WorldTable(Config.full(), null)) {
      assertThat(table.lines()).extracting(Line::name).doesNotContain("demo").contains("json");
      assertThat(table.notes())
          .anyMatch(note ->
              note.startsWith("the demo was not measured")
                  && note.contains("-Dholdfast.command=FILE"));
    }
  }

  @Test
  void aCommandThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> new WorldTable(Config.full(), COMMAND + "-none"))
        .hasMessageContaining("there is no command '" + COMMAND + "-none'");
  }
}
