// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

/** A source of random numbers that is the same for a seed in every JVM: SplitMix64. */
final class Dice {

  private long state;

  Dice(long seed) {
    // Neighbouring seeds must not give neighbouring numbers.
    state = mix(seed + 0x9E3779B97F4A7C15L);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  long next() {
    state += 0x9E3779B97F4A7C15L;
    return mix(state);
  }

  /** Returns a number from 0 to below a bound. */
  int next(int bound) {
    return bound == 1 ? 0 : (int) Long.remainderUnsigned(next(), bound);
  }
}
