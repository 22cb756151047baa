// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How quiet the machine is: the same arithmetic, timed again and again. */
final class Noise {

  private static final int STEPS = 500_000;

  private final List<Double> times = new ArrayList<>();

  /** Read by nobody, but kept, so that the arithmetic is done. */
  private volatile long kept = 1;

  /** Times it once, a millisecond on an idle machine. */
  void measure() {
    long begin = System.nanoTime();
    long state = kept;
    for (int i = 0; i < STEPS; i++) {
      state = state * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
    }
    kept = state;
    times.add((System.nanoTime() - begin) / 1e6);
  }

  /** Says what it took, without the first fifth, which was not compiled yet. */
  String text() {
    Spread spread = Spread.of(times.subList(times.size() / 5, times.size()));
    return String.format(
        Locale.ROOT,
        "the machine: the same arithmetic on one thread, timed before each row, took %s ms: what is"
            + " far from its least was disturbed, and so were the rows",
        spread.text());
  }
}
