// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.shutdown;

/**
 * The phases a runtime passes through, in this order and never back.
 *
 * <p>A deadline ends the <em>wait</em> of the thread that closes, never a phase: a runtime whose
 * holders outlive the deadline stays in the phase it reached and goes on from there when the last
 * of them ends.
 */
public enum ShutdownPhase {
  /** Work is accepted from everywhere. */
  RUNNING,
  /** Work from outside is rejected; tasks and jobs go on, and may still spawn. */
  DRAINING,
  /** As {@link #DRAINING}, and every task and job has been, or is being, interrupted. */
  CANCELLING,
  /** The barrier: no task, job, lease or guard is left, and none can come. */
  QUIESCENT,
  /** Each worker runs its destructors on its own thread, last made first. */
  DESTROYING,
  /** Every value is destroyed and every worker thread has been joined. */
  TERMINATED;

  /**
   * Says whether this phase is {@code other} or a later one.
   *
   * @param other the phase to compare with
   * @return true if this phase is not before {@code other}
   */
  public boolean atLeast(ShutdownPhase other) {
    return compareTo(other) >= 0;
  }
}
