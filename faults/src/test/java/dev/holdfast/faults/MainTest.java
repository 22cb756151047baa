// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the program runs what it is told, and that a row is good only if it says something. */
final class MainTest {

  @Test
  void aWrongCommandLineIsRefused() throws Exception {
    assertThat(Main.run(List.of("nothing"), false)).isEqualTo(2);
    assertThat(Main.run(List.of("--longer"), false)).isEqualTo(2);
    assertThat(Main.run(List.of("--out"), false)).isEqualTo(2);
    assertThat(Main.run(List.of("--list"), false)).isZero();
  }

  @Test
  void checksHaveNamesOfTheirOwn() {
    assertThat(Main.checks()).extracting(Check::name).doesNotHaveDuplicates().contains("soak");
  }

  @Test
  void aRowIsGoodOnlyIfItSaysSomething() {
    Findings none = new Findings();
    Row row = Row.of("what", 1, none, System.nanoTime());
    assertThat(row.passed()).as("without canaries").isFalse();
    assertThat(row.withCanaries(1, 2).passed()).as("with a canary missed").isFalse();
    assertThat(row.withCanaries(2, 2).passed()).isTrue();
    assertThat(Row.of("what", 0, none, 0).withCanaries(2, 2).passed()).as("no run").isFalse();
    Findings found = new Findings();
    found.add("wrong");
    assertThat(Row.of("what", 1, found, 0).withCanaries(2, 2).passed()).isFalse();
    assertThat(Row.broken("what", "why", Duration.ZERO).withCanaries(2, 2).passed()).isFalse();
  }

  @Test
  void aRowIsOneLineOfJson() {
    Findings found = new Findings();
    for (int i = 0; i < 22; i++) {
      found.add("a \"bad\"\nthing\t" + i);
    }
    Row row = new Row("faults", "what", 7, 22, found.kept(), 1, 2, Duration.ofMillis(1500));
    assertThat(row.json())
        .startsWith(
            "{\"checker\":\"faults\",\"what\":\"what\",\"count\":7,\"unit\":\"runs\",\"seconds\":1.5,"
                + "\"findings\":[\"a \\\"bad\\\"\\nthing\\u00090\",")
        .endsWith(",\"and 2 more\"],\"canariesCaught\":1,\"canaries\":2,\"good\":false}")
        .doesNotContain("\n");
  }
}
