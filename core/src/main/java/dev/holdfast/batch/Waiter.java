// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A key whose value a task waits for: its result is set, or it gives up, whichever is first. */
final class Waiter<K, V extends @Nullable Object> extends Entry<K> {

  private static final int WAITING = 0;
  private static final int ANSWERED = 1;
  private static final int FAILED = 2;
  private static final int GONE = 3;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Waiter.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Thread thread = Thread.currentThread();

  // Leaves WAITING once, by CAS, which shows the result with it.
  private volatile int state;

  // The value or the failure. Written by who sees to the batch, before the state.
  private @Nullable Object result;

  Waiter(K key) {
    super(key);
  }

  @Override
  boolean isWanted() {
    return state == WAITING;
  }

  /** Sets the value; false if nobody waits for it any more. */
  boolean answer(V value) {
    return set(value, ANSWERED);
  }

  /** Sets the failure; false if nobody waits any more. */
  boolean fail(Throwable cause) {
    return set(cause, FAILED);
  }

  private boolean set(@Nullable Object outcome, int as) {
    // Who sees to the batch may come back to one that it has answered.
    if (state != WAITING) {
      return false;
    }
    result = outcome;
    if (!STATE.compareAndSet(this, WAITING, as)) {
      return false;
    }
    LockSupport.unpark(thread);
    return true;
  }

  /**
   * Waits for the result; by the task that made this.
   *
   * @throws InterruptedException if it gave up because of an interrupt
   */
  V await() throws InterruptedException {
    while (state == WAITING) {
      LockSupport.park(this);
      giveWay();
    }
    return result();
  }

  /**
   * Waits for the result, up to a time of {@link System#nanoTime}.
   *
   * @return whether it is there; else this has given up
   * @throws InterruptedException if it gave up because of an interrupt
   */
  boolean await(long deadline) throws InterruptedException {
    while (state == WAITING) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return !STATE.compareAndSet(this, WAITING, GONE);
      }
      LockSupport.parkNanos(this, left);
      giveWay();
    }
    return true;
  }

  /** Gives up if the thread is interrupted, unless the result is there, which is not lost then. */
  private void giveWay() throws InterruptedException {
    if (!Thread.currentThread().isInterrupted() || !STATE.compareAndSet(this, WAITING, GONE)) {
      return;
    }
    Thread.interrupted();
    throw new InterruptedException("while waiting for the value of " + key());
  }

  /** Returns the value that was set, or throws. */
  @SuppressWarnings({"unchecked", "NullAway"}) // what answer() was given
  V result() {
    if (state == FAILED) {
      throw new CompletionException((Throwable) result);
    }
    return (V) result;
  }
}
