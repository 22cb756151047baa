// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/** A platform thread that knows which worker, or which runtime, it serves. */
public final class OwnerThread extends Thread {

  private final Membership membership;

  /** Makes an unstarted daemon thread. */
  public OwnerThread(Membership membership, Runnable body, String name) {
    // Nothing of the thread that starts the runtime is inherited: it would be kept for its life.
    super(null, body, name, 0, false);
    this.membership = membership;
    setDaemon(true);
  }

  Membership membership() {
    return membership;
  }
}
