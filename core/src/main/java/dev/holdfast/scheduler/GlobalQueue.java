// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The ready tasks that are on no worker: those from outside, and batches that did not fit into a
 * worker's own queue. Any thread may call any method.
 *
 * <p>A thread outside adds to one of a few {@link Inlet}s, so that two of them seldom meet, and a
 * worker takes many tasks from there at a time. What does not fit into an inlet, or into a worker's
 * queue, comes to one queue as whole batches: a worker that starts ten thousand tasks pays for it
 * once in a while and not for each. The two are looked at in turn. Tasks of one thread outside are
 * taken in their order, but for what is handed on in batches.
 */
final class GlobalQueue {

  /** The most inlets; a power of two. */
  private static final int MAX_INLETS = 16;

  private final Inlet[] inlets;

  // Each a Runnable or a Runnable[] that is not empty.
  private final Queue<Object> items = new ConcurrentLinkedQueue<>();

  private final Inlet.Overflow toItems = full -> addAll(full.takeHalf());

  /**
   * Makes an empty queue.
   *
   * @param workers how many workers take from it; at least 1
   */
  GlobalQueue(int workers) {
    int atLeast = Math.clamp(workers, 2, MAX_INLETS);
    inlets = new Inlet[Integer.highestOneBit(2 * atLeast - 1)];
    for (int i = 0; i < inlets.length; i++) {
      inlets[i] = new Inlet();
    }
  }

  /**
   * Adds a task.
   *
   * @param thread the number of the current thread: the same for all tasks of one thread
   */
  void add(Runnable task, long thread) {
    try {
      for (int i = 0; i < inlets.length; i++) {
        if (inlets[(int) (thread + i) & (inlets.length - 1)].tryAdd(task, toItems)) {
          return;
        }
      }
    } catch (StackOverflowError e) {
      // Nothing was done. There may be room yet for what follows, which needs less.
    }
    items.add(task);
  }

  /** Adds tasks, the first to be taken first. The array is not used again by the caller. */
  void addAll(Runnable[] batch) {
    if (batch.length > 0) {
      items.add(batch);
    }
  }

  boolean isEmpty() {
    if (!items.isEmpty()) {
      return false;
    }
    for (Inlet inlet : inlets) {
      if (!inlet.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Takes the oldest task of an inlet or of a batch, and more of them into a worker's queue; by
   * that worker.
   *
   * @param to the worker's own queue, at most half full
   * @param most how many to take at most from an inlet; at least 1
   * @param turn differs from call to call: where to look first
   * @param rest is given the others of a batch; must not throw, or they are lost
   * @return the oldest task, or null if there is none
   */
  @Nullable Runnable take(RunQueue to, int most, int turn, Rest rest) {
    boolean itemsFirst = (turn & 1) == 0;
    Runnable task = itemsFirst ? poll(rest, items) : null;
    for (int i = 0; task == null && i < inlets.length; i++) {
      Inlet inlet = inlets[((turn >>> 1) + i) & (inlets.length - 1)];
      if (!inlet.isEmpty()) {
        task = inlet.take(to, most);
      }
    }
    return task != null || itemsFirst ? task : poll(rest, items);
  }

  /**
   * Takes a task, and with it the batch that it is in.
   *
   * @param rest is given the others of the batch; must not throw, or they are lost
   * @return the oldest task of where it was, or null if there is none
   */
  @Nullable Runnable poll(Rest rest) {
    Runnable task = poll(rest, items);
    for (int i = 0; task == null && i < inlets.length; i++) {
      task = inlets[i].poll();
    }
    return task;
  }

  private static @Nullable Runnable poll(Rest rest, Queue<Object> items) {
    Object item = items.poll();
    if (!(item instanceof Runnable[] batch)) {
      return (Runnable) item;
    }
    if (batch.length > 1) {
      rest.accept(batch, 1);
    }
    return batch[0];
  }

  /** Takes the rest of a batch. */
  @FunctionalInterface
  interface Rest {
    /** Takes all tasks from an index on, in order. */
    void accept(Runnable[] batch, int from);
  }
}
