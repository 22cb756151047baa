// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

/** A live task, as the cancelling phase sees it. */
interface Cancellable {

  /** Interrupts the task's thread, the first time; called by the monitor's thread. */
  void interruptOnce();
}
