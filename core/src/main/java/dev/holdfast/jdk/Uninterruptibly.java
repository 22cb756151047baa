// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

/** Waits that an interrupt does not end. */
public final class Uninterruptibly {

  private Uninterruptibly() {}

  /** Waits until a thread has ended. An interrupt of the waiting thread stays set. */
  public static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
