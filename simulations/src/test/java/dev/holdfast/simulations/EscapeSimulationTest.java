// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Simulated: references that are used where they are not valid. */
final class EscapeSimulationTest {

  private static void holds(String id) {
    Scenario scenario =
        EscapeScenarios.all().stream()
            .filter(each -> each.id().equals(id))
            .findFirst()
            .orElseThrow();
    Row row = Checks.check(scenario, Checks.seeds());
    assertThat(row.findings()).isEmpty();
    assertThat(row.isGood()).as("%s", row).isTrue();
  }

  @Test
  @Tag("S1")
  @DisplayName(
      "a reference that left its task is refused outside of tasks, and works in another task")
  void reference() {
    holds("S1");
  }

  @Test
  @Tag("S2")
  @DisplayName("a continuation on a foreign thread: the reference is refused, the guard works")
  void continuation() {
    holds("S2");
  }

  @Test
  @Tag("S3")
  @DisplayName("a reference that is used after the close is refused")
  void afterTheClose() {
    holds("S3");
  }

  @Test
  @Tag("S4")
  @DisplayName("what is asked for on a foreign thread is refused")
  void foreignThread() {
    holds("S4");
  }

  @Test
  @Tag("S5")
  @DisplayName("a job uses a reference that was passed in, and is refused one of its own")
  void job() {
    holds("S5");
  }

  @Test
  @Tag("S6")
  @DisplayName("a guard and a lease that are left open: named, and the values are safe")
  void leftOpen() {
    holds("S6");
  }

  @Test
  @Tag("S7")
  @DisplayName("references swapped through raw types never hand out the other's value")
  void swapped() {
    holds("S7");
  }

  @Test
  @Tag("S8")
  @DisplayName("there is one value for each worker, whoever asks first")
  void onePerWorker() {
    holds("S8");
  }

  @Test
  @Tag("S9")
  @DisplayName("a reference means the value of its first worker wherever its task resumes")
  void stable() {
    holds("S9");
  }

  @Test
  @Tag("S10")
  @DisplayName("a leased value is used by one task at a time, however tasks diverge")
  void exclusive() {
    holds("S10");
  }
}
