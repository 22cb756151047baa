// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The ready tasks that are on no worker: single ones from outside, and batches that did not fit
 * into a worker's own queue. First in, first out; any thread may call any method.
 *
 * <p>A batch is one item of the queue, so that a worker that starts ten thousand tasks pays for a
 * shared queue once in a while and not for each, and so does a worker that takes them.
 */
final class GlobalQueue {

  // Each a Runnable or a Runnable[] that is not empty.
  private final Queue<Object> items = new ConcurrentLinkedQueue<>();

  /** Adds a task. */
  void add(Runnable task) {
    items.add(task);
  }

  /** Adds tasks, the first to be taken first. The array is not used again by the caller. */
  void addAll(Runnable[] batch) {
    if (batch.length > 0) {
      items.add(batch);
    }
  }

  boolean isEmpty() {
    return items.isEmpty();
  }

  /**
   * Takes the oldest task, and with it the batch that it is in.
   *
   * @param rest is given the others of the batch; must not throw, or they are lost
   * @return the oldest task, or null if there is none
   */
  @Nullable Runnable poll(Rest rest) {
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
