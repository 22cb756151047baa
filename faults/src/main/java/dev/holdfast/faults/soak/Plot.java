// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import java.util.List;
import java.util.Locale;

/** The samples of a soak as a picture: one panel for each line, all over the same time. */
final class Plot {

  private static final int WIDTH = 860;
  private static final int PANEL = 130;
  private static final int LEFT = 80;
  private static final int RIGHT = 20;
  private static final int GAP = 34;

  private Plot() {}

  /** Returns it as SVG. */
  static String svg(String title, List<Sample> samples) {
    Flatness.Line[] lines = Flatness.Line.values();
    int height = GAP + lines.length * (PANEL + GAP) + 10;
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>%n"
                + "<text x=\"%d\" y=\"20\" font-weight=\"bold\">%s</text>%n",
            WIDTH,
            height,
            LEFT,
            escaped(title)));
    int top = GAP + 10;
    for (Flatness.Line line : lines) {
      panel(svg, line, samples, top);
      top += PANEL + GAP;
    }
    return svg.append("</svg>\n").toString();
  }

  private static void panel(StringBuilder svg, Flatness.Line line, List<Sample> samples, int top) {
    double most = 1;
    for (Sample each : samples) {
      most = Math.max(most, line.of(each));
    }
    most *= 1.1;
    double end = Math.max(1, samples.getLast().millis());
    int width = WIDTH - LEFT - RIGHT;
    int bottom = top + PANEL;
    boolean bytes = line.unit().equals("bytes");
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#f7f8fa\"/>%n"
                + "<text x=\"%d\" y=\"%d\">%s%s</text>%n"
                + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n"
                + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0</text>%n"
                + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f s</text>%n",
            LEFT,
            top,
            width,
            PANEL,
            LEFT,
            top - 5,
            line.title(),
            bytes ? " after a collection, MB" : "",
            LEFT - 6,
            top + 12,
            bytes ? String.format(Locale.ROOT, "%.0f", most / 1e6) : Math.round(most),
            LEFT - 6,
            bottom,
            WIDTH - RIGHT,
            bottom + 14,
            end / 1000));
    svg.append("<polyline fill=\"none\" stroke=\"#1f6f8b\" stroke-width=\"1.5\" points=\"");
    for (Sample each : samples) {
      double x = LEFT + width * each.millis() / end;
      double y = bottom - PANEL * Math.max(0, line.of(each)) / most;
      svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
    }
    svg.append("\"/>\n");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }
}
