// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Whether a line of samples is flat: whether it does not rise by more than a bound over the second
 * half of the soak.
 *
 * <p>The rise is the median of the slopes between all pairs of samples of that half, times its
 * length: a few high samples, as of a moment with many runtimes, do not move it. What grows by less
 * than the bound in half of the time of a soak is not seen by it; a longer one sees more.
 *
 * @param line the name of the line
 * @param rise by how much it rose over the second half
 * @param bound by how much it may
 * @param median the median of the second half
 */
record Flatness(String line, double rise, double bound, double median) {

  /** A line of the plot. */
  enum Line {
    /** The heap after a collection. */
    HEAP("heap", "bytes", 8 << 20, Sample::heap),
    /** Platform threads. */
    THREADS("threads", "", 12, Sample::threads),
    /** File descriptors. */
    HANDLES("handles", "", 8, Sample::handles),
    /** Class loaders that are released and not collected. */
    LOADERS("loaders", "", 8, Sample::loaders);

    private final String title;
    private final String unit;
    private final double bound;

    @SuppressWarnings("ImmutableEnumChecker") // an accessor
    private final ToDoubleFunction<Sample> value;

    Line(String title, String unit, double bound, ToDoubleFunction<Sample> value) {
      this.title = title;
      this.unit = unit;
      this.bound = bound;
      this.value = value;
    }

    String title() {
      return title;
    }

    String unit() {
      return unit;
    }

    double of(Sample sample) {
      return value.applyAsDouble(sample);
    }
  }

  /** Past so many samples only every n-th is looked at: pairs are many. */
  private static final int MOST = 500;

  /** Says of each line how flat it is. */
  static List<Flatness> of(List<Sample> samples) {
    List<Sample> half = samples.subList(samples.size() / 2, samples.size());
    List<Flatness> lines = new ArrayList<>();
    for (Line line : Line.values()) {
      lines.add(of(line, half));
    }
    return lines;
  }

  private static Flatness of(Line line, List<Sample> half) {
    int step = 1 + half.size() / MOST;
    List<Double> slopes = new ArrayList<>();
    for (int i = 0; i < half.size(); i += step) {
      for (int j = i + step; j < half.size(); j += step) {
        double millis = half.get(j).millis() - half.get(i).millis();
        slopes.add((line.of(half.get(j)) - line.of(half.get(i))) / millis);
      }
    }
    double length = half.getLast().millis() - half.getFirst().millis();
    double rise = median(slopes.stream().mapToDouble(each -> each).toArray()) * length;
    return new Flatness(
        line.title(), rise, line.bound, median(half.stream().mapToDouble(line::of).toArray()));
  }

  private static double median(double[] values) {
    if (values.length == 0) {
      return 0;
    }
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /** Says whether it is flat. */
  boolean holds() {
    return rise <= bound;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %s by %.1f over the second half, around %.1f; the bound is %.0f",
        line,
        holds() ? "rose" : "grew",
        rise,
        median,
        bound);
  }
}
