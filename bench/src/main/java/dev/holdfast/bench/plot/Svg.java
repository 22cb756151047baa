// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

import java.util.Locale;

/**
 * The text of a picture. It brings its own background, and with that its own contrast: a light one,
 * and a dark one for readers who prefer that.
 */
final class Svg {

  static final int WIDTH = 900;

  /** Room at the edges. */
  static final int MARGIN = 24;

  private static final String STYLE =
      """
      text { font-family: -apple-system, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; \
      font-size: 12px; fill: #3d4752; }
      .card { fill: #ffffff; stroke: #d7dde3; }
      .title { font-size: 18px; font-weight: 600; fill: #14191f; }
      .quiet { fill: #66717c; }
      .row { fill: #14191f; }
      .grid { stroke: #e6eaee; stroke-width: 1; }
      .axis { stroke: #9aa5b0; stroke-width: 1; }
      .one { stroke: #14191f; stroke-width: 1.5; }
      .whisker { stroke: #14191f; stroke-width: 1.25; fill: none; }
      .leader { stroke: #b9c2cb; stroke-width: 1; fill: none; }
      .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
      .spread { stroke-width: 1.25; opacity: 0.55; }
      """;

  private static final String DARK =
      """
      @media (prefers-color-scheme: dark) {
      text { fill: #c3ccd5; }
      .card { fill: #161b22; stroke: #30363d; }
      .title { fill: #f0f3f6; }
      .quiet { fill: #97a3af; }
      .row { fill: #f0f3f6; }
      .grid { stroke: #2a313a; }
      .axis { stroke: #65707b; }
      .one { stroke: #f0f3f6; }
      .whisker { stroke: #f0f3f6; }
      .leader { stroke: #4b5560; }
      }
      """;

  private final StringBuilder text = new StringBuilder();

  /** Opens a picture with its title, which may go on below it. */
  Svg(Caption caption, int height) {
    text.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
            .formatted(WIDTH, height, WIDTH, height));
    text.append("<style>\n").append(STYLE).append(DARK).append("</style>\n");
    text.append(
        "<rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n"
            .formatted(WIDTH - 1, height - 1));
    text(MARGIN, 36, "title", "start", caption.title());
    text(MARGIN, 56, "quiet", "start", caption.subtitle());
  }

  /** Writes text; its anchor is where it has the point: start, middle or end. */
  void text(double x, double y, String styles, String anchor, String words) {
    text.append(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            styles,
            x,
            y,
            anchor,
            escaped(words)));
  }

  /** Writes text upwards, its middle at the point. */
  void upwards(double x, double y, String styles, String words) {
    text.append(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" transform=\"translate(%.1f %.1f) rotate(-90)\""
                + " text-anchor=\"middle\">%s</text>%n",
            styles,
            x,
            y,
            escaped(words)));
  }

  void line(String styles, double x1, double y1, double x2, double y2, String more) {
    text.append(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"%s/>%n",
            styles,
            x1,
            y1,
            x2,
            y2,
            spaced(more)));
  }

  void bar(String styles, double x, double y, double width, double height, String more) {
    text.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"%s/>%n",
            styles,
            x,
            y,
            width,
            height,
            spaced(more)));
  }

  void dot(double x, double y, String more) {
    text.append(
        String.format(
            Locale.ROOT,
            "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.2\"%s/>%n",
            x,
            y,
            spaced(more)));
  }

  void path(String styles, String points, String more) {
    text.append(
        "<polyline class=\"%s\" points=\"%s\"%s/>%n".formatted(styles, points, spaced(more)));
  }

  /** Closes the picture. */
  String end() {
    return text + "</svg>\n";
  }

  /** About as wide as the words are, at the size of all text but the title. */
  static double width(String words) {
    return 7.3 * words.length();
  }

  private static String spaced(String more) {
    return more.isEmpty() ? "" : " " + more;
  }

  private static String escaped(String words) {
    return words
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
