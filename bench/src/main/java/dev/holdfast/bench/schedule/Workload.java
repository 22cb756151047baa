// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import java.util.concurrent.TimeUnit;

/**
 * Something that schedulers are timed at.
 *
 * @param name what the tables call it
 * @param size how many operations one run has; times are quoted per operation
 * @param run does it once, called by a platform thread; returns when all is done
 */
public record Workload(String name, int size, Body run) {

  /** How long a scheduler is given to run what waits beside tasks that keep it busy. */
  public static final long STARVED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** The code of a workload. */
  @FunctionalInterface
  public interface Body {
    /** Runs {@code size} operations. */
    void run(Carriers carriers, int size) throws InterruptedException;
  }

  /** Says whether a time per operation means that the run was ended by {@link #STARVED_NANOS}. */
  public boolean isStarved(double nanosPerOperation) {
    return nanosPerOperation * size >= STARVED_NANOS;
  }

  /** Returns this workload with its size divided. */
  public Workload smaller(int divisor) {
    return new Workload(name, Math.max(1, size / divisor), run);
  }
}
