// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

/**
 * What a {@link Chooser} chooses from at one step: those that could run now, in the order of their
 * numbers. Valid during the call only.
 */
public interface Choice {

  /**
   * Returns the number of this step.
   *
   * @return 0 for the first
   */
  int step();

  /**
   * Returns how many could run.
   *
   * @return at least 1
   */
  int size();

  /**
   * Returns the number of one of them, which it has for the whole run: the same in each run of the
   * same schedule.
   *
   * @param index from 0 to below {@link #size()}
   * @return the number
   */
  int id(int index);

  /**
   * Returns which of them ran last and could go on. To choose another one is to preempt it.
   *
   * @return an index, or -1 if the one that ran last waits for something or has ended
   */
  int last();

  /**
   * Says whether the one that ran last gave its turn away, as by {@link Thread#yield}, and did not
   * only come to a point at which another one may come between.
   *
   * @return whether it did; of no meaning if it could not go on
   */
  boolean gaveWay();
}
