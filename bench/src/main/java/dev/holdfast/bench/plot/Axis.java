// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A logarithmic axis: where a number stands, and which numbers are written beside it.
 *
 * @param from the least number
 * @param to the greatest
 * @param start where the least one stands, in pixels
 * @param end where the greatest one stands; may be less than {@code start}
 * @param ticks what is written
 */
record Axis(double from, double to, double start, double end, List<Double> ticks) {

  private static final int MAX_FINE_TICKS = 9;

  double at(double value) {
    return start + (end - start) * Math.log(value / from) / Math.log(to / from);
  }

  /** An axis with 1, 2 and 5 of each power of ten, or only the powers if those are too many. */
  static Axis decimal(double least, double greatest, double start, double end) {
    // Some room at both ends.
    double from = least / 1.15;
    double to = greatest * 1.15;
    List<Double> fine = ticks(from, to, 1, 2, 5);
    List<Double> ticks = fine.size() <= MAX_FINE_TICKS ? fine : ticks(from, to, 1);
    if (ticks.size() < 2) {
      // All numbers are near each other: the axis goes to the next numbers that can be written.
      from = Math.min(from, below(from));
      to = Math.max(to, above(to));
      ticks = ticks(from, to, 1, 2, 5);
    }
    return new Axis(from, to, start, end, ticks);
  }

  /** An axis with the powers of two, from one to another. */
  static Axis binary(double least, double greatest, double start, double end) {
    double from = Math.pow(2, Math.floor(log2(least)));
    double to = Math.max(2 * from, Math.pow(2, Math.ceil(log2(greatest))));
    List<Double> ticks = new ArrayList<>();
    for (double tick = from; tick <= to; tick *= 2) {
      ticks.add(tick);
    }
    double room = Math.pow(to / from, 0.03);
    return new Axis(from / room, to * room, start, end, ticks);
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  private static double below(double value) {
    List<Double> ticks = ticks(value / 10, value, 1, 2, 5);
    return ticks.getLast();
  }

  private static double above(double value) {
    return ticks(value, value * 10, 1, 2, 5).getFirst();
  }

  private static List<Double> ticks(double from, double to, int... steps) {
    List<Double> ticks = new ArrayList<>();
    int last = (int) Math.ceil(Math.log10(to));
    for (int power = (int) Math.floor(Math.log10(from)); power <= last; power++) {
      for (int step : steps) {
        // Not a product of a power with a negative exponent, which would not be the nearest number.
        double tick = Double.parseDouble(step + "e" + power);
        if (tick >= from && tick <= to) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }

  /** Writes a number as briefly as it stands on an axis. */
  static String text(double value) {
    if (value >= 1_000_000 && value % 100_000 == 0) {
      return trimmed(value / 1_000_000, 1) + " M";
    }
    return value >= 100 ? String.format(Locale.ROOT, "%,.0f", value) : trimmed(value, 4);
  }

  private static String trimmed(double value, int digits) {
    String text = String.format(Locale.ROOT, "%." + digits + "f", value);
    return text.replaceFirst("\\.?0+$", "");
  }
}
