// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;

/**
 * Watches a runtime: its workers, tasks and phases.
 *
 * <p>Every method is called on the thread it speaks of, and must be short and must not block: it
 * delays that worker or task. What a method throws goes to the runtime's uncaught-exception handler
 * and changes nothing else.
 */
public interface RuntimeListener {

  /**
   * A worker begins; called on its thread before its first task. In the owned tier, where tasks do
   * not run on that thread, one may have used the worker's values before.
   *
   * @param worker its number: 0 up to the number of workers for the configured ones, above it for
   *     spare workers
   */
  default void workerStarted(int worker) {}

  /**
   * A worker ends; called on its thread after its last destructor.
   *
   * @param worker its number
   */
  default void workerStopped(int worker) {}

  /**
   * A worker found nothing to do and is about to wait.
   *
   * @param worker its number
   */
  default void workerParked(int worker) {}

  /**
   * A worker was woken.
   *
   * @param worker its number
   */
  default void workerUnparked(int worker) {}

  /**
   * A task or blocking job begins; called on its own thread before its body.
   *
   * @param task the task
   */
  default void taskStarted(Task<?> task) {}

  /**
   * A task or blocking job ends; called on its own thread after its body.
   *
   * @param task the task
   */
  default void taskEnded(Task<?> task) {}

  /**
   * The runtime entered a phase; called once for each phase after {@link ShutdownPhase#RUNNING}, in
   * order, on the thread that closes the runtime's life.
   *
   * @param phase the phase entered
   */
  default void phaseEntered(ShutdownPhase phase) {}

  /**
   * A lease was still open at the end of the task that took it; called on the thread that noticed.
   * An open guard is no leak: it may outlive its task, and is a holder in the report. Under the
   * sanitiser also a lease or guard that was collected unclosed, on a thread of the runtime's own.
   *
   * @param leak what was leaked, with the place of taking if that was recorded
   */
  default void leaked(ShutdownReport.Holder leak) {}

  /**
   * A task blocked its worker's platform thread while it was inside {@code with}, {@code update} or
   * an initialiser; seen by sampling, so that a short block may go unseen. Called on a thread of
   * the runtime's own.
   *
   * @param worker the worker's number
   * @param stack where the task stood
   */
  default void blockedWhilePinned(int worker, StackTraceElement[] stack) {}
}
