// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.concurrent.Future;

/**
 * What a runtime hands to who submits a task: it tells whether the task is still to be expected.
 */
@FunctionalInterface
public interface Receipt {

  /** For runtimes that tell nothing of a task once they have taken it. */
  Receipt NONE = () -> false;

  /**
   * Says whether whoever waits for the task has been told of its end: that it ran, or that it will
   * not.
   *
   * @return true if so
   */
  boolean told();

  /**
   * Returns the receipt that a future is.
   *
   * @param future done when the task is
   * @return the receipt
   */
  static Receipt of(Future<?> future) {
    return future::isDone;
  }
}
