// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Simulated: destructors and initialisers. */
final class DestructorSimulationTest {

  private static void holds(String id) {
    Scenario scenario =
        DestructorScenarios.all().stream()
            .filter(each -> each.id().equals(id))
            .findFirst()
            .orElseThrow();
    Row row = Checks.check(scenario, Checks.seeds());
    assertThat(row.findings()).isEmpty();
    assertThat(row.isGood()).as("%s", row).isTrue();
  }

  @Test
  @Tag("S37")
  @DisplayName("a destructor that starts work is refused")
  void startsWork() {
    holds("S37");
  }

  @Test
  @Tag("S40")
  @DisplayName(
      "a destructor that makes another local's value: it is destroyed too, last made first")
  void makesAnother() {
    holds("S40");
  }

  @Test
  @Tag("S41")
  @DisplayName("a destructor that reads a destroyed local is refused")
  void readsADestroyedOne() {
    holds("S41");
  }

  @Test
  @Tag("S42")
  @DisplayName("destructors that throw: the rest run, and all are named")
  void throwing() {
    holds("S42");
  }

  @Test
  @Tag("S44")
  @DisplayName("joins, gets and closes return after the destructors that they stand for")
  void joins() {
    holds("S44");
  }

  @Test
  @Tag("S45")
  @DisplayName("initialisers that throw, recurse, and read another local")
  void initializers() {
    holds("S45");
  }

  @Test
  @Tag("S46")
  @DisplayName("first use while shutting down works, and is refused after the barrier")
  void firstUse() {
    holds("S46");
  }
}
