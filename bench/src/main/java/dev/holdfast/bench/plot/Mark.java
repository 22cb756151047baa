// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

/**
 * One number of a picture, with its spread.
 *
 * @param label the row that it stands in, of a picture with bars; what it is, in messages
 * @param series what it is a part of: a line, or the bars of one colour
 * @param x where it stands on the horizontal axis, of a picture with lines; positive
 * @param median the number; positive, as the others are, for all axes are logarithmic
 * @param min the least that was measured
 * @param max the greatest that was measured
 */
public record Mark(String label, String series, double x, double median, double min, double max) {

  /** Refuses what has no place on a logarithmic axis. */
  public Mark {
    if (label.isBlank() || series.isBlank()) {
      throw new IllegalArgumentException(
          "a mark needs a label and a series, not '" + label + "' and '" + series + "'");
    }
    if (!(min > 0 && min <= median && median <= max && Double.isFinite(max))) {
      throw new IllegalArgumentException(
          label
              + ", "
              + series
              + ": the numbers must be finite and 0 < min <= median <= max, not "
              + min
              + ", "
              + median
              + ", "
              + max);
    }
    if (!(x > 0 && Double.isFinite(x))) {
      throw new IllegalArgumentException(
          label + ", " + series + ": x must be finite and positive, not " + x);
    }
  }

  /** A bar: {@code peer} at {@code row}. */
  public static Mark bar(String row, String peer, double median, double min, double max) {
    return new Mark(row, peer, 1, median, min, max);
  }

  /** A point of a line. */
  public static Mark point(String series, double x, double median, double min, double max) {
    return new Mark(series, series, x, median, min, max);
  }
}
