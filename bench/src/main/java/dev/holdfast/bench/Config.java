// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.concurrent.TimeUnit;

/**
 * How much is to be measured.
 *
 * @param scale how large the rows are
 * @param sampleNanos how long what is short is repeated for one sample
 * @param warmUpNanos how long it is repeated before the first sample: what the compilers need
 */
public record Config(Scale scale, long sampleNanos, long warmUpNanos) {

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
    return of(Scale.FULL);
  }

  /** Returns what {@code --quick} measures. */
  public static Config quick() {
    return of(Scale.QUICK);
  }

  /** Returns what tests measure. */
  public static Config tiny() {
    return of(Scale.TINY);
  }

  /** Returns what belongs to a scale. */
  public static Config of(Scale scale) {
    return switch (scale) {
      case FULL -> of(scale, 60, 500);
      case QUICK -> of(scale, 20, 150);
      case TINY -> of(scale, 0, 0);
    };
  }

  private static Config of(Scale scale, long sampleMillis, long warmUpMillis) {
    return new Config(
        scale,
        TimeUnit.MILLISECONDS.toNanos(sampleMillis),
        TimeUnit.MILLISECONDS.toNanos(warmUpMillis));
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
