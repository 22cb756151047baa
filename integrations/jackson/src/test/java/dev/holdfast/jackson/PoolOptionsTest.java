// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Options say what is wrong with them, with the value. */
final class PoolOptionsTest {

  private static final PoolOptions OPTIONS = PoolOptions.defaults();

  @Test
  void eachOneIsSetByItself() {
    assertThat(OPTIONS).isEqualTo(new PoolOptions("jackson", 16, 1_048_576, false));
    assertThat(OPTIONS.named("web").recyclers(4).bytes(5).trackPlaces())
        .isEqualTo(new PoolOptions("web", 4, 5, true));
  }

  @Test
  void whatIsOutOfRangeIsRefused() {
    assertThatThrownBy(() -> OPTIONS.recyclers(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("recyclers must be 1 to 65536, was 0; to keep none use");
    assertThatThrownBy(() -> OPTIONS.recyclers(65_537)).hasMessageContaining("was 65537");
    assertThat(OPTIONS.recyclers(65_536).recyclers()).isEqualTo(65_536);
    assertThat(OPTIONS.recyclers(1).bytes(1).bytes()).isEqualTo(1);
    assertThatThrownBy(() -> OPTIONS.bytes(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bytes must be 1 or more, was 0");
    assertThatThrownBy(() -> OPTIONS.named(" "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("was ' '");
  }
}
