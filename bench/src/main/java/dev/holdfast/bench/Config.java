// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.concurrent.TimeUnit;

/**
 * How much is to be measured.
 *
 * @param scale how large the rows are
 * @param sampleNanos how long what is short is repeated for one sample
 */
public record Config(Scale scale, long sampleNanos) {

  /** How large the rows are. */
  public enum Scale {
    /** As they are quoted. */
    FULL,
    /** All tables in a few minutes. */
    QUICK,
    /** Only to see that they run. */
    TINY
  }

  /** Returns what the tables are made with. */
  public static Config full() {
    return new Config(Scale.FULL, TimeUnit.MILLISECONDS.toNanos(60));
  }

  /** Returns what {@code --quick} measures. */
  public static Config quick() {
    return new Config(Scale.QUICK, TimeUnit.MILLISECONDS.toNanos(20));
  }

  /** Returns what tests measure. */
  public static Config tiny() {
    return new Config(Scale.TINY, 0);
  }

  /** Returns the number that belongs to the scale. */
  public int pick(int full, int quick, int tiny) {
    return switch (scale) {
      case FULL -> full;
      case QUICK -> quick;
      case TINY -> tiny;
    };
  }
}
