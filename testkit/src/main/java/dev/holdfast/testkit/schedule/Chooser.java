// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

/**
 * Makes the choices of one run. What it answers may depend on the seed it was made with and on what
 * it was asked before, and on nothing else: else the run could not be replayed.
 */
public interface Chooser {

  /**
   * Chooses who runs next.
   *
   * @param choice who could
   * @return an index, from 0 to below {@link Choice#size()}
   */
  int next(Choice choice);

  /**
   * Chooses the worker that a task is to run on next.
   *
   * @param workers how many there are
   * @param previous the one that the task ran on last, or -1 if it has not run
   * @return from 0 to below {@code workers}
   */
  int worker(int workers, int previous);
}
