// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Lines over a logarithmic axis, each with its name at its right end. */
final class LinePlot {

  private static final int TOP = 84;
  private static final int LEAST_HEIGHT = 340;
  private static final int BELOW = 62;
  private static final int LEFT = 84;
  private static final int NAME_HEIGHT = 17;
  private static final int LEADER = 30;

  /** How the numbers of the horizontal axis follow each other. */
  enum Scale {
    DECIMAL,
    BINARY
  }

  private final Caption caption;
  private final String across;
  private final String upwards;
  private final Map<String, NavigableMap<Double, Mark>> lines = new LinkedHashMap<>();
  private final double bottom;
  private final double right;
  private final Axis x;
  private final Axis y;

  LinePlot(List<Mark> marks, Caption caption, Scale scale, String across, String upwards) {
    this.caption = caption;
    this.across = across;
    this.upwards = upwards;
    double widest = 0;
    for (Mark mark : marks) {
      NavigableMap<Double, Mark> line =
          lines.computeIfAbsent(mark.series(), series -> new TreeMap<>());
      if (line.put(mark.x(), mark) != null) {
        throw new IllegalArgumentException(
            "the line "
                + mark.series()
                + " has two points at "
                + Axis.text(mark.x())
                + ": one is drawn");
      }
      widest = Math.max(widest, Svg.width(mark.series()));
    }
    right = Svg.WIDTH - Svg.MARGIN - widest - LEADER - 8;
    bottom = TOP + Math.max(LEAST_HEIGHT, lines.size() * NAME_HEIGHT);
    double[] xs = marks.stream().mapToDouble(Mark::x).sorted().toArray();
    x =
        scale == Scale.BINARY
            ? Axis.binary(xs[0], xs[xs.length - 1], LEFT, right)
            : Axis.decimal(xs[0], xs[xs.length - 1], LEFT, right);
    y =
        Axis.decimal(
            marks.stream().mapToDouble(Mark::min).min().orElseThrow(),
            marks.stream().mapToDouble(Mark::max).max().orElseThrow(),
            bottom,
            TOP);
  }

  String svg() {
    Svg svg = new Svg(caption, (int) bottom + BELOW);
    for (double tick : y.ticks()) {
      svg.line("grid", LEFT, y.at(tick), right, y.at(tick), "");
      svg.text(LEFT - 10, y.at(tick) + 4, "quiet", "end", Axis.text(tick));
    }
    for (double tick : x.ticks()) {
      svg.line("grid", x.at(tick), TOP, x.at(tick), bottom, "");
      svg.text(x.at(tick), bottom + 18, "quiet", "middle", Axis.text(tick));
    }
    svg.line("axis", LEFT, bottom, right, bottom, "");
    svg.text((LEFT + right) / 2, bottom + 42, "quiet", "middle", across);
    svg.upwards(Svg.MARGIN + 6, (TOP + bottom) / 2, "quiet", upwards);
    List<Name> names = new ArrayList<>();
    int series = 0;
    for (Map.Entry<String, NavigableMap<Double, Mark>> line : lines.entrySet()) {
      draw(svg, line.getValue(), series);
      Mark last = line.getValue().lastEntry().getValue();
      names.add(new Name(line.getKey(), series, x.at(last.x()), y.at(last.median())));
      series++;
    }
    name(svg, names);
    return svg.end();
  }

  private void draw(Svg svg, NavigableMap<Double, Mark> line, int series) {
    StringBuilder points = new StringBuilder();
    for (Mark mark : line.values()) {
      double at = x.at(mark.x());
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", at, y.at(mark.median())));
      double min = y.at(mark.min());
      double max = y.at(mark.max());
      svg.line("spread", at, min, at, max, Palette.plainStroke(series));
      svg.line("spread", at - 3, min, at + 3, min, Palette.plainStroke(series));
      svg.line("spread", at - 3, max, at + 3, max, Palette.plainStroke(series));
    }
    svg.path("line", points.toString().strip(), Palette.stroke(series));
    for (Mark mark : line.values()) {
      svg.dot(x.at(mark.x()), y.at(mark.median()), Palette.fill(series));
    }
  }

  /** The name of a line, and where the line ends. */
  private record Name(String text, int series, double x, double y) {}

  /** Writes the names beside the ends, as far from each other as they are high. */
  private void name(Svg svg, List<Name> names) {
    List<Name> sorted = names.stream().sorted(Comparator.comparingDouble(Name::y)).toList();
    double[] at = new double[sorted.size()];
    double free = TOP;
    for (int i = 0; i < at.length; i++) {
      at[i] = Math.max(free, sorted.get(i).y());
      free = at[i] + NAME_HEIGHT;
    }
    double limit = bottom;
    for (int i = at.length - 1; i >= 0; i--) {
      at[i] = Math.min(at[i], limit);
      limit = at[i] - NAME_HEIGHT;
    }
    for (int i = 0; i < at.length; i++) {
      Name name = sorted.get(i);
      double text = right + LEADER;
      svg.path(
          "leader",
          String.format(
              Locale.ROOT,
              "%.1f,%.1f %.1f,%.1f %.1f,%.1f",
              name.x() + 5,
              name.y(),
              Math.max(name.x() + 5, right),
              name.y(),
              text - 14,
              at[i]),
          "");
      svg.line(
          "key",
          text - 14,
          at[i],
          text,
          at[i],
          "stroke-width=\"3\" " + Palette.stroke(name.series()));
      svg.text(text + 6, at[i] + 4, "name", "start", name.text());
    }
  }
}
