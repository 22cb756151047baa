// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is made of what the program of another module has printed. */
final class ProgramCheckerTest {

  private static final Duration TOOK = Duration.ofSeconds(7);

  private static final String GOOD =
      "{\"checker\":\"x\",\"what\":\"one\",\"count\":12,\"unit\":\"samples\",\"seconds\":1.5,"
          + "\"findings\":[],\"canariesCaught\":2,\"canaries\":2,\"good\":true}";

  private static final String FOUND =
      "{\"checker\":\"x\",\"what\":\"two\",\"count\":3,\"unit\":\"runs\",\"other\":{\"a\":[1]},"
          + "\"findings\":[\"a \\\"b\\\"\",\"c\"],\"canariesCaught\":1,\"canaries\":1}";

  private final ProgramChecker checker =
      new ProgramChecker("program", "says things", "a.Main", Duration.ZERO, Duration.ZERO);

  @Test
  @DisplayName("Each line that is a row becomes one, whatever else is printed")
  void goodRows() {
    List<Row> rows = rows(0, "Hello", GOOD, "{}", GOOD);
    assertThat(rows)
        .hasSize(2)
        .first()
        .isEqualTo(
            new Row("program", "one", 12, "samples", Duration.ofMillis(1_500), List.of(), 2, 2));
  }

  @Test
  @DisplayName("What the program has found is a finding; a row without a time has that of all")
  void aFinding() {
    List<Row> rows = rows(1, GOOD, FOUND);
    assertThat(rows).hasSize(2);
    assertThat(rows.getLast().findings()).containsExactly("a \"b\"", "c");
    assertThat(rows.getLast().took()).isEqualTo(TOOK);
  }

  @Test
  @DisplayName("A program that says nothing, or exits otherwise than its rows say, is a finding")
  void brokeDown() {
    assertThat(complaint(0, "Hello")).contains("0 rows", "Hello");
    assertThat(complaint(2, GOOD)).contains("1 rows", "exit code 2");
    assertThat(complaint(1, GOOD)).contains("exit code 1");
    assertThat(complaint(0, FOUND)).contains("exit code 0");
    assertThat(complaint(ChildJvm.TIMED_OUT, GOOD)).contains("at its deadline");
  }

  @Test
  @DisplayName("A row that is cut off, or lacks what it is about, is a finding")
  void brokenRow() {
    assertThat(complaint(0, GOOD, GOOD.substring(0, 40))).contains("no row");
    assertThat(complaint(0, GOOD, GOOD.replace("\"findings\":[],", ""))).contains("no findings");
    assertThat(complaint(0, GOOD, GOOD.replace("[]", "0"))).contains("not a list");
  }

  private String complaint(int exit, String... lines) {
    Row last = rows(exit, lines).getLast();
    assertThat(last.isGood()).isFalse();
    assertThat(last.what()).isEqualTo("a.Main");
    return last.findings().stream().collect(Collectors.joining(" "));
  }

  private List<Row> rows(int exit, String... lines) {
    return checker.rows(new ChildJvm.Ended(exit, List.of(lines)), TOOK);
  }
}
