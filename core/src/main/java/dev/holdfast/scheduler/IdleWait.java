// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.util.concurrent.locks.LockSupport;

/**
 * How one worker waits when it has nothing to run: the one place where a worker's thread stops.
 *
 * <p>A wake-up that comes before the wait ends it at once. A wait may end for no reason, and
 * returns at once on an interrupted thread, whose status it clears: nobody has a reason to
 * interrupt a worker, and a status that stays set would turn its waits into a busy loop.
 */
interface IdleWait {

  /**
   * Waits; called by the worker's thread only.
   *
   * @param nanos how long at most; Long.MAX_VALUE for no bound
   */
  void await(long nanos);

  /** Ends the current or the next wait; called by any thread. */
  void wake();

  /** Waits by parking {@code thread}. */
  static IdleWait parking(Thread thread) {
    return new IdleWait() {
      @Override
      public void await(long nanos) {
        if (nanos == Long.MAX_VALUE) {
          LockSupport.park(this);
        } else if (nanos > 0) {
          LockSupport.parkNanos(this, nanos);
        }
        Thread.interrupted();
      }

      @Override
      public void wake() {
        LockSupport.unpark(thread);
      }
    };
  }
}
