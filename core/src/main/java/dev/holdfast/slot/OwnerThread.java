// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.jdk.VirtualThreads;
import org.jspecify.annotations.Nullable;

/** A platform thread that knows which worker, or which runtime, it serves. */
public final class OwnerThread extends Thread {

  // Written by this thread as it leaves, read on it.
  private Membership membership;

  // What the membership says, without a call through its interface: read on every access.
  private final @Nullable WorkerOwner worker;

  // The worker's arrays. Written by it when they grow, which is on this thread, and read on it.
  private @Nullable Object[] values = {};
  private @Nullable Object[] references = {};
  private @Nullable Forms[] forms = {};

  /**
   * How many pins of the task that is mounted here have been ended without being taken back.
   *
   * <p>A field that is written without a call: who unwinds a stack overflow may have no room left
   * for the call that unpins. It counts here what it owes, and an outer frame, which has more room,
   * pays for it, or else the task's next call of the runtime. On this thread only; zero again with
   * the next task, whose pins are its own.
   */
  public int owed;

  /** Makes an unstarted daemon thread. */
  @SuppressWarnings("ThreadPriorityCheck") // not that of the thread that makes it
  public OwnerThread(Membership membership, Runnable body, String name) {
    // Nothing of the thread that starts the runtime is inherited: it would be kept for its life.
    super(null, body, name, 0, false);
    this.membership = membership;
    this.worker = membership.worker();
    setDaemon(true);
    setPriority(NORM_PRIORITY);
  }

  /**
   * Takes back the pins that the current task owes.
   *
   * @param platform the thread that it is mounted on, which is the only one that may call this
   */
  public static void settle(@Nullable Thread platform) {
    if (platform instanceof OwnerThread thread && thread.owed != 0) {
      thread.unpinOwed();
    }
  }

  /** Takes back the pins that are owed; on this thread only. */
  public void unpinOwed() {
    while (owed > 0) {
      VirtualThreads.unpin();
      owed--;
    }
  }

  Membership membership() {
    return membership;
  }

  void leave(Membership former) {
    membership = former;
  }

  void slots(
      @Nullable Object[] newValues, @Nullable Object[] newReferences, @Nullable Forms[] newForms) {
    values = newValues;
    references = newReferences;
    forms = newForms;
  }

  /** Returns the access forms at an index, or null if there are none; on this thread only. */
  public @Nullable Forms forms(int index) {
    @Nullable Forms[] all = forms;
    return Integer.compareUnsigned(index, all.length) < 0 ? all[index] : null;
  }

  @Nullable Object value(int index) {
    return WorkerOwner.quick(values, index);
  }

  @Nullable Object reference(int index) {
    return WorkerOwner.quick(references, index);
  }

  /** Returns the worker, or null if this serves a runtime as none; any thread. */
  public @Nullable WorkerOwner worker() {
    return worker;
  }
}
