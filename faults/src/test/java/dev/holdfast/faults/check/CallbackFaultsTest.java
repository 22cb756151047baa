// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.faults.books.Findings;
import dev.holdfast.runtime.Tier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** That whatever a callback throws, all else goes on, and what was thrown is where it belongs. */
@Timeout(value = 90, threadMode = ThreadMode.SEPARATE_THREAD)
final class CallbackFaultsTest {

  private static final int SCALE = Integer.getInteger("holdfast.test.scale", 1);

  static Stream<Arguments> callbacks() {
    return Stream.of(Tier.values())
        .flatMap(tier -> Stream.of(Callback.values()).map(where -> Arguments.of(tier, where)));
  }

  @ParameterizedTest(name = "S34: {1} in tier {0}")
  @MethodSource("callbacks")
  @Tag("S34")
  void nothingIsLostWhateverACallbackThrows(Tier tier, Callback where) throws Exception {
    for (int i = 0; i < SCALE; i++) {
      for (Thrown what : Thrown.values()) {
        Findings findings = CallbackFaults.once(tier, where, what, null);
        assertThat(findings.kept()).as("what throws: %s", what).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Canary.class)
  void whatIsWrongOnPurposeIsFound(Canary canary) throws Exception {
    assertThat(CallbackFaults.isCaught(canary)).isTrue();
  }
}
