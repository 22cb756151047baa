// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded buffer as one finds it in ordinary code. With one condition for both kinds of waiters a
 * {@code signal} may go to the wrong one, which is lost.
 */
final class BoundedBuffer<E> {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<E> items = new ArrayDeque<>();
  private final int capacity;
  private final boolean tellsAll;

  BoundedBuffer(int capacity, boolean tellsAll) {
    this.capacity = capacity;
    this.tellsAll = tellsAll;
  }

  void put(E item) throws InterruptedException {
    lock.lock();
    try {
      while (items.size() == capacity) {
        changed.await();
      }
      items.add(item);
      tell();
    } finally {
      lock.unlock();
    }
  }

  E take() throws InterruptedException {
    lock.lock();
    try {
      while (items.isEmpty()) {
        changed.await();
      }
      E item = items.remove();
      tell();
      return item;
    } finally {
      lock.unlock();
    }
  }

  private void tell() {
    if (tellsAll) {
      changed.signalAll();
    } else {
      changed.signal();
    }
  }
}
