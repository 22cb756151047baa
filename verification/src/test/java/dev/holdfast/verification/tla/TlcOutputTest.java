// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.tla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.verification.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is made of TLC's output, and of the list of canaries. */
final class TlcOutputTest {

  private static final String COUNT =
      "1,601 states generated, 273 distinct states found, 0 states left on queue.";

  @Test
  @DisplayName("A run that ended well is clean, with the number of its states")
  void clean() {
    Tlc.Outcome outcome = outcome(0, COUNT);
    assertThat(outcome.isClean()).isTrue();
    assertThat(outcome.states()).isEqualTo(273);
  }

  @Test
  @DisplayName("A violation has the name of the property")
  void violated() {
    assertThat(outcome(12, "Error: Invariant G1 is violated.", COUNT))
        .satisfies(each -> assertThat(each.violated()).isEqualTo("G1"))
        .satisfies(each -> assertThat(each.failure()).isNull())
        .satisfies(each -> assertThat(each.isClean()).isFalse());
    assertThat(outcome(13, "Error: Temporal properties were violated.", COUNT).violated())
        .isEqualTo("Ends");
  }

  @Test
  @DisplayName("A run that looked at no state, or broke down, is no clean run and no violation")
  void broken() {
    assertThat(outcome(0, COUNT.replace("273", "0")).failure()).contains("exit code 0");
    assertThat(outcome(0).failure()).contains("exit code 0");
    assertThat(outcome(150, "Error: Parsing failed", COUNT).failure()).contains("Parsing failed");
    assertThat(outcome(ChildJvm.TIMED_OUT, COUNT).failure()).contains("at its deadline");
  }

  @Test
  @DisplayName("A canary is the short form with what it says is different, and one property")
  void canary() {
    Canary canary = Canary.parse(List.of("# none", "M wrong G1 Spec Max=1")).getFirst();
    List<String> shortForm =
        List.of("CONSTANTS", "  Max = 2", "  Break = \"nothing\"", "SYMMETRY S");
    assertThat(canary.configuration(shortForm))
        .isEqualTo(
            """
            SPECIFICATION Spec
            CONSTANTS
              Break = "wrong"
              Max = 1
            INVARIANT G1
            SYMMETRY S\
            """);
    Canary live = Canary.parse(List.of("M wrong Ends FairSpec")).getFirst();
    assertThat(live.configuration(shortForm)).endsWith("PROPERTY Ends\n");
    Canary unknown = Canary.parse(List.of("M wrong Ends FairSpec Min=1")).getFirst();
    assertThatThrownBy(() -> unknown.configuration(shortForm)).hasMessageContaining("Min");
    assertThatThrownBy(() -> Canary.parse(List.of("M wrong"))).hasMessageContaining("M wrong");
  }

  private static Tlc.Outcome outcome(int exit, String... lines) {
    return Tlc.outcome(new ChildJvm.Ended(exit, List.of(lines)), "Ends");
  }
}
