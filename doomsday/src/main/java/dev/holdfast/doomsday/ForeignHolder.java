// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A thread outside of the runtime that uses a value until it is stopped. */
final class ForeignHolder implements Runnable {

  private static final int SPINS = 200;
  private static final long PAUSE_NANOS = 5_000;

  private final Reference reference;
  private final Witness witness;

  // Written by the thread of the round, read by this one.
  private volatile boolean stopped;

  ForeignHolder(Reference reference, Witness witness) {
    this.reference = reference;
    this.witness = witness;
  }

  void start() {
    Thread.ofPlatform().daemon().name("foreign holder").start(this);
  }

  void stop() {
    stopped = true;
  }

  @Override
  public void run() {
    try {
      do {
        reference.get().use(SPINS);
        LockSupport.parkNanos(PAUSE_NANOS);
      } while (!stopped);
    } catch (RuntimeException e) {
      witness.report(
          Verdict.USE_AFTER_DESTROY,
          "a thread outside was refused a value that it holds: " + e,
          Map.of("use", e));
    } finally {
      reference.close();
    }
  }
}
