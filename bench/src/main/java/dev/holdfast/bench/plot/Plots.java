// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

import java.util.List;

/** Draws measured numbers, each picture as the text of an SVG file. */
public final class Plots {

  private Plots() {}

  /**
   * Draws for each row how many times faster Holdfast is than each of its peers: a bar from 1 to
   * the median, to the right if it is faster, and a whisker from the least to the greatest.
   *
   * @param caption what stands above it
   * @param ratios the peers' numbers by ours, as {@link Mark#bar bars}; each row has a peer once
   * @throws IllegalArgumentException if there are none, or two of a row are of the same peer
   */
  public static String ratios(Caption caption, List<Mark> ratios) {
    return new BarPlot(requireSome(ratios), caption).svg();
  }

  /**
   * Draws what a spawn costs, by how many tasks are spawned: a line for each series.
   *
   * @param caption what stands above it
   * @param costs nanoseconds per spawn, as {@link Mark#point points}
   * @throws IllegalArgumentException if there are none, or two of a series are at the same x
   */
  public static String costByTasks(Caption caption, List<Mark> costs) {
    List<Mark> some = requireSome(costs);
    return new LinePlot(some, caption, LinePlot.Scale.DECIMAL, "tasks", "nanoseconds per spawn")
        .svg();
  }

  /**
   * Draws what operations cost, by the number of workers: a line for each row.
   *
   * @param caption what stands above it
   * @param costs nanoseconds per operation, as {@link Mark#point points}
   * @throws IllegalArgumentException if there are none, or two of a series are at the same x
   */
  public static String costByWorkers(Caption caption, List<Mark> costs) {
    List<Mark> some = requireSome(costs);
    return new LinePlot(
            some, caption, LinePlot.Scale.BINARY, "workers", "nanoseconds per operation")
        .svg();
  }

  private static List<Mark> requireSome(List<Mark> marks) {
    if (marks.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to draw: give one number at least");
    }
    return List.copyOf(marks);
  }
}
