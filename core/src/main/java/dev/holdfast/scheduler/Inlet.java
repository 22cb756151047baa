// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.slot.StackRoom;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One of the queues by which tasks come in from threads that are no workers.
 *
 * <p>A {@link RunQueue} whose owner is whoever holds the lock. Workers take what they have room for
 * by one atomic update, as from each other, and need no lock. Nobody waits for it: who finds it
 * taken goes to the next inlet.
 */
final class Inlet {

  private static final VarHandle LOCK;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      EarlyClasses.initialize(lookup, StackRoom.class);
      LOCK = lookup.findVarHandle(Inlet.class, "lock", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final RunQueue queue = new RunQueue();

  // 1 while somebody owns the queue. Taken by a CAS, given back with release: the owners are a
  // succession, each of which sees what the one before did.
  @SuppressWarnings("UnusedVariable") // through LOCK
  private int lock;

  private boolean tryLock() {
    return (int) LOCK.getOpaque(this) == 0 && LOCK.compareAndSet(this, 0, 1);
  }

  private void unlock() {
    LOCK.setRelease(this, 0);
  }

  /**
   * Adds a task, as {@link RunQueue#offer}; any thread.
   *
   * @param overflow is given half of the tasks if there is no room, before this one is added
   * @return false if it is taken; nothing was done then
   */
  boolean tryAdd(Runnable task, Overflow overflow) {
    // An overflow of the stack must not come between taking the lock and giving it back.
    StackRoom.ensure();
    if (!tryLock()) {
      return false;
    }
    try {
      while (!queue.offer(task)) {
        overflow.accept(queue);
      }
    } finally {
      unlock();
    }
    return true;
  }

  /**
   * Moves tasks to a worker's queue, as many as it has room for; by that worker. Keeps nothing of
   * what was taken once it is empty, unless somebody adds at this moment.
   *
   * @param to the worker's own queue
   * @param most how many to take at most; at least 1
   * @return the oldest, which is not moved, or null if there is none
   */
  @Nullable Runnable take(RunQueue to, int most) {
    Runnable first = queue.stealInto(to, most);
    if (first != null && queue.isEmpty() && tryLock()) {
      queue.clearStale();
      unlock();
    }
    return first;
  }

  /**
   * Takes the oldest task; any thread that may wait for one that adds.
   *
   * @return null if there is none
   */
  @Nullable Runnable poll() {
    while (!queue.isEmpty()) {
      if (tryLock()) {
        try {
          return queue.poll();
        } finally {
          unlock();
        }
      }
      Thread.onSpinWait();
    }
    return null;
  }

  /** Says whether there is no task; as {@link RunQueue#isEmpty}. */
  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Makes room in a queue that is full. */
  @FunctionalInterface
  interface Overflow {
    /** Takes tasks out of the queue; by its owner. */
    void accept(RunQueue full);
  }
}
