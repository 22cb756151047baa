// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Simulated: the barrier, and the life of a runtime up to it. */
final class CloseSimulationTest {

  private static void holds(String id) {
    Scenario scenario =
        CloseScenarios.all().stream()
            .filter(each -> each.id().equals(id))
            .findFirst()
            .orElseThrow();
    Row row = Checks.check(scenario, Checks.seeds());
    assertThat(row.findings()).isEmpty();
    assertThat(row.isGood()).as("%s", row).isTrue();
  }

  @Test
  @Tag("S15")
  @DisplayName("started and closed at once: what was accepted runs, the rest is refused")
  void closedAtOnce() {
    holds("S15");
  }

  @Test
  @Tag("S16")
  @DisplayName("a job holds the barrier from its submission on")
  void jobs() {
    holds("S16");
  }

  @Test
  @Tag("S18")
  @DisplayName("a worker keeps its thread and its value")
  void identity() {
    holds("S18");
  }

  @Test
  @Tag("S21")
  @DisplayName("closed by many, and racing entries: each close returns after the end")
  void closedByMany() {
    holds("S21");
  }

  @Test
  @Tag("S22")
  @DisplayName(
      "interrupts and spurious wake-ups at the barrier: the close goes on, the interrupt stays")
  void interrupted() {
    holds("S22");
  }

  @Test
  @Tag("S24")
  @DisplayName("tasks that wait for jobs and tasks during the close are waited for")
  void blocksWhileClosing() {
    holds("S24");
  }

  @Test
  @Tag("S27")
  @DisplayName(
      "a job holds a value beyond the deadline: named, and the value is alive until it ends")
  void deadline() {
    holds("S27");
  }

  @Test
  @Tag("S28")
  @DisplayName("a task that closes its own runtime is refused, and may ask for a close")
  void closedFromInside() {
    holds("S28");
  }

  @Test
  @Tag("S29")
  @DisplayName("a blocking entry inside a task is refused")
  void nestedEntry() {
    holds("S29");
  }

  @Test
  @Tag("S33")
  @DisplayName("an entry that throws leaves its caller as it was")
  void failingEntry() {
    holds("S33");
  }

  @Test
  @Tag("S34")
  @DisplayName("tasks that throw while the runtime shuts down: it closes, and names them")
  void failures() {
    holds("S34");
  }

  @Test
  @Tag("S35")
  @DisplayName("a task that ignores interrupts: the close is bounded, and names it")
  void deaf() {
    holds("S35");
  }

  @Test
  @Tag("S36")
  @DisplayName("parked tasks that use each other's values in their finally blocks")
  void doomsday() {
    holds("S36");
  }

  @Test
  @Tag("S38")
  @DisplayName("a foreign thread wakes a task during and after the close")
  void wakers() {
    holds("S38");
  }

  @Test
  @Tag("S39")
  @DisplayName("clean-ups that need a lock that another dying task holds")
  void sharedLocks() {
    holds("S39");
  }

  @Test
  @Tag("S66")
  @DisplayName("virtual threads that tasks start by themselves are counted and not stranded")
  void strays() {
    holds("S66");
  }
}
