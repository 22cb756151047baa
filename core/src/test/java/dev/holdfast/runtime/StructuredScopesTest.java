// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.ForkedJvm;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Structured scopes on a runtime, in a JVM that has preview features enabled. */
@Tag("S66")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class StructuredScopesTest {

  @Test
  @DisplayName(
      "S66: structured scopes belong to the runtime, are counted, and end with the runtime")
  void structuredScopesBelongToTheRuntime() throws Exception {
    Path program =
        Path.of(getClass().getResource("/dev/holdfast/runtime/StructuredScopes.java").toURI());
    ForkedJvm.Outcome outcome = ForkedJvm.runPreview(program);
    assertThat(outcome.lines().stream().filter(line -> !line.startsWith("Note:")))
        .containsExactly(
            "saw: factory",
            "saw: inside",
            "saw: failure",
            "saw: scoped",
            "saw: timeout",
            "saw: shutdown inside",
            "saw: shutdown outside",
            "saw: rejected");
    assertThat(outcome.exit()).isZero();
  }
}
