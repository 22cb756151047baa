// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.slot.StackRoom;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The set of the workers that sleep, with the number of those that search for work.
 *
 * <p>How a worker goes to sleep, and how a task finds a worker:
 *
 * <pre>{@code
 * worker: announce(me)                         pusher: push the task
 *         if I search: last = stopSearching()          w = wakeOne()
 *         if last, or I did not search:                if w >= 0: unpark(w)
 *             if any queue has a task:
 *                 retract(me), and search again
 *         park; then retract(me)
 * }</pre>
 *
 * <p>A worker that was woken has been counted as searching by its waker. {@link #retract} tells it
 * so by returning false. It must call {@link #stopSearching} once, when it found a task or before
 * it sleeps again. If it found a task, and was the last who searched, it calls {@link #wakeOne} in
 * case there are more, because pushers relied on it.
 */
public final class SleeperSet {

  /*
   * All accesses are volatile, and so have one total order (SC) that agrees with each thread's
   * own. With acquire and release a pusher's read of the sleepers could come before its push
   * became visible, and the worker's read of the queues before its announcement did: both would
   * see nothing, and the task would wait beside a sleeper.
   *
   * Two words hold the truth, state and the bitmap:
   *  - a bit is set while its worker sleeps unclaimed;
   *  - state's low half counts the sleepers from above: announce adds before it sets the bit,
   *    whoever cleared a bit subtracts after that. So zero means that no bit is set, and the usual
   *    push, with everybody at work, is one read;
   *  - state's high half counts the searchers: workers that search or were claimed to do so, and
   *    wakers that are about to claim somebody (phantoms).
   *
   * No wake-up is lost: of a task that was pushed while some worker W slept or went to sleep,
   * either its pusher wakes a worker, or a worker looks at all queues after the push.
   *  1. The pusher reads zero sleepers. Then the announcement of W comes after that read, and the
   *     check that W makes after it comes after the push.
   *  2. The pusher reads a searcher that is a worker. Its stopSearching comes after that read. The
   *     last one to call it, seeing the count go to zero, checks the queues after it or, having
   *     found a task, wakes another. If it was not the last, the argument goes on with the next
   *     one, which may be a phantom.
   *     That check may find what several pushers left to it: so it searches again before it takes
   *     a task, and wakes another for the rest as one that has found a task.
   *  3. The pusher reads a searcher that is a phantom. If the phantom claims a bit, it becomes the
   *     worker of case 2; the worker runs after the claim, and so after the push. If it finds no
   *     bit, it gives the count back and *then looks at the bitmap again*. That look comes after
   *     the pusher's read. A bit that it sees makes it start anew. A bit that it does not see is
   *     set later, and the check of that worker comes later still.
   *  4. The pusher is the phantom, and finds no bit twice: as in 3 for its own push. Its first
   *     search alone would do for its own task; the second look is for the pushers of case 3.
   * In 1, 3 and 4, a worker that announces itself as a searcher, and is not the last to stop, may
   * skip its check: the count was not zero when it stopped, and case 2 takes over.
   *
   * Claiming adds to the searchers before it clears the bit: a worker that woke is never in
   * neither of the two, and a second pusher does not wake a second worker meanwhile. The phantom's
   * look at bits instead of the sleepers' count after giving back is on purpose: the count may be
   * ahead of the bits for as long as another thread is preempted, and nobody should spin for that.
   */

  /** The most workers that one set can have. */
  public static final int MAX_CAPACITY = 2048;

  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  // Places in `words`: 128 bytes between the array's header, the state and the bitmap.
  private static final int STATE = 16;
  private static final int BITS = 32;

  /** One searcher in the state. One sleeper is 1. */
  private static final long SEARCHER = 1L << 32;

  private final int capacity;

  /** Behind the last word of the bitmap. */
  private final int end;

  /**
   * The state and the bitmap, written by workers and wakers with atomic updates, read by all; every
   * access is volatile (see above). In an array because its layout is certain: pushers of all
   * workers read the state, and should not lose its line to changes elsewhere.
   */
  private final long[] words;

  /**
   * Creates a set in which nobody sleeps and nobody searches.
   *
   * @param capacity how many workers there are, at most {@link #MAX_CAPACITY}
   */
  public SleeperSet(int capacity) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException(
          "capacity is " + capacity + ", but must be from 1 to " + MAX_CAPACITY);
    }
    this.capacity = capacity;
    this.end = BITS + (capacity + 63) / 64;
    this.words = new long[end + 16];
  }

  /**
   * Announces that the worker is going to sleep, by the worker itself. From now on it can be
   * claimed by a waker, who will unpark it. It must look at all queues after this, unless it was a
   * searcher and {@link #stopSearching} tells it that others go on.
   *
   * @param worker its index
   */
  public void announce(int worker) {
    int word = word(worker);
    WORD.getAndAdd(words, STATE, 1L);
    long before = (long) WORD.getAndBitwiseOr(words, word, 1L << worker);
    if ((before & 1L << worker) != 0) {
      WORD.getAndAdd(words, STATE, -1L);
      throw new IllegalStateException("Worker " + worker + " already sleeps: announced twice");
    }
  }

  /**
   * Takes the announcement back, by the worker itself: after it woke, or instead of parking.
   *
   * @param worker its index
   * @return true if it was still announced; false if a waker claimed it, and has counted it as
   *     searching: it may have been unparked, or will be soon
   */
  public boolean retract(int worker) {
    return clear(word(worker), 1L << worker);
  }

  /**
   * Whether the worker is announced and nobody has claimed it; by the worker itself.
   *
   * @param worker its index
   * @return what {@link #retract} would return
   */
  boolean isAnnounced(int worker) {
    return ((long) WORD.getVolatile(words, word(worker)) & 1L << worker) != 0;
  }

  /**
   * Claims a sleeper, unless somebody searches already; after a push, by any thread. The caller
   * must unpark the worker. It has been counted as searching.
   *
   * @return its index, or -1 if nobody needs to be woken
   */
  public int wakeOne() {
    for (; ; ) {
      long state = state();
      if (state >= SEARCHER || state == 0) {
        return -1;
      }
      StackRoom.ensure();
      if (!WORD.compareAndSet(words, STATE, state, state + SEARCHER)) {
        continue;
      }
      int worker = claim();
      if (worker >= 0 || !giveBack()) {
        return worker;
      }
    }
  }

  /**
   * Claims a sleeper, whether or not others search. The caller must unpark the worker. It has been
   * counted as searching.
   *
   * @return its index, or -1 if nobody sleeps
   */
  public int wakeAny() {
    while ((int) state() != 0) {
      StackRoom.ensure();
      WORD.getAndAdd(words, STATE, SEARCHER);
      int worker = claim();
      if (worker >= 0 || !giveBack()) {
        return worker;
      }
    }
    return -1;
  }

  /** Ends a vain search for a sleeper; returns whether one has turned up. */
  private boolean giveBack() {
    WORD.getAndAdd(words, STATE, -SEARCHER);
    // Case 3 above: for those who relied on the count that was just taken away.
    for (int word = BITS; word < end; word++) {
      if ((long) WORD.getVolatile(words, word) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Clears the lowest bit that is set and returns its worker, or -1 when there is none. */
  private int claim() {
    // The lowest: few workers stay warm, the others sleep long.
    for (int word = BITS; word < end; word++) {
      for (; ; ) {
        long bits = (long) WORD.getVolatile(words, word);
        if (bits == 0) {
          break;
        }
        if (clear(word, Long.lowestOneBit(bits))) {
          return (word - BITS) * 64 + Long.numberOfTrailingZeros(bits);
        }
      }
    }
    return -1;
  }

  /** Clears a bit; returns false if somebody else did. */
  private boolean clear(int word, long bit) {
    if (((long) WORD.getAndBitwiseAnd(words, word, ~bit) & bit) == 0) {
      return false;
    }
    WORD.getAndAdd(words, STATE, -1L);
    return true;
  }

  /**
   * Makes the calling worker, which is awake, a searcher, unless enough others are.
   *
   * @param limit how many may search at a time
   * @return whether it is a searcher now, and must call {@link #stopSearching}
   */
  public boolean tryStartSearching(int limit) {
    for (; ; ) {
      long state = state();
      if (state >> 32 >= limit) {
        return false;
      }
      if (WORD.compareAndSet(words, STATE, state, state + SEARCHER)) {
        return true;
      }
    }
  }

  /**
   * Ends the calling worker's search.
   *
   * @return whether it was the last searcher. Then pushers relied on it: it must look at all queues
   *     before it sleeps, or, if it found a task, call {@link #wakeOne}
   */
  public boolean stopSearching() {
    long before = (long) WORD.getAndAdd(words, STATE, -SEARCHER);
    if (before < SEARCHER) {
      WORD.getAndAdd(words, STATE, SEARCHER);
      throw new IllegalStateException("Nobody searches: stopSearching() without a start");
    }
    return before >> 32 == 1;
  }

  /**
   * The number of searchers.
   *
   * @return the count, with wakers that are about to wake a worker
   */
  public int searching() {
    return (int) (state() >> 32);
  }

  /**
   * The number of sleepers, an estimate.
   *
   * @return the count, with workers that are about to announce themselves or were just claimed
   */
  public int sleeping() {
    return (int) state();
  }

  /**
   * The number of workers that are announced. Unlike {@link #sleeping}, it counts no worker whose
   * {@link #retract} has returned, even if the waker that claimed it is slow to count it out.
   *
   * @return the number of bits that are set, each looked at once
   */
  public int announced() {
    int count = 0;
    for (int word = BITS; word < end; word++) {
      count += Long.bitCount((long) WORD.getVolatile(words, word));
    }
    return count;
  }

  /**
   * Whether anybody may sleep. False is certain.
   *
   * @return whether {@link #sleeping} is not zero
   */
  public boolean anySleeping() {
    return sleeping() != 0;
  }

  private long state() {
    return (long) WORD.getVolatile(words, STATE);
  }

  private int word(int worker) {
    if (worker < 0 || worker >= capacity) {
      throw new IndexOutOfBoundsException("Worker " + worker + " of " + capacity);
    }
    return BITS + worker / 64;
  }

  @Override
  public String toString() {
    long state = state();
    return "SleeperSet[sleeping=" + (int) state + ", searching=" + (state >> 32) + "]";
  }
}
