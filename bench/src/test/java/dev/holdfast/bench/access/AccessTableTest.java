// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import org.junit.jupiter.api.Test;

/** What the table aims at. */
final class AccessTableTest {

  @Test
  void aTaskWithNothingIsMeasuredBesideOneWithAUseAndNothingIsAimedAt() {
    Line line =
        new AccessTable(Config.tiny())
            .lines().stream()
                .filter(each -> each.name().equals("a task with TaskLocal.get"))
                .findFirst()
                .orElseThrow();
    assertThat(line.contestants())
        .extracting(Contestant::peer)
        .containsExactly(
            Contestant.HOLDFAST,
            "with ThreadLocal.get",
            "with ScopedValue, bound, get",
            "with nothing");
    assertThat(line.aims())
        .extracting(Line.Aim::peer)
        .containsExactly("with ThreadLocal.get", "with ScopedValue, bound, get");
  }
}
