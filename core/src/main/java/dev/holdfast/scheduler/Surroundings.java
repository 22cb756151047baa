// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.slot.Membership;
import org.jspecify.annotations.Nullable;

/**
 * What a runtime takes from the world around it, besides its workers: the time, and threads. The
 * one seam at which a simulation puts its own in place of the real ones.
 */
public interface Surroundings {

  /** The time and the threads of the JDK. */
  Surroundings REAL = new Surroundings() {};

  /** Returns the time, in the base of {@link System#nanoTime}. */
  default long nanoTime() {
    return System.nanoTime();
  }

  /** Makes the thread that watches a runtime, unstarted. */
  @SuppressWarnings("ThreadPriorityCheck") // not that of the thread that makes it
  default Thread newWatch(String name, Runnable body) {
    Thread thread = new Thread(null, body, name, 0, false);
    thread.setDaemon(true);
    thread.setPriority(Thread.NORM_PRIORITY);
    return thread;
  }

  /**
   * Makes a thread for blocking jobs, unstarted.
   *
   * @return the thread, or null for a platform thread that the runtime makes itself
   */
  default @Nullable Thread newJobThread(Membership pool, String name, Runnable body) {
    return null;
  }

  /** Says whether the exit of the JVM closes a runtime that is still open. */
  default boolean closesAtExit() {
    return true;
  }
}
