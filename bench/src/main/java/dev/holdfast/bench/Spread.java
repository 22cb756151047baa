// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measured numbers as they are quoted: the middle one, the least and the greatest.
 *
 * @param median the middle one
 * @param min the least
 * @param max the greatest
 */
public record Spread(double median, double min, double max) {

  /** Summarises numbers, of which there must be one at least. */
  public static Spread of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /** Summarises numbers, of which there must be one at least. */
  public static Spread of(List<Double> values) {
    return of(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  String text() {
    return number(median) + " (" + number(min) + "-" + number(max) + ")";
  }

  static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
  }
}
