// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.jdk.Sockets;
import java.util.concurrent.TimeUnit;
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
   * The longest wait at sockets: who wakes at the very end of its stack may have no room to signal,
   * and the monitor, which makes up for the rest, knows of no worker that was claimed.
   */
  int LONGEST_MILLIS = 1_000;

  /**
   * Waits; called by the worker's thread only.
   *
   * @param nanos how long at most; Long.MAX_VALUE for no bound
   */
  void await(long nanos);

  /** Ends the current or the next wait; called by any thread. */
  void wake();

  /**
   * Waits as {@link #await}, and until a socket is ready for a virtual thread that waits for it, if
   * there is one and no other worker does so; called by the worker's thread only. Ends up to a
   * millisecond early, and after a second at the latest.
   *
   * @param nanos how long at most; Long.MAX_VALUE for no bound
   * @return false if it cannot, or for less than a millisecond: it has not waited
   */
  boolean awaitSockets(long nanos);

  /** Waits by parking {@code thread}, or in the kernel's wait for sockets. */
  static IdleWait parking(Thread thread) {
    return new Parking(thread, LONGEST_MILLIS);
  }

  /** Two places to wait at, of which the one is known to who wakes. */
  final class Parking implements IdleWait {
    private final Thread thread;
    private final int longestMillis;

    // The first is set by who wakes before it reads the second, which the worker sets before it
    // reads the first: volatile, so that one of the two sees the other. Cleared by the worker: a
    // wake-up from before finds it awake.
    private volatile boolean woken;
    private volatile boolean atSockets;

    Parking(Thread thread, int longestMillis) {
      this.thread = thread;
      this.longestMillis = longestMillis;
    }

    @Override
    public void await(long nanos) {
      // Nobody looks at them from here.
      Sockets.lookNoMore();
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else if (nanos > 0) {
        LockSupport.parkNanos(this, nanos);
      }
      woken = false;
      Thread.interrupted();
    }

    @Override
    public boolean awaitSockets(long nanos) {
      long millis = Math.min(TimeUnit.NANOSECONDS.toMillis(nanos), longestMillis);
      if (millis == 0 || !Sockets.beginWait()) {
        return false;
      }
      try {
        atSockets = true;
        if (!woken) {
          Sockets.await((int) millis);
        }
      } finally {
        atSockets = false;
        woken = false;
        Sockets.endWait();
      }
      Thread.interrupted();
      return true;
    }

    @Override
    public void wake() {
      woken = true;
      if (atSockets) {
        Sockets.endAwait();
      } else {
        LockSupport.unpark(thread);
      }
    }
  }
}
