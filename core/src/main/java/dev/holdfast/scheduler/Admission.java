// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.slot.Membership;
import dev.holdfast.slot.WorkerOwner;
import org.jspecify.annotations.Nullable;

/** What the runtime decides and counts for its scheduler. */
public interface Admission {

  /**
   * Counts a virtual thread that is being started, before it is queued.
   *
   * @param thread the new thread, which has not run yet
   * @param starter the thread that starts it
   * @param membership what the starter is to a runtime, if anything
   * @throws java.util.concurrent.RejectedExecutionException if it may not start
   */
  void admit(Thread thread, Thread starter, @Nullable Membership membership);

  /**
   * Takes back what {@link #admit} did for a thread that could not be queued and has ended.
   *
   * @param thread the thread, which never ran
   */
  void retract(Thread thread);

  /**
   * A virtual thread that the runtime did not make came to its end.
   *
   * @param thread the thread; calls for other threads, and second calls, do nothing
   */
  void strayEnded(Thread thread);

  /**
   * Makes the thread of a worker, unstarted.
   *
   * @throws RuntimeException if a user's factory fails
   */
  Thread newThread(WorkerOwner worker, Runnable body);
}
