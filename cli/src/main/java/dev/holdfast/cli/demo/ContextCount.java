// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the digest contexts of one run: made, freed by the program, reclaimed by the garbage
 * collector, and the buffer bytes that were taken at the same time.
 *
 * <p>Called from any thread.
 */
final class ContextCount {

  /**
   * What was counted.
   *
   * @param made contexts constructed
   * @param freed contexts closed by the program, each counted once
   * @param reclaimed contexts never closed, which the garbage collector found
   * @param doublyFreed calls that closed a context again
   * @param peakBufferBytes the most buffer bytes made and neither freed nor reclaimed yet
   */
  record Totals(long made, long freed, long reclaimed, long doublyFreed, long peakBufferBytes) {}

  private final AtomicLong made = new AtomicLong();
  private final AtomicLong freed = new AtomicLong();
  private final AtomicLong reclaimed = new AtomicLong();
  private final AtomicLong doublyFreed = new AtomicLong();
  private final AtomicLong live = new AtomicLong();
  private final AtomicLong peak = new AtomicLong();

  void made() {
    made.incrementAndGet();
    peak.accumulateAndGet(live.incrementAndGet(), Math::max);
  }

  void freed() {
    freed.incrementAndGet();
    live.decrementAndGet();
  }

  void doublyFreed() {
    doublyFreed.incrementAndGet();
  }

  void reclaimed() {
    reclaimed.incrementAndGet();
    live.decrementAndGet();
    synchronized (this) {
      notifyAll();
    }
  }

  /** The contexts that are neither freed nor reclaimed. */
  long live() {
    return live.get();
  }

  /** Waits until fewer contexts are live, or the time is over. */
  void awaitLiveBelow(long bound, Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    synchronized (this) {
      while (live.get() >= bound) {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          return;
        }
        wait(millis);
      }
    }
  }

  Totals totals() {
    return new Totals(
        made.get(),
        freed.get(),
        reclaimed.get(),
        doublyFreed.get(),
        peak.get() * DigestContext.BUFFER_BYTES);
  }
}
