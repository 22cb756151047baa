// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

/** A fault of what is tested, which a check makes up on purpose, to see that it notices. */
public enum Canary {
  /** A body that is accepted and never run. */
  LOST_BODY("never ran"),
  /** A body that is run again. */
  SECOND_RUN("for the 2. time"),
  /** A value that is destroyed again. */
  SECOND_DESTRUCTION("is destroyed for the 2. time"),
  /** A value that is destroyed by a thread that is not its owner. */
  WRONG_OWNER("which is no worker"),
  /** A value that is not destroyed. */
  LOST_VALUE("was never destroyed"),
  /** A failure that is nowhere to be found. */
  LOST_FAILURE("is nowhere"),
  /** A thread that is left. */
  LEFT_THREAD("are left");

  private final String seenAs;

  Canary(String seenAs) {
    this.seenAs = seenAs;
  }

  /** Returns what the finding says by which it is noticed. */
  public String seenAs() {
    return seenAs;
  }
}
