// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets one thread wait until a number of tasks have ended, each of which takes one off a number by
 * one atomic addition, as Tokio's own list and the programs of the other peers do; the last one
 * wakes who waits. A latch of as many as there are tasks would be a loop of compare-and-set.
 */
final class Countdown {

  private final AtomicInteger left;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Waits for so many tasks, of which there must be one at least. */
  Countdown(int tasks) {
    if (tasks < 1) {
      throw new IllegalArgumentException("there must be 1 task at least, not " + tasks);
    }
    left = new AtomicInteger(tasks);
  }

  /** A task has ended. */
  void ended() {
    if (left.decrementAndGet() == 0) {
      ended.countDown();
    }
  }

  /** Returns when all tasks have ended. */
  void await() throws InterruptedException {
    ended.await();
  }
}
