// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.jdk.VirtualThreads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;

/** The least that a row can cost: what is left when there is no scheduler. */
final class Floors {

  static final String YIELD =
      "200 bare continuations, run in turn by as many platform threads as there are processors, each"
          + " with its own";
  static final String UNSTARTED = "an unstarted virtual thread is made, and not run";
  static final String STARTED =
      "a virtual thread is made, started into an array queue, and run from it by the same platform"
          + " thread";
  static final String SPIN = "two platform threads that spin on one volatile field";
  static final String TWO =
      "two bare continuations that yield to each other on one platform thread";

  private static final ContinuationScope SCOPE = new ContinuationScope("bench");

  private Floors() {}

  /** Yields of many continuations, divided among threads that share nothing. */
  static void yields(int continuations, int size) throws InterruptedException {
    int count = Runtime.getRuntime().availableProcessors();
    int yields = Math.max(1, size / continuations);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int mine = continuations / count + (i < continuations % count ? 1 : 0);
      threads.add(Thread.ofPlatform().daemon().start(() -> inTurn(mine, yields)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Two that hand over on one thread. */
  static void two(int size) {
    inTurn(2, size);
  }

  private static void inTurn(int count, int yields) {
    Queue<Continuation> ready = new ArrayDeque<>();
    for (int i = 0; i < count; i++) {
      ready.add(
          new Continuation(
              SCOPE,
              () -> {
                for (int j = 0; j < yields; j++) {
                  Continuation.yield(SCOPE);
                }
              }));
    }
    for (Continuation next = ready.poll(); next != null; next = ready.poll()) {
      next.run();
      if (!next.isDone()) {
        ready.add(next);
      }
    }
  }

  /** Makes threads, and keeps the last one only. */
  static void unstarted(int size) {
    int[] ran = {0};
    Thread last = Thread.currentThread();
    for (int i = 0; i < size; i++) {
      last = Thread.ofVirtual().unstarted(() -> ran[0]++);
    }
    if (last.getState() == Thread.State.TERMINATED) {
      throw new IllegalStateException("what was not started ended: " + last);
    }
  }

  /** Runs threads on the thread that calls. */
  static void started(int size) {
    int[] ran = {0};
    Runnable body = () -> ran[0]++;
    Queue<Runnable> ready = new ArrayDeque<>(size);
    for (int i = 0; i < size; i++) {
      VirtualThreads.unstarted(ready::add, null, body).start();
    }
    for (Runnable next = ready.poll(); next != null; next = ready.poll()) {
      next.run();
    }
    if (ran[0] != size) {
      throw new IllegalStateException("of " + size + " threads " + ran[0] + " ran");
    }
  }

  /** Two that hand over between two threads. */
  static void spin(int size) throws InterruptedException {
    Turn turn = new Turn();
    Thread other = Thread.ofPlatform().daemon().start(() -> turn.take(size, 1));
    turn.take(size, 0);
    other.join();
  }

  private static final class Turn {
    private volatile int whose;

    void take(int size, int side) {
      for (int i = 0; i < size; i++) {
        while (whose != side) {
          Thread.onSpinWait();
        }
        whose = 1 - side;
      }
    }
  }
}
