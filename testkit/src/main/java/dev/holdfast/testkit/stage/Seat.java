// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A platform thread that takes turns: at most one of a stage runs at a time. */
final class Seat {

  /** How long to look for the next turn before the thread is parked. */
  private static final int SPINS = 50;

  final String name;

  // Set before the first turn, read by who hands one over.
  private volatile @Nullable Thread thread;

  // Set by who gives up the turn, taken by the seat's own thread: volatile, for it hands over all
  // that belongs to who has the turn.
  private volatile @Nullable Runnable turn;

  // Set once at the end of all turns.
  private volatile boolean over;

  Seat(String name) {
    this.name = name;
  }

  void thread(Thread its) {
    thread = its;
  }

  @Nullable Thread thread() {
    return thread;
  }

  /** Hands the turn over; by who has it. */
  void hand(Runnable work) {
    turn = work;
    LockSupport.unpark(thread);
  }

  /** Tells that there are no more turns. */
  void end() {
    over = true;
    LockSupport.unpark(thread);
  }

  /** Waits for the turn; null if there is none any more. On the seat's own thread. */
  @Nullable Runnable await() {
    for (int i = 0; ; i++) {
      Runnable work = take();
      if (work != null || over) {
        return work;
      }
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
        // Nobody has a reason to interrupt it, and it must not spin for that.
        Thread.interrupted();
      }
    }
  }

  /** Takes the turn if it is here; on the seat's own thread. */
  @Nullable Runnable take() {
    Runnable work = turn;
    if (work != null) {
      turn = null;
    }
    return work;
  }

  boolean isOver() {
    return over;
  }
}
