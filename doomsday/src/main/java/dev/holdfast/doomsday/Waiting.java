// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting by looking, with short pauses, for what has nobody who would say that it is so. */
final class Waiting {

  private static final int SPINS = 50;
  private static final long LONGEST_PAUSE_NANOS = 1_000_000;

  private Waiting() {}

  /** Waits until a condition holds, at most as long as the limit, and says whether it does. */
  static boolean until(Duration limit, BooleanSupplier condition) {
    long begin = System.nanoTime();
    long nanos = TimeUnit.NANOSECONDS.convert(limit);
    for (int i = 0; !condition.getAsBoolean(); i++) {
      if (System.nanoTime() - begin > nanos) {
        return condition.getAsBoolean();
      }
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(Math.min(i * 1_000L, LONGEST_PAUSE_NANOS));
      }
    }
    return true;
  }
}
