// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

/** Counts durations in steps of at most 1/64 of their size, so that any number takes one space. */
final class Latencies {

  private static final int BITS = 6;

  private final long[] counts = new long[(Long.SIZE - BITS) << BITS];
  private long total;

  void add(long nanos) {
    counts[step(Math.max(0, nanos))]++;
    total++;
  }

  long total() {
    return total;
  }

  /** Returns the greatest duration of the step that the given share of all falls in or below. */
  long quantile(double share) {
    if (total == 0) {
      throw new IllegalStateException("no duration was added, so there is no quantile");
    }
    long rank = Math.max(1, (long) Math.ceil(share * total));
    long seen = 0;
    for (int step = 0; step < counts.length; step++) {
      seen += counts[step];
      if (seen >= rank) {
        return greatestOf(step);
      }
    }
    throw new AssertionError("the counts come to " + seen + ", not to " + total);
  }

  /** Below two rounds of steps each step is one nanosecond; each later round is twice as coarse. */
  private static int step(long nanos) {
    int shift = Math.max(0, Long.SIZE - 1 - BITS - Long.numberOfLeadingZeros(nanos | 1));
    return (shift << BITS) + (int) (nanos >>> shift);
  }

  private static long greatestOf(int step) {
    int shift = Math.max(0, (step >> BITS) - 1);
    long mantissa = step - ((long) shift << BITS);
    return ((mantissa + 1) << shift) - 1;
  }
}
