// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/** What is told of the workers of a runtime. No method throws. */
public interface WorkerEvents {

  /** A worker's thread begins; called on it. */
  void workerStarted(WorkerOwner worker);

  /** A worker's thread is about to end, its values destroyed; called on it. */
  void workerStopped(WorkerOwner worker);

  /** A worker is about to wait; called on its thread. */
  void workerParked(WorkerOwner worker);

  /** A worker has waited; called on its thread. */
  void workerUnparked(WorkerOwner worker);

  /** A worker's thread is blocked by a task that is inside an exclusive access. */
  void blockedWhilePinned(WorkerOwner worker, StackTraceElement[] stack);

  /** Something failed that nobody waits for: an action on a worker's thread, a timer, a spare. */
  void uncaught(Throwable failure);
}
