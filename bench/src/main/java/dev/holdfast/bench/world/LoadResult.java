// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

/**
 * What a load generator saw, as one line of text between two processes.
 *
 * @param answered all answers that it got, also before and after the time that is measured
 * @param counted the answers in the time that is measured
 * @param nanos how long that was
 * @param p50 the nanoseconds that half of the counted requests took at most
 * @param p99 the nanoseconds that 99 of 100 took at most
 */
record LoadResult(long answered, long counted, long nanos, long p50, long p99) {

  /** The time per answer, all connections together. */
  double microsPerAnswer() {
    return nanos / 1e3 / counted;
  }

  String text() {
    return "answered " + answered + " " + counted + " " + nanos + " " + p50 + " " + p99;
  }

  static LoadResult parse(String text) {
    String[] words = text.strip().split(" ", -1);
    if (words.length != 6 || !words[0].equals("answered")) {
      throw new IllegalArgumentException("not a result of a load generator: '" + text + "'");
    }
    return new LoadResult(
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]),
        Long.parseLong(words[5]));
  }
}
