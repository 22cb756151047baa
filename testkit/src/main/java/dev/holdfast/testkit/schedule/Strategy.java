// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A way to search among schedules. It has a chooser for each run of an exploration, and belongs to
 * one exploration, whose runs come one after the other.
 */
public interface Strategy {

  /**
   * Begins a run.
   *
   * @param seed the seed of the run; with the same seed a chooser makes the same choices, unless
   *     {@link #isSeeded} says otherwise
   * @return what makes the choices of the run
   */
  Chooser begin(long seed);

  /**
   * Says whether the seed of a run decides on all of it. If not, a run is replayed by its {@link
   * Schedule} alone.
   *
   * @return whether it does
   */
  default boolean isSeeded() {
    return true;
  }

  /**
   * Says whether no schedule is left that was not tried.
   *
   * @return whether it is of no use to begin another run
   */
  default boolean isExhausted() {
    return false;
  }

  /**
   * Returns the strategy that chooses among all with the same probability.
   *
   * @return the strategy
   */
  static Strategy random() {
    return new RandomStrategy();
  }

  /**
   * Returns the strategy of probabilistic concurrency testing: each thread has a random priority,
   * the one with the highest runs, and at a few random steps the one that runs falls below all
   * others. It finds what takes few, but far-off, changes of turn sooner than {@link #random}.
   *
   * @param depth how many such orders a failure takes; 2 or 3 for most
   * @return the strategy
   * @throws IllegalArgumentException if the depth is less than 1
   */
  static Strategy priorities(int depth) {
    return new PriorityStrategy(depth);
  }

  /**
   * Returns the strategy that tries every schedule with a bound on preemptions, depth first. For
   * small cases: it says when it has seen all. Tasks change their worker at each step.
   *
   * @param preemptions how often in a run a thread that could go on is kept waiting for another one
   * @return the strategy
   * @throws IllegalArgumentException if the bound is negative
   */
  static Strategy exhaustive(int preemptions) {
    return new ExhaustiveStrategy(preemptions);
  }

  /**
   * Returns the strategy that makes the choices of a run again.
   *
   * @param schedule the schedule of that run
   * @return the strategy
   */
  static Strategy replay(Schedule schedule) {
    return new ReplayStrategy(schedule);
  }

  /**
   * Returns the strategy of a name, as failures print it.
   *
   * @param text {@code random}, {@code priorities(3)} or {@code exhaustive(2)}, with any number
   * @return the strategy
   * @throws IllegalArgumentException if it is none of these
   */
  static Strategy parse(String text) {
    Matcher named = Pattern.compile("(priorities|exhaustive)\\((\\d{1,3})\\)").matcher(text);
    if (named.matches()) {
      int number = Integer.parseInt(named.group(2));
      return named.group(1).equals("priorities") ? priorities(number) : exhaustive(number);
    }
    if (text.equals("random")) {
      return random();
    }
    throw new IllegalArgumentException(
        "no strategy: '"
            + text
            + "'; there are random, priorities(3) and exhaustive(2), the last"
            + " two with any number of at most three digits");
  }
}
