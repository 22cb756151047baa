// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.verification.ChildJvm;
import dev.holdfast.verification.Row;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is made of what a run of Lincheck has printed. */
final class LincheckOutputTest {

  private static final Structure STRUCTURE = Structure.named("Registry");
  private static final String REAL = LincheckRun.MODEL + RegistryModel.class.getName();
  private static final String CANARY = LincheckRun.MODEL + PlacedTooLate.class.getName();

  @Test
  @DisplayName("A clean run has counted the scenarios of the real structure alone")
  void clean() {
    Row row =
        row(
            0,
            REAL,
            "= Iteration 1 / 2 =",
            "= Iteration 2 / 2 =",
            LincheckRun.CLEAN,
            CANARY,
            "= Iteration 1 / 9 =",
            LincheckRun.FOUND,
            "= Invalid execution results =");
    assertThat(row.isGood()).isTrue();
    assertThat(row.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("What is found in the real structure is a finding")
  void found() {
    Row row =
        row(0, REAL, "= Iteration 1 / 2 =", LincheckRun.FOUND, "lost", CANARY, LincheckRun.FOUND);
    assertThat(row.isGood()).isFalse();
    assertThat(row.findings()).singleElement().asString().contains("Registry", "lost");
  }

  @Test
  @DisplayName("A canary in which nothing was found is a finding")
  void blind() {
    Row row = row(0, REAL, "= Iteration 1 / 2 =", LincheckRun.CLEAN, CANARY, LincheckRun.CLEAN);
    assertThat(row.isGood()).isFalse();
    assertThat(row.findings()).singleElement().asString().contains("PlacedTooLate");
  }

  @Test
  @DisplayName("A run that broke down, or ran nothing, is a finding")
  void brokeDown() {
    assertThat(row(134, REAL, "= Iteration 1 / 2 =", "SIGSEGV").findings())
        .anySatisfy(each -> assertThat(each).contains("exit code 134", "SIGSEGV"));
    assertThat(row(0).isGood()).isFalse();
  }

  private static Row row(int exit, String... lines) {
    return LincheckChecker.row(
        STRUCTURE, new ChildJvm.Ended(exit, List.of(lines)), Duration.ofSeconds(1));
  }
}
