// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.books;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition by looking at it often, up to a deadline. */
public final class Until {

  /** More than a loaded machine takes for anything that is awaited here. */
  public static final Duration LONG = Duration.ofSeconds(30);

  private static final long INTERVAL_NANOS = 200_000;

  private Until() {}

  /** Waits until a condition holds; returns false if it does not within {@link #LONG}. */
  public static boolean holds(BooleanSupplier condition) {
    return holds(LONG, condition);
  }

  /** Waits until a condition holds; returns false if it does not in time. */
  public static boolean holds(Duration atMost, BooleanSupplier condition) {
    long began = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - began > atMost.toNanos()) {
        return false;
      }
      LockSupport.parkNanos(INTERVAL_NANOS);
    }
    return true;
  }

  /** Waits until a thread waits; returns false if it does not in time. */
  public static boolean waits(Thread thread) {
    return holds(() ->
        switch (thread.getState()) {
          case WAITING, TIMED_WAITING, BLOCKED -> true;
          default -> false;
        });
  }

  /** Lets time go by, for load that is to be paced; no condition is awaited by this. */
  public static void pass(long nanos) {
    LockSupport.parkNanos(nanos);
  }
}
