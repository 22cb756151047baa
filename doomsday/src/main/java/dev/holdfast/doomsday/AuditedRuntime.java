// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;

/**
 * A running runtime under audit.
 *
 * <p>Its methods are called by many threads at once, unless they say otherwise.
 */
public interface AuditedRuntime {

  /**
   * Returns a reference to a value of the thread that the caller runs on, which is made if that
   * thread has none of this number. Called by tasks.
   *
   * @param slot the number of the value, 0 up to {@link Work#SLOTS}
   * @return the reference
   */
  Reference reference(int slot);

  /**
   * Has a task run: {@link Work#run} where tasks may block, else {@link Work#begin} and the rest
   * once it is woken.
   *
   * @param work the task
   * @return by which the submitter learns of its end
   * @throws RuntimeException if the runtime does not take it
   */
  Receipt submit(Work work);

  /**
   * Has a job run that blocks its thread, where the runtime wants such jobs to run. By default it
   * is a task like any other.
   *
   * @param work the job; to be run by {@link Work#run}
   * @return by which the submitter learns of its end
   * @throws RuntimeException if the runtime does not take it
   */
  default Receipt submitBlocking(Work work) {
    return submit(work);
  }

  /**
   * Has a task run later, by the runtime's timers. By default it is a task that first sleeps.
   *
   * @param work the task
   * @param delay after which time
   * @return by which the submitter learns of its end
   * @throws RuntimeException if the runtime does not take it
   */
  default Receipt schedule(Work work, Duration delay) {
    work.sleepFirst(delay);
    return submit(work);
  }

  /**
   * Returns a reference that a thread outside of the runtime may use until it closes it. Called by
   * tasks.
   *
   * @param slot the number of the value
   * @return the reference
   * @throws UnsupportedOperationException if the runtime knows no such thing, by default; {@link
   *     Scenario#FOREIGN_HOLDER} is then left out
   */
  default Reference outside(int slot) {
    throw new UnsupportedOperationException("this runtime has no values for threads outside");
  }

  /**
   * Ends the runtime in one of the adapter's ways, and waits as long as that way allows. Called
   * again, also in another way, after an earlier call returned or while it waits.
   *
   * @param way one of {@link RuntimeAdapter#ways}
   * @param limit how long to wait, where that can be said
   * @return what the call said
   * @throws Exception what the call threw
   */
  Ending shutDown(String way, Duration limit) throws Exception;

  /**
   * Says whether the runtime ends by itself when the JVM exits. If not, {@link Scenario#JVM_EXIT}
   * has a shutdown hook end it.
   *
   * @return true if it does; false by default
   */
  default boolean endsWithTheJvm() {
    return false;
  }

  /** Ends by force what is left of the runtime, if there is a way; does not wait. */
  default void abandon() {}
}
