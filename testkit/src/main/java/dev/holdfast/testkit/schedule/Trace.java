// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

import java.util.List;

/**
 * The turns of one run, in their order.
 *
 * @param steps the turns
 */
public record Trace(List<Step> steps) {

  /** How many turns of a long trace are printed. */
  private static final int PRINTED = 200;

  /**
   * Makes a trace.
   *
   * @param steps the turns
   */
  public Trace(List<Step> steps) {
    this.steps = List.copyOf(steps);
  }

  /**
   * Says whether another run took the same turns.
   *
   * @param other the trace of the other run
   * @return whether all turns are the same; their places in the code are not compared
   */
  public boolean isSameAs(Trace other) {
    return firstDifference(other) < 0;
  }

  /**
   * Finds where another run took another turn.
   *
   * @param other the trace of the other run
   * @return an index into {@link #steps}, or -1 if there is no difference
   */
  public int firstDifference(Trace other) {
    int common = Math.min(steps.size(), other.steps.size());
    for (int i = 0; i < common; i++) {
      if (!steps.get(i).isSameTurn(other.steps.get(i))) {
        return i;
      }
    }
    return steps.size() == other.steps.size() ? -1 : common;
  }

  /** Returns the turns, one a line; of very many the last ones. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    int from = Math.max(0, steps.size() - PRINTED);
    if (from > 0) {
      text.append("  ... ").append(from).append(" turns before\n");
    }
    for (Step step : steps.subList(from, steps.size())) {
      text.append(step).append('\n');
    }
    return text.toString();
  }
}
