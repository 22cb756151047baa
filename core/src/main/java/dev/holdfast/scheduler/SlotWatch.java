// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The watch over the next-task slots: one sleeping worker at most, which wakes every so often to
 * see that no task stays in a slot for long.
 *
 * <p>While there is one, who fills a slot that is mostly emptied at once need not wake anybody: see
 * {@link Worker#pushNext}. The order is that of a sleeper and a pusher. The pusher fills the slot,
 * then reads whether there is a watch; who ends the watch says so, then looks at all slots. One of
 * the two sees the other.
 */
final class SlotWatch {

  /** How long the watch sleeps between two looks; the system makes it about twice as long. */
  static final long INTERVAL_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  /** After so many looks in a row that saw no worker empty its slot quickly the watch ends. */
  static final int PATIENCE = 16;

  // Set and cleared by the worker that watches, read by those that fill a slot: volatile, for the
  // order above.
  private final AtomicBoolean watched = new AtomicBoolean();

  /** Says whether somebody watches. */
  boolean isOn() {
    return watched.get();
  }

  /** Begins the watch; returns false if another worker has it. */
  boolean tryBegin() {
    return !watched.get() && watched.compareAndSet(false, true);
  }

  /** Ends the watch; the caller then looks at all slots once more. */
  void end() {
    watched.set(false);
  }

  /**
   * What was seen of one worker. By who watches: one worker after the other, each of which sees
   * what the one before wrote, through the flag of the watch.
   */
  static final class Sight {

    // A count of the tasks that came into the slot instead of the task: who sleeps keeps none.
    private int filled;
    private int ticks;

    /** Says whether the worker has run tasks since the last look, and empties its slot quickly. */
    boolean isQuickAndAtWork(Worker worker) {
      int before = ticks;
      ticks = worker.ticks();
      return before != ticks && worker.seemsQuick();
    }

    /** Says whether what is in the slot was there at the last look. */
    boolean isStuck(Worker worker) {
      int before = filled;
      filled = worker.slotCount();
      return before == filled && worker.hasNext();
    }
  }
}
