// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.ArrayList;
import java.util.List;

/** Measures one contestant at one row once. */
@FunctionalInterface
public interface Sampler {

  /**
   * Measures. Called several times, by the same platform thread, between which other contestants
   * are measured.
   *
   * @return one number in the unit of the row
   * @throws NotMeasuredException if it cannot be measured here, which takes the contestant out of
   *     the row
   * @throws Exception if it could not be measured, which ends the command
   */
  double sample() throws Exception;

  /** Something whose duration is a sample. */
  @FunctionalInterface
  interface Timed {
    /** Does it once. */
    void run() throws Exception;
  }

  /**
   * Measures nanoseconds per operation: the median of as many repetitions as fit into the time of a
   * sample. The first sample is taken after as many as fit into the time of a warm-up.
   *
   * @param operations how many operations one repetition has
   * @param least how often it is repeated at least
   * @param config says how long it is repeated
   * @param body one repetition
   */
  static Sampler nanosPer(long operations, int least, Config config, Timed body) {
    boolean[] warm = new boolean[1];
    return () -> {
      if (!warm[0]) {
        warm[0] = true;
        repeat(operations, 0, config.warmUpNanos(), body);
      }
      return Spread.of(repeat(operations, least, config.sampleNanos(), body)).median();
    };
  }

  private static List<Double> repeat(long operations, int least, long nanos, Timed body)
      throws Exception {
    List<Double> times = new ArrayList<>();
    long begin = System.nanoTime();
    while (times.size() < least || (System.nanoTime() - begin < nanos && times.size() < 10_000)) {
      long before = System.nanoTime();
      body.run();
      times.add((double) (System.nanoTime() - before) / operations);
    }
    return times;
  }
}
