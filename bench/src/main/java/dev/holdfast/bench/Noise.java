// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * How quiet the machine is: how much of a short time threads lose that only read the clock, one for
 * each processor.
 */
final class Noise {

  private static final long SPIN_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  /** Between two readings of the clock: longer, and something else had the processor. */
  private static final long GAP_NANOS = TimeUnit.MICROSECONDS.toNanos(5);

  private final List<Double> lost = new ArrayList<>();

  /** Measures once, for some milliseconds. */
  void measure() throws InterruptedException {
    int processors = Runtime.getRuntime().availableProcessors();
    LongAdder gaps = new LongAdder();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < processors; i++) {
      threads.add(Thread.ofPlatform().daemon().start(() -> gaps.add(spin())));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    lost.add(100.0 * gaps.sum() / (SPIN_NANOS * processors));
  }

  private static long spin() {
    long begin = System.nanoTime();
    long last = begin;
    long gaps = 0;
    while (last - begin < SPIN_NANOS) {
      long now = System.nanoTime();
      if (now - last > GAP_NANOS) {
        gaps += now - last;
      }
      last = now;
    }
    return gaps;
  }

  /** Says what was lost. */
  String text() {
    return String.format(
        Locale.ROOT,
        "the machine: before each row, threads that only read the clock, one for each processor,"
            + " lost %s%% of their time to something else",
        Spread.of(lost).text());
  }
}
