// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Horizontal bars in rows, from the line at one. */
final class BarPlot {

  private static final int LEGEND = 84;
  private static final int TOP = 108;
  private static final int BAR = 13;
  private static final int BETWEEN_BARS = 3;
  private static final int BETWEEN_ROWS = 14;
  private static final int BELOW = 62;
  private static final int NUMBERS = 64;

  private final Caption caption;
  private final Map<String, Map<String, Mark>> rows = new LinkedHashMap<>();
  private final List<String> peers = new ArrayList<>();
  private final double left;
  private final double right = Svg.WIDTH - Svg.MARGIN - NUMBERS;
  private final Axis axis;

  BarPlot(List<Mark> marks, Caption caption) {
    this.caption = caption;
    double least = 1;
    double greatest = 1;
    double widest = 0;
    for (Mark mark : marks) {
      Map<String, Mark> row = rows.computeIfAbsent(mark.label(), label -> new LinkedHashMap<>());
      if (row.put(mark.series(), mark) != null) {
        throw new IllegalArgumentException(
            "the row " + mark.label() + " has two bars of " + mark.series() + ": one is drawn");
      }
      if (!peers.contains(mark.series())) {
        peers.add(mark.series());
      }
      least = Math.min(least, mark.min());
      greatest = Math.max(greatest, mark.max());
      widest = Math.max(widest, Svg.width(mark.label()));
    }
    left = Svg.MARGIN + widest + 14;
    // The line at one is never at an edge.
    axis = Axis.decimal(Math.min(least, 0.8), Math.max(greatest, 1.25), left, right);
  }

  private static int height(int bars) {
    return bars * BAR + (bars - 1) * BETWEEN_BARS;
  }

  String svg() {
    int bottom = TOP;
    for (Map<String, Mark> row : rows.values()) {
      bottom += height(row.size()) + BETWEEN_ROWS;
    }
    Svg svg = new Svg(caption, bottom + BELOW);
    legend(svg);
    for (double tick : axis.ticks()) {
      double x = axis.at(tick);
      svg.line("grid", x, TOP - 6, x, bottom, "");
      svg.text(x, bottom + 17, "quiet", "middle", Axis.text(tick) + "\u00d7");
    }
    double y = TOP + BETWEEN_ROWS / 2.0;
    for (Map.Entry<String, Map<String, Mark>> row : rows.entrySet()) {
      int height = height(row.getValue().size());
      svg.text(left - 14, y + height / 2.0 + 4, "row", "end", row.getKey());
      for (Mark mark : row.getValue().values()) {
        bar(svg, mark, y);
        y += BAR + BETWEEN_BARS;
      }
      y += BETWEEN_ROWS - BETWEEN_BARS;
    }
    svg.line("one", axis.at(1), TOP - 6, axis.at(1), bottom, "");
    svg.text(axis.at(1) - 12, bottom + 38, "quiet", "end", "\u2190 slower");
    svg.text(axis.at(1) + 12, bottom + 38, "quiet", "start", "faster than the peer \u2192");
    return svg.end();
  }

  private void legend(Svg svg) {
    double x = Svg.MARGIN;
    svg.text(x, LEGEND, "quiet", "start", "Holdfast against");
    x += Svg.width("Holdfast against") + 10;
    for (int i = 0; i < peers.size(); i++) {
      String peer = peers.get(i);
      svg.bar("swatch", x, LEGEND - 10, 12, 12, "rx=\"2\" " + Palette.fill(i));
      svg.text(x + 18, LEGEND, "peer", "start", peer);
      x += 18 + Svg.width(peer) + 18;
    }
  }

  private void bar(Svg svg, Mark mark, double y) {
    double one = axis.at(1);
    double end = axis.at(mark.median());
    svg.bar(
        "bar",
        Math.min(one, end),
        y,
        Math.max(1, Math.abs(end - one)),
        BAR,
        Palette.fill(peers.indexOf(mark.series())));
    double middle = y + BAR / 2.0;
    double min = axis.at(mark.min());
    double max = axis.at(mark.max());
    svg.line("whisker", min, middle, max, middle, "");
    svg.line("whisker", min, middle - 3, min, middle + 3, "");
    svg.line("whisker", max, middle - 3, max, middle + 3, "");
    svg.text(
        Svg.WIDTH - Svg.MARGIN,
        middle + 4,
        "number",
        "end",
        String.format(Locale.ROOT, mark.median() < 100 ? "%.2f" : "%,.0f", mark.median())
            + "\u00d7");
  }
}
