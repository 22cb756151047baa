// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/** The body of a task that the library itself starts, for others who rely on it. */
public interface Service extends Runnable, Wrapping {

  /**
   * Sees to those who rely on this body, which is not run.
   *
   * @param cause what kept it from that
   * @return whether anybody was told of it
   */
  boolean cannotRun(Throwable cause);
}
