// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Tasks that keep one worker busy without ever blocking it, until told to stop. */
enum EndlessLoad {

  /** Two tasks that wake each other and park. */
  UNPARK_EACH_OTHER {
    @Override
    List<Future<?>> start(WorkerRuntime runtime, AtomicBoolean stop) {
      Thread[] both = new Thread[2];
      int[] turn = {0};
      CountDownLatch ready = new CountDownLatch(2);
      List<Future<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        int me = i;
        tasks.add(
            runtime.spawn(() -> {
              synchronized (both) {
                both[me] = Thread.currentThread();
              }
              ready.countDown();
              ready.await();
              Thread other;
              synchronized (both) {
                other = both[1 - me];
              }
              while (!stop.get()) {
                while (turnOf(turn) != me && !stop.get()) {
                  LockSupport.park();
                }
                synchronized (turn) {
                  turn[0] = 1 - me;
                }
                LockSupport.unpark(other);
              }
              LockSupport.unpark(other);
              return null;
            }));
      }
      return tasks;
    }

    private int turnOf(int[] turn) {
      synchronized (turn) {
        return turn[0];
      }
    }
  },

  /** Two tasks that hand a value over and back without a place to keep it. */
  SYNCHRONOUS_QUEUE {
    @Override
    List<Future<?>> start(WorkerRuntime runtime, AtomicBoolean stop) {
      SynchronousQueue<Boolean> there = new SynchronousQueue<>();
      SynchronousQueue<Boolean> back = new SynchronousQueue<>();
      return List.of(
          runtime.spawn(() -> {
            while (!stop.get()) {
              there.put(true);
              back.take();
            }
            there.put(false);
            return null;
          }),
          runtime.spawn(() -> {
            while (there.take()) {
              back.put(true);
            }
            return null;
          }));
    }
  },

  /** Two tasks that signal each other under a lock. */
  CONDITION {
    @Override
    List<Future<?>> start(WorkerRuntime runtime, AtomicBoolean stop) {
      ReentrantLock lock = new ReentrantLock();
      Condition changed = lock.newCondition();
      int[] turn = {0};
      List<Future<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        int me = i;
        tasks.add(
            runtime.spawn(() -> {
              lock.lock();
              try {
                while (!stop.get()) {
                  while (turn[0] != me && !stop.get()) {
                    changed.await();
                  }
                  turn[0] = 1 - me;
                  changed.signalAll();
                }
                changed.signalAll();
              } finally {
                lock.unlock();
              }
              return null;
            }));
      }
      return tasks;
    }
  },

  /** One task that yields. */
  YIELD {
    @Override
    List<Future<?>> start(WorkerRuntime runtime, AtomicBoolean stop) {
      return List.of(
          runtime.spawn(() -> {
            while (!stop.get()) {
              Thread.yield();
            }
            return null;
          }));
    }
  },

  /** A task that starts its successor and ends. */
  SELF_SPAWNING_CHAIN {
    @Override
    List<Future<?>> start(WorkerRuntime runtime, AtomicBoolean stop) {
      return List.of(runtime.spawn(() -> link(runtime, stop)));
    }

    private Void link(WorkerRuntime runtime, AtomicBoolean stop) {
      if (!stop.get()) {
        runtime.spawn(() -> link(runtime, stop));
      }
      return null;
    }
  },

  /** A virtual thread of the JDK's making that starts its successor and ends. */
  STRAY_CHAIN {
    @Override
    List<Future<?>> start(WorkerRuntime runtime, AtomicBoolean stop) {
      return List.of(
          runtime.spawn(() -> {
            Thread.ofVirtual().start(() -> link(stop));
            return null;
          }));
    }

    private void link(AtomicBoolean stop) {
      if (!stop.get()) {
        Thread.ofVirtual().start(() -> link(stop));
      }
    }
  };

  /** Starts the load; it ends soon after {@code stop} is set. */
  abstract List<Future<?>> start(WorkerRuntime runtime, AtomicBoolean stop);
}
