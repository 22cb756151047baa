// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.testing.Await;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** A body that ignores interrupts and waits until it is opened. */
final class Gate implements Callable<String> {

  private final CountDownLatch entered = new CountDownLatch(1);
  private volatile boolean open;
  private volatile boolean interrupted;

  @Override
  public String call() {
    entered.countDown();
    pass();
    return "passed";
  }

  /** Waits until the gate is opened, whatever happens. */
  void pass() {
    while (!open) {
      LockSupport.parkNanos(this, 1_000_000);
      interrupted |= Thread.interrupted();
    }
  }

  /** Waits as {@link #pass} does, without letting go of the carrier. */
  void spin() {
    entered.countDown();
    while (!open) {
      Thread.onSpinWait();
    }
  }

  void open() {
    open = true;
  }

  boolean isOpen() {
    return open;
  }

  void awaitEntered() throws InterruptedException {
    entered.await();
  }

  void awaitInterrupted() {
    Await.until("who waits at the gate was interrupted", () -> interrupted);
  }

  boolean wasInterrupted() {
    return interrupted;
  }
}
