// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.WorkerEvents;
import dev.holdfast.slot.WorkerOwner;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The workers of a runtime of the carrier tier, and what decides which task runs next on which of
 * them; as the runtime sees it. There is one for real, {@link Scheduler}, and a simulated one that
 * is not in this module.
 */
public interface Carriers {

  /** Makes the carriers of one runtime, whose workers are not started yet. */
  interface Maker {
    /**
     * Makes them.
     *
     * @param trackNanos see {@link WorkerOwner}
     */
    Carriers make(
        Admission admission,
        WorkerEvents events,
        Domain domain,
        int workers,
        int spares,
        long trackNanos);
  }

  /** An option of a runtime's builder that is not for everyone. */
  interface Option {
    /** Has the runtime run on these carriers, in the carrier tier. */
    void carriers(Maker maker);
  }

  /** Returns what is given to the JDK as the scheduler of the tasks' virtual threads. */
  Executor executor();

  /** Returns where the runtime gets time and threads. */
  default Surroundings surroundings() {
    return Surroundings.REAL;
  }

  /**
   * Starts the configured workers.
   *
   * @throws RuntimeException what the thread factory threw, as any error of starting a thread; the
   *     workers that were started are then stopped, and have ended when this returns
   */
  void start();

  /** Returns the workers started so far, the spare ones last. */
  List<? extends WorkerOwner> workers();

  /** Returns how many there are in {@link #workers}; needs no memory. */
  int count();

  /** Returns one of them, by its number. */
  WorkerOwner worker(int index);

  /** Tells the workers to end once they find nothing to run. */
  void stop();

  /** Sees to what still becomes ready; after the workers have ended. */
  void close();

  /** Counts a virtual thread that the runtime did not make. */
  void strayStarted();

  /** Counts such a thread as ended. */
  void strayEnded();

  // ---- Watching

  /** Tells which thread watches; called by it, first. */
  void beginWatch();

  /**
   * Looks once how the workers are; by the watching thread.
   *
   * @return how long to wait in nanoseconds before the next look; Long.MAX_VALUE until woken
   */
  long look();

  /** Returns a time of late, in the base of {@link System#nanoTime}; any thread. */
  long now();

  /** Brings {@link #now} up to date if it lags behind; any thread. */
  void touch();
}
