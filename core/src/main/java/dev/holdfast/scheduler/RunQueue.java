// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bounded first-in first-out ring of runnable tasks with one producer, its owner, and many
 * consumers, its owner and the thieves.
 *
 * <p>The owner is one thread, or a succession of threads that hand the queue over with a
 * happens-before edge. "Owner only" below means that thread.
 */
public final class RunQueue {

  /*
   * Positions count for ever: head is the position of the oldest item, tail the one behind the
   * youngest, cleared the first that may hold a consumed item. A position's slot is its low bits.
   *
   *     cleared <= head <= tail <= cleared + CAPACITY                                  (invariant)
   *
   * Slots are written by the owner alone, whether to fill or to clear them, and are read by all.
   * A consumer claims [h, h+n) by moving head from h to h+n with one CAS. Positions never repeat,
   * so that CAS succeeds for one consumer at most, and it succeeds only if nothing was claimed
   * since head was read as h.
   *
   * Why a thief's copy is good. It copies slots before its CAS. The owner writes to the slot of a
   * position p >= h again, to clear it or to fill it with p + CAPACITY, only after it has read a
   * head > p; only a successful CAS from h can have produced that; if it is the thief's own, the
   * thief's reads happen before it and therefore before the owner's write. So what a successful
   * thief copied is what the owner had pushed there. A thief whose CAS fails may have copied nulls
   * or younger items, and throws the copy away, its own slots included.
   *
   * Why nothing finished stays reachable. A thief must not write null to a claimed slot: the owner
   * may have filled it again, and comparing does not help, because one Runnable can be pushed many
   * times. So clearing is left to the owner, who is never in a race with a filler: it clears its
   * own takings at once, and those of the thieves whenever it looks at head anyway: in every poll,
   * every taking of half, every batch and every steal of its own, and in offer once a lap. A poll
   * that found nothing has cleared everything, and nobody fills the queue of a sleeping owner: a
   * parked worker holds nothing. A worker that does not poll because its task goes on for long
   * holds at most CAPACITY stolen tasks until that task ends.
   */

  /** The number of items a queue can hold; a power of two. */
  public static final int CAPACITY = 256;

  /** In place of a number of tasks: half of those that there are, rounded up. */
  private static final int HALF = 0;

  private static final int MASK = CAPACITY - 1;

  // Places in `cursors`. 128 bytes (two lines: the prefetcher of current x86 pulls pairs) lie
  // between the array's header, head, and the owner's line, and behind it.
  private static final int HEAD = 16;
  private static final int TAIL = 32;
  private static final int CLEARED = TAIL + 1;
  private static final int CURSORS = 48;

  private static final VarHandle CURSOR = MethodHandles.arrayElementVarHandle(long[].class);

  /**
   * The items. Written by the owner; read by the owner and the thieves, in plain mode: the
   * acquiring or volatile reads of tail and the CAS of head order these accesses (see above), and a
   * reference cannot be torn.
   */
  private final @Nullable Runnable[] slots = new @Nullable Runnable[CAPACITY];

  /**
   * Head, written by consumers (CAS), read by all; tail, written by the owner, read by all;
   * cleared, written and read by the owner alone, beside tail, whose line it owns anyway. In an
   * array because its layout is certain: consumers that fight for head would otherwise take the
   * line of tail away from the owner at every push.
   */
  private final long[] cursors = new long[CURSORS];

  /** Creates an empty queue. */
  public RunQueue() {}

  /**
   * Pushes a task behind the youngest; owner only.
   *
   * <p>A successful push ends with a volatile, sequentially consistent store of the tail. A later
   * volatile read of who sleeps ({@link SleeperSet}) therefore cannot be ordered before it: either
   * that read sees a worker that announced its sleep, or that worker's check of the queues after
   * its announcement sees this task.
   *
   * @param task what to push
   * @return false if the queue is full; nothing was done then
   */
  public boolean offer(Runnable task) {
    long tail = cursors[TAIL];
    // A cleared that is too old costs a look at head once a lap, instead of once a push.
    if (tail - cursors[CLEARED] >= CAPACITY && tail - clear() >= CAPACITY) {
      return false;
    }
    slots[(int) tail & MASK] = task;
    // Volatile, not release: release would publish the slot, but would let the caller's next
    // read, of the sleepers, overtake the store, and a worker would sleep beside this task.
    CURSOR.setVolatile(cursors, TAIL, tail + 1);
    return true;
  }

