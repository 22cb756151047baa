// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.canary;

/** What a {@link CanaryRuntime} does wrong. */
enum Fault {
  /** Nothing: it is what the others are broken from. */
  NONE,
  /** It destroys all values when its end is asked for, whatever runs. */
  DESTROYS_EARLY,
  /** It destroys each value twice. */
  DESTROYS_TWICE,
  /** It forgets the tasks that wait for a thread when its end is asked for. */
  STRANDS_TASKS,
  /** It never destroys the value that a thread made first. */
  FORGETS_VALUES,
  /** The thread that ends it destroys the values of all others. */
  DESTROYS_ELSEWHERE,
  /** It destroys the values of a thread first made first. */
  DESTROYS_IN_ORDER,
  /** It throws at whoever wakes one of its tasks once its end was asked for. */
  HURTS_WAKERS,
  /** It says that all is over when the last task has ended, and destroys values after that. */
  RETURNS_EARLY,
  /** It waits for ever for its own end. */
  HANGS
}
