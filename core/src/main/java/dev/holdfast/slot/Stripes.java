// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/**
 * The workers of a runtime of the owned tier, as its tasks see them: a task is on none of them by
 * itself, and comes onto one for as long as it uses its values.
 */
public interface Stripes {

  /** Returns the runtime. */
  Domain domain();

  /**
   * Comes onto a worker: nobody else is on it until {@link WorkerOwner#leave}. Takes another one if
   * the preferred one is in use. Blocks only if all are in use, and no more may be started.
   *
   * @param by a task of this runtime that is on no worker
   * @param preferred the worker it was on last
   */
  WorkerOwner enter(TaskMember by, WorkerOwner preferred);

  /**
   * A task is about to make a virtual thread by itself: returns what that is to the runtime.
   *
   * @param parent the task, or another such thread
   * @return its membership, counted from now on
   */
  TaskMember child(TaskMember parent);
}
