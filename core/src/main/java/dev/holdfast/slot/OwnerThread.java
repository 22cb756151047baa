// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/** A platform thread that knows which worker, or which runtime, it serves. */
public final class OwnerThread extends Thread {

  private final Membership membership;

  // What the membership says, without a call through its interface: read on every access.
  private final @Nullable WorkerOwner worker;

  // The worker's arrays. Written by it when they grow, which is on this thread, and read on it.
  private @Nullable Object[] values = {};
  private @Nullable Object[] references = {};

  /** Makes an unstarted daemon thread. */
  public OwnerThread(Membership membership, Runnable body, String name) {
    // Nothing of the thread that starts the runtime is inherited: it would be kept for its life.
    super(null, body, name, 0, false);
    this.membership = membership;
    this.worker = membership.worker();
    setDaemon(true);
  }

  Membership membership() {
    return membership;
  }

  void slots(@Nullable Object[] newValues, @Nullable Object[] newReferences) {
    values = newValues;
    references = newReferences;
  }

  @Nullable Object value(int index) {
    return WorkerOwner.quick(values, index);
  }

  @Nullable Object reference(int index) {
    return WorkerOwner.quick(references, index);
  }

  @Nullable WorkerOwner worker() {
    return worker;
  }
}
