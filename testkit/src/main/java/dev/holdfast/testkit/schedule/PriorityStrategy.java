// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Random priorities, and a few steps at which the one that runs loses its own.
 *
 * <p>The steps are drawn from a length that is itself drawn, from 16 to 1,024: nobody knows how
 * long a run is going to be, and the length of an earlier run would make a run depend on more than
 * its seed.
 */
final class PriorityStrategy implements Strategy {

  private static final int MIN_LENGTH_BITS = 4;
  private static final int MAX_LENGTH_BITS = 10;

  private final int depth;

  PriorityStrategy(int depth) {
    if (depth < 1) {
      throw new IllegalArgumentException("depth must be at least 1, was " + depth);
    }
    this.depth = depth;
  }

  @Override
  public Chooser begin(long seed) {
    return new Priorities(new Dice(seed), depth);
  }

  @Override
  public String toString() {
    return "priorities(" + depth + ")";
  }

  private static final class Priorities implements Chooser {

    private final Dice dice;
    private final Set<Integer> changes = new HashSet<>();

    // By the number of the thread. Those that were lowered are negative, each below all before.
    private final Map<Integer, Long> priorities = new HashMap<>();
    private long lowest;

    Priorities(Dice dice, int depth) {
      this.dice = dice;
      int bits = MIN_LENGTH_BITS + dice.next(MAX_LENGTH_BITS - MIN_LENGTH_BITS + 1);
      for (int i = 1; i < depth; i++) {
        changes.add(dice.next(1 << bits));
      }
    }

    @Override
    public int next(Choice choice) {
      for (int i = 0; i < choice.size(); i++) {
        // Never negative, and drawn when the thread is seen first.
        priorities.computeIfAbsent(choice.id(i), any -> dice.next() >>> 1);
      }
      int last = choice.last();
      if (last >= 0 && choice.gaveWay()) {
        // A thread that yields until another one has done something would else run for ever.
        lower(choice.id(last));
      }
      int best = best(choice);
      if (changes.remove(choice.step())) {
        lower(choice.id(best));
        best = best(choice);
      }
      return best;
    }

    private void lower(int id) {
      lowest--;
      priorities.put(id, lowest);
    }

    private int best(Choice choice) {
      int best = 0;
      for (int i = 1; i < choice.size(); i++) {
        if (of(choice.id(i)) > of(choice.id(best))) {
          best = i;
        }
      }
      return best;
    }

    private long of(int id) {
      return Objects.requireNonNull(priorities.get(id));
    }

    @Override
    public int worker(int workers, int previous) {
      return dice.next(workers);
    }
  }
}