  /**
   * Pushes tasks behind the youngest, all or none; owner only. As {@link #offer}, for less.
   *
   * @param batch holds the tasks
   * @param from the index of the first to push; all behind it are pushed too
   * @return false if there is no room for all of them
   */
  public boolean offerAll(Runnable[] batch, int from) {
    long tail = cursors[TAIL];
    int count = batch.length - from;
    if (tail + count - clear() > CAPACITY) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      slots[(int) (tail + i) & MASK] = batch[from + i];
    }
    // Volatile for the same two reasons as in offer.
    CURSOR.setVolatile(cursors, TAIL, tail + count);
    return true;
  }

  /**
   * Takes the oldest task; owner only. Also drops the references to all tasks that thieves took
   * before.
   *
   * @return the task, or null if there is none
   */
  public @Nullable Runnable poll() {
    long tail = cursors[TAIL];
    for (; ; ) {
      long head = clear();
      if (head == tail) {
        return null;
      }
      if (CURSOR.compareAndSet(cursors, HEAD, head, head + 1)) {
        int slot = (int) head & MASK;
        // After the CAS: only the owner writes to slots, so this one cannot change under it.
        Runnable task = slots[slot];
        slots[slot] = null;
        cursors[CLEARED] = head + 1;
        return task;
      }
      // A thief was faster, so it made progress, and head is nearer to tail.
    }
  }

  /**
   * Moves half of this queue's tasks, rounded up, to the thief's queue, except for the oldest one,
   * which is for the thief to run at once. Moves less if the thief's queue has less room. Called by
   * the owner of the thief's queue.
   *
   * <p>Tells emptiness truly: null means that the queue was empty at a moment during the call, and
   * that moment lies, in the order of all sequentially consistent actions, behind what the caller
   * did before.
   *
   * @param thief the caller's own queue, another one than this
   * @return the oldest task, or null if there is none
   */
  public @Nullable Runnable stealHalfInto(RunQueue thief) {
    return stealInto(thief, HALF);
  }

  /**
   * As {@link #stealHalfInto}, but takes as many as it is told to, if there are so many and the
   * thief's queue has room.
   *
   * @param thief the caller's own queue, another one than this
   * @param most how many to take at most, the oldest included; at least 1
   * @return the oldest task, which is not moved, or null if there is none
   */
  @Nullable Runnable stealInto(RunQueue thief, int most) {
    if (thief == this) {
      throw new IllegalArgumentException("A queue cannot steal from itself: " + this);
    }
    long to = thief.cursors[TAIL];
    long room = CAPACITY - (to - thief.clear());
    for (; ; ) {
      // Acquire: else tail could be read first, and could be behind head by then.
      long head = (long) CURSOR.getAcquire(cursors, HEAD);
      // Volatile, not acquire: orders this read behind the thief's announcement that it will
      // sleep. As an acquire it publishes the slots.
      long available = (long) CURSOR.getVolatile(cursors, TAIL) - head;
      if (available <= 0) {
        return null;
      }
      if (available > CAPACITY) {
        continue; // Head moved on between the two reads: the CAS would fail, so do not copy.
      }
      long taken = most == HALF ? available - available / 2 : Math.min(available, most);
      int kept = (int) Math.min(taken - 1, room);
      Runnable first = slots[(int) head & MASK];
      for (int i = 0; i < kept; i++) {
        thief.slots[(int) (to + i) & MASK] = slots[(int) (head + 1 + i) & MASK];
      }
      // Volatile includes release: keeps the copying above before the claim. Were it to sink
      // below, the owner could have filled the slots again, and two workers would get one task.
      if (CURSOR.compareAndSet(cursors, HEAD, head, head + kept + 1)) {
        if (kept > 0) {
          // Volatile for the same two reasons as in offer.
          CURSOR.setVolatile(thief.cursors, TAIL, to + kept);
        }
        return first;
      }
      // Not ours, and behind the tail, where clear() does not look.
      for (int i = 0; i < kept; i++) {
        thief.slots[(int) (to + i) & MASK] = null;
      }
      Thread.onSpinWait();
    }
  }

  /**
   * Takes half of the tasks, rounded up, out of this queue; owner only. Fails before it has taken
   * any, if at all.
   *
   * @return the tasks, the oldest first
   */
  public Runnable[] takeHalf() {
    long tail = cursors[TAIL];
    for (; ; ) {
      long head = clear();
      int size = (int) (tail - head);
      Runnable[] taken = new Runnable[size - size / 2];
      // Copied before the CAS, as by a thief, and cleared after it, by the owner as always.
      for (int i = 0; i < taken.length; i++) {
        taken[i] = Objects.requireNonNull(slots[(int) (head + i) & MASK]);
      }
      if (CURSOR.compareAndSet(cursors, HEAD, head, head + taken.length)) {
        clear();
        return taken;
      }
    }
  }

  /**
   * Drops the references to tasks that thieves took; owner only. Not needed after a {@link #poll}
   * that returned null.
   */
  public void clearStale() {
    clear();
  }

  /** Clears all slots of consumed items, and returns head. */
  private long clear() {
    // Acquire: the writes to these slots, here and later, come after the reads of the thief
    // whose CAS is seen; else it could have copied a null or a younger task.
    long head = (long) CURSOR.getAcquire(cursors, HEAD);
    long cleared = cursors[CLEARED];
    if (cleared != head) {
      do {
        slots[(int) cleared++ & MASK] = null;
      } while (cleared != head);
      cursors[CLEARED] = head;
    }
    return head;
  }

  /**
   * The number of tasks; any thread. An estimate, except for the owner while nobody steals.
   *
   * @return between 0 and {@link #CAPACITY}
   */
  public int size() {
    // Head first, as in stealHalfInto, so that a queue that is never empty never looks empty.
    long head = (long) CURSOR.getAcquire(cursors, HEAD);
    long size = (long) CURSOR.getVolatile(cursors, TAIL) - head;
    return (int) Math.max(0, Math.min(size, CAPACITY));
  }

  /**
   * Whether there is no task; any thread. True means that the queue was empty at a moment during
   * the call, and that moment lies behind what the caller did before, as for {@link
   * #stealHalfInto}: this is the check to make after {@link SleeperSet#announce}.
   *
   * @return whether the queue was empty
   */
  public boolean isEmpty() {
    return size() == 0;
  }

  @Override
  public String toString() {
    return "RunQueue[size=" + size() + "]";
  }
}
