// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.slot.Registry;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One of the places where threads that are on no worker count and list what they start. A runtime
 * has several: who finds one taken goes to the next.
 *
 * <p>One atomic update takes it, and all that is done there is plain until it is given back. A
 * thread holds it for a few dozen steps, in which it calls nothing of a user's and never blocks.
 */
final class Turnstile {

  /** After so many looks at one that is taken the processor is left to others for once. */
  private static final int SPINS = 128;

  private static final VarHandle LOCK;
  private static final VarHandle STARTED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      EarlyClasses.initialize(lookup, Registry.class);
      LOCK = lookup.findVarHandle(Turnstile.class, "lock", int.class);
      STARTED = lookup.findVarHandle(Turnstile.class, "started", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // 1 while somebody is here. Taken by a CAS, given back with release: who comes next sees all that
  // the one before did, and owns the list after it.
  @SuppressWarnings("UnusedVariable") // through LOCK
  private int lock;

  // Written by who is here; read by others with acquire, and exactly by who has been here after.
  private long started;

  private final Registry list = new Registry();

  /** Returns what is listed here; added to by who is here, read by any thread. */
  Registry list() {
    return list;
  }

  /** Returns how many tasks were counted here; any thread. */
  long started() {
    return (long) STARTED.getAcquire(this);
  }

  /**
   * Waits until who is here has left. Then all that was counted here before is seen, and who comes
   * later sees what the caller did before.
   */
  void pass() {
    enter(new Turnstile[] {this}, 0).leave();
  }

  /**
   * Takes one of several turnstiles, by preference the one that a thread always takes. Who calls
   * has seen to it that the stack does not overflow before {@link #leave}.
   */
  @SuppressWarnings("ThreadPriorityCheck") // who holds one may need the processor
  static Turnstile enter(Turnstile[] turnstiles, long thread) {
    for (int i = 0; ; i++) {
      Turnstile turnstile = turnstiles[((int) thread + i) & (turnstiles.length - 1)];
      if ((int) LOCK.getOpaque(turnstile) == 0 && LOCK.compareAndSet(turnstile, 0, 1)) {
        return turnstile;
      }
      if (i % SPINS == SPINS - 1) {
        Thread.yield();
      } else {
        Thread.onSpinWait();
      }
    }
  }

  /** Ends what {@link #enter} began; by the same thread. */
  void leave() {
    LOCK.setRelease(this, 0);
  }

  /** Counts a task, which is listed; by who is here. */
  void count() {
    STARTED.setRelease(this, started + 1);
  }
}
