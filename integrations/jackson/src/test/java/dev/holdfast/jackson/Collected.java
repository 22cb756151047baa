// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what the garbage collector does. */
final class Collected {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private Collected() {}

  /** Collects until a condition holds. */
  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("collected for " + DEADLINE + " in vain until " + what);
      }
      System.gc();
      // Until the references are queued.
      LockSupport.parkNanos(1_000_000);
    }
  }
}
