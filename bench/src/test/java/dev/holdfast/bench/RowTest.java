// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class RowTest {

  private static Row row(Row.Aim aim, double ours, double theirs) {
    return new Row(
        "row",
        "peer",
        Spread.of(ours),
        Spread.of(theirs),
        Spread.of(aim.ratio(ours, theirs)),
        aim,
        OptionalDouble.empty());
  }

  @Test
  void aTimeIsReachedAtMost() {
    assertThat(row(Row.Aim.atMost(0.5), 5, 10).reached()).isTrue();
    assertThat(row(Row.Aim.atMost(0.5), 5.1, 10).reached()).isFalse();
  }

  @Test
  void aSpeedupIsReachedAtLeast() {
    assertThat(row(Row.Aim.speedup(1), 10, 10).reached()).isTrue();
    assertThat(row(Row.Aim.speedup(1), 10.2, 10).reached()).isFalse();
    assertThat(row(Row.Aim.speedup(1), 5, 10).ratio().median()).isEqualTo(2);
  }

  @Test
  void aMissIsPrintedAsOne() {
    assertThat(row(Row.Aim.atMost(0.5), 6, 10).markdown()).contains("| **no** |");
    assertThat(row(Row.Aim.atMost(0.5), 4, 10).markdown()).contains("| yes |");
  }

  @Test
  void aSpreadHasItsMiddleAndItsEnds() {
    assertThat(Spread.of(3, 1, 2)).isEqualTo(new Spread(2, 1, 3));
    assertThat(Spread.of(4, 1, 2, 3)).isEqualTo(new Spread(2.5, 1, 4));
  }
}
