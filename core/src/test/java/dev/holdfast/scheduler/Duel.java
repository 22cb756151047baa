// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A litmus test of two actors: rounds in which both start as close together as spinning allows,
 * each followed by a check that sees what both did. On a busy machine there are fewer rounds than
 * asked for, so that it ends within seconds.
 */
interface Duel {

  /** Before each round. */
  void prepare(int round);

  /** Runs in the calling thread. */
  void first();

  /** Runs in another thread. */
  void second();

  /** After each round. */
  void check(int round);

  static void run(int rounds, Duel duel) throws Exception {
    AtomicInteger turn = new AtomicInteger(); // 2n: before round n; 2n+1: during it; -1: over.
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> other =
          threads.submit(() -> {
            for (int round = 0; round < rounds; round++) {
              if (!await(turn, 2 * round + 1)) {
                return;
              }
              try {
                duel.second();
              } finally {
                turn.set(2 * round + 2);
              }
            }
          });
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1_200);
      try {
        for (int round = 0; round < rounds && System.nanoTime() - end < 0; round++) {
          duel.prepare(round);
          turn.set(2 * round + 1);
          duel.first();
          if (!await(turn, 2 * round + 2)) {
            break;
          }
          duel.check(round);
        }
      } finally {
        turn.set(-1);
      }
      other.get();
    }
  }

  private static boolean await(AtomicInteger turn, int value) {
    int now = turn.get();
    for (int spins = 1; now != value && now >= 0; spins++) {
      Thread.onSpinWait();
      if (spins % 1_000 == 0) {
        Thread.yield(); // The other one may be waiting for this very core.
      }
      now = turn.get();
    }
    return now == value;
  }
}
