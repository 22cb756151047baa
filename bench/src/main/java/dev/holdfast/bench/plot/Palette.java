// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

/**
 * The colours and strokes of series, of which each has its own. The colours stand apart on white
 * and on black, and for most of those who see few colours; after eight of them the strokes change.
 */
final class Palette {

  private static final String[] COLOURS = {
    "#2f7ed8", "#e07b1a", "#2a9d6f", "#c94a6a", "#8a63c9", "#a0832b", "#3aa6b9", "#7d8590"
  };

  private static final String[] STROKES = {"", "6 3", "2 3", "9 3 2 3"};

  private Palette() {}

  static String fill(int series) {
    return "fill=\"" + colour(series) + "\"";
  }

  static String stroke(int series) {
    String dashes = STROKES[series / COLOURS.length % STROKES.length];
    return "stroke=\""
        + colour(series)
        + "\""
        + (dashes.isEmpty() ? "" : " stroke-dasharray=\"" + dashes + "\"");
  }

  /** The colour as a line that is never broken. */
  static String plainStroke(int series) {
    return "stroke=\"" + colour(series) + "\"";
  }

  private static String colour(int series) {
    return COLOURS[series % COLOURS.length];
  }
}
