// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/** A platform thread that knows which worker, or which runtime, it serves. */
public final class OwnerThread extends Thread {

  private final Membership membership;

  /** Makes an unstarted daemon thread. */
  public OwnerThread(Membership membership, Runnable body, String name) {
    super(null, body, name);
    this.membership = membership;
    setDaemon(true);
  }

  Membership membership() {
    return membership;
  }
}
