// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command, with checkers that say what they are told to. */
final class MainTest {

  private static final Duration TOOK = Duration.ofMillis(1_250);

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  private record Told(String name, List<Row> rows) implements Checker {
    @Override
    public String about() {
      return "says what it is told";
    }

    @Override
    public List<Row> check(Length length, Consumer<String> progress) {
      progress.accept("as long as " + length);
      return rows;
    }
  }

  @Test
  @DisplayName("Who finds nothing, and is not blind, is good: exit code 0 and one table")
  void goodIsZero() {
    assertThat(run(List.of(row(12_345, List.of(), 3, 3)))).isZero();
    assertThat(out.toString().lines())
        .hasSize(3)
        .last()
        .asString()
        .contains("| one ", " 12,345 things ", " 1.3 s ", " none ", " 3 of 3 ");
    assertThat(err.toString().lines()).containsExactly("one: as long as SHORT");
  }

  @Test
  @DisplayName("A finding is exit code 1, and is shown")
  void aFindingIsOne() {
    assertThat(run(List.of(row(1, List.of("too early"), 3, 3)))).isOne();
    assertThat(err.toString()).contains("too early");
  }

  @Test
  @DisplayName("A canary that is not caught is exit code 1")
  void aBlindCheckerIsOne() {
    assertThat(run(List.of(row(1, List.of(), 2, 3)))).isOne();
    assertThat(err.toString()).contains("caught 2 of 3 canaries");
  }

  @Test
  @DisplayName("A checker without canaries may be blind: exit code 1")
  void withoutCanariesIsOne() {
    assertThat(run(List.of(row(1, List.of(), 0, 0)))).isOne();
    assertThat(err.toString()).contains("caught 0 of 0 canaries");
  }

  @Test
  @DisplayName("A checker that looked at nothing is exit code 1, and one that says nothing too")
  void nothingCheckedIsOne() {
    assertThat(run(List.of(row(0, List.of(), 1, 1)))).isOne();
    assertThat(run(List.of())).isOne();
    assertThat(err.toString()).contains("checked nothing", "one has checked nothing");
  }

  @Test
  @DisplayName("The long form is asked for, and the table is written as JSON")
  void writesJson() throws Exception {
    Path file = directory.resolve("table.json");
    assertThat(run(List.of(row(7, List.of(), 1, 1)), "--long", "--json", file.toString())).isZero();
    assertThat(err.toString()).contains("as long as LONG");
    assertThat(Files.readString(file))
        .contains(
            "\"length\" : \"long\"", "\"count\" : 7", "\"seconds\" : 1.25", "\"good\" : true");
  }

  @Test
  @DisplayName("An unknown checker, and a file that cannot be written, are refused in one sentence")
  void refusesWhatItCannotDo() {
    assertThat(run(List.of(), "two")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("no checker 'two'; there are: one");
    assertThat(run(List.of(), "--json", directory.toString())).isEqualTo(2);
  }

  @Test
  @DisplayName("The list names each checker, and runs none")
  void lists() {
    assertThat(run(List.of(), "--list")).isZero();
    assertThat(out.toString()).startsWith("one ").contains("says what it is told");
    assertThat(err.toString()).isEmpty();
  }

  private static Row row(long count, List<String> findings, int caught, int canaries) {
    return new Row("one", "what", count, "things", TOOK, findings, caught, canaries);
  }

  private int run(List<Row> rows, String... arguments) {
    CommandLine command = Main.commandLine(new Main(List.of(new Told("one", rows))));
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }
}
