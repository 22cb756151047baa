// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition by looking at it often, up to a deadline that fails the test. */
public final class Await {

  /** Less than the bound of most tests, so that a test fails by what it waited for. */
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private static final long INTERVAL_NANOS = 200_000;

  private Await() {}

  /** Waits until {@code condition} holds. */
  public static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited " + DEADLINE + " in vain until " + what);
      }
      LockSupport.parkNanos(INTERVAL_NANOS);
    }
  }

  /** Waits until {@code thread} is parked, blocked or waiting. */
  public static void untilWaiting(Thread thread) {
    until(
        thread + " waits",
        () ->
            switch (thread.getState()) {
              case WAITING, TIMED_WAITING, BLOCKED -> true;
              default -> false;
            });
  }

  /** Waits until a thread waits for something of a type, and not on the way there. */
  public static void untilWaiting(Thread thread, Class<?> blocker) {
    until(
        thread + " waits for a " + blocker.getSimpleName(),
        () ->
            blocker.isInstance(LockSupport.getBlocker(thread))
                && switch (thread.getState()) {
                  case WAITING, TIMED_WAITING -> true;
                  default -> false;
                });
  }

  /** Waits for {@code latch} and goes on waiting when interrupted, as unwilling code does. */
  public static void unwillingly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // Goes on waiting, on purpose.
      }
    }
  }
}
