// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

/** What the scheduler tells of its workers. No method throws. */
public interface WorkerEvents {

  /** A worker's thread begins; called on it. */
  void workerStarted(Worker worker);

  /** A worker's thread is about to end, its values destroyed; called on it. */
  void workerStopped(Worker worker);

  /** A worker is about to wait; called on its thread. */
  void workerParked(Worker worker);

  /** A worker has waited; called on its thread. */
  void workerUnparked(Worker worker);

  /** A worker's thread is blocked by a task that is inside an exclusive access. */
  void blockedWhilePinned(Worker worker, StackTraceElement[] stack);

  /** Something failed that nobody waits for: an action on a worker's thread, a timer, a spare. */
  void uncaught(Throwable failure);
}
