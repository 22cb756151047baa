// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What several rows say together, with an aim.
 *
 * @param name what it is
 * @param kind whether it should be at least or at most the bound
 * @param bound the bound
 * @param of makes the number of one round of the samples of that round
 */
public record Across(String name, Line.Aim.Kind kind, double bound, Of of) {

  /** The samples of one round. */
  @FunctionalInterface
  public interface Round {
    /** Returns a sample; empty if there is none, or if its run was cut short. */
    OptionalDouble sample(String line, String peer);
  }

  /** Makes one number of the samples of one round. */
  @FunctionalInterface
  public interface Of {
    /** Returns the number; empty if what it needs was not measured. */
    OptionalDouble of(Round round);
  }

  /** The geometric mean of a peer's numbers by ours, of all rows that have both. */
  public static Across geometricMean(String peer, double bound, List<Line> lines) {
    List<String> names = names(lines);
    return new Across(
        "geometric mean of " + peer + " by holdfast",
        Line.Aim.Kind.SPEEDUP_AT_LEAST,
        bound,
        round -> {
          double sum = 0;
          int count = 0;
          for (String line : names) {
            OptionalDouble ours = round.sample(line, Contestant.HOLDFAST);
            OptionalDouble theirs = round.sample(line, peer);
            if (ours.isPresent() && theirs.isPresent()) {
              sum += Math.log(theirs.getAsDouble() / ours.getAsDouble());
              count++;
            }
          }
          return count == 0 ? OptionalDouble.empty() : OptionalDouble.of(Math.exp(sum / count));
        });
  }

  /** Our greatest number of several rows by the least. */
  public static Across flat(String name, double bound, List<Line> lines) {
    List<String> names = names(lines);
    return new Across(
        name,
        Line.Aim.Kind.SHARE_AT_MOST,
        bound,
        round -> {
          double[] numbers = numbers(round, names);
          if (numbers.length < 2) {
            return OptionalDouble.empty();
          }
          Spread spread = Spread.of(numbers);
          return OptionalDouble.of(spread.max() / spread.min());
        });
  }

  /** Our greatest number of several rows by that of one row. */
  public static Across worst(String name, double bound, List<Line> lines, Line by) {
    List<String> names = names(lines);
    return new Across(
        name,
        Line.Aim.Kind.SHARE_AT_MOST,
        bound,
        round -> {
          double[] numbers = numbers(round, names);
          OptionalDouble one = round.sample(by.name(), Contestant.HOLDFAST);
          return numbers.length < 2 || one.isEmpty()
              ? OptionalDouble.empty()
              : OptionalDouble.of(Spread.of(numbers).max() / one.getAsDouble());
        });
  }

  /** What our number is more than a peer's in the same row. */
  public static Across over(String name, double bound, Line line, String peer) {
    String row = line.name();
    return new Across(
        name,
        Line.Aim.Kind.AT_MOST,
        bound,
        round -> {
          OptionalDouble ours = round.sample(row, Contestant.HOLDFAST);
          OptionalDouble theirs = round.sample(row, peer);
          return ours.isPresent() && theirs.isPresent()
              ? OptionalDouble.of(ours.getAsDouble() - theirs.getAsDouble())
              : OptionalDouble.empty();
        });
  }

  private static double[] numbers(Round round, List<String> names) {
    return names.stream()
        .map(line -> round.sample(line, Contestant.HOLDFAST))
        .flatMapToDouble(OptionalDouble::stream)
        .toArray();
  }

  private static List<String> names(List<Line> lines) {
    return lines.stream().map(Line::name).toList();
  }
}
