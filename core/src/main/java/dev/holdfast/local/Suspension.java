// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.WorkerOwner;

/**
 * Whether the current task, which is mounted on a worker, can be suspended: found out by suspending
 * it for a moment. Cheaper than a look at its stack, and for who is about to wait no detour: others
 * have their turn, who may do what it waits for.
 */
final class Suspension {

  private Suspension() {}

  /** Says whether this can be asked on a worker; if not, {@link PinnedFrames} has to be. */
  static boolean isKnownOn(WorkerOwner worker) {
    return worker.turns() != WorkerOwner.UNCOUNTED;
  }

  /**
   * Yields.
   *
   * @param worker the worker that the current task is mounted on
   * @return whether the task was suspended; if not, it is pinned
   * @throws StackOverflowError if it was not, for its stack is nearly full
   */
  @SuppressWarnings("ThreadPriorityCheck") // others first is what this is about
  static boolean happens(Thread current, WorkerOwner worker) {
    int turns = worker.turns();
    Thread.yield();
    return VirtualThreads.carrier(current) != worker.thread() || worker.turns() != turns;
  }
}
