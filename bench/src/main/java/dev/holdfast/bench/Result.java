// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A measured table.
 *
 * @param name the table's name
 * @param about what was measured and how
 * @param rounds how many rounds counted
 * @param seconds how long it all took
 * @param rows the measured rows
 * @param together what several rows say together
 * @param notes what is to be known about it
 */
record Result(
    String name,
    String about,
    int rounds,
    double seconds,
    List<Row> rows,
    List<Together> together,
    List<String> notes) {

  /**
   * A measured row.
   *
   * @param line what was measured
   * @param outcomes who was measured, and with which numbers
   * @param verdicts the aims of which the peer was measured, and was not starved
   * @param best the schedulers within 5% of the best one, the best first; none if only one was
   *     measured
   * @param notes the line's notes, and who could not be measured
   */
  record Row(
      Line line,
      List<Outcome> outcomes,
      List<Verdict> verdicts,
      List<String> best,
      List<String> notes) {

    @Nullable Outcome of(String peer) {
      return outcomes.stream().filter(o -> o.peer().equals(peer)).findFirst().orElse(null);
    }
  }

  /**
   * The numbers of a contestant, one per round.
   *
   * @param starved whether its runs were cut short: it is none of the best, no aim is related to
   *     it, and it is in no mean
   */
  record Outcome(String peer, List<Double> samples, boolean starved) {
    Spread spread() {
      return Spread.of(samples);
    }

    /** Returns these numbers by another's of the same rounds; both have one at least. */
    Spread by(Outcome other) {
      return Spread.of(
          IntStream.range(0, Math.min(samples.size(), other.samples.size()))
              .mapToObj(i -> samples.get(i) / other.samples.get(i))
              .toList());
    }
  }

  /** An aim, and what became of it: one number per round, of samples of the same round. */
  record Verdict(Line.Aim aim, List<Double> numbers) {
    Spread spread() {
      return Spread.of(numbers);
    }

    boolean reached() {
      return aim.reachedBy(spread().median());
    }
  }

  /** What several rows say together: one number per round. */
  record Together(Across across, List<Double> numbers) {
    Spread spread() {
      return Spread.of(numbers);
    }

    boolean reached() {
      return across.kind().reaches(spread().median(), across.bound());
    }
  }
}
