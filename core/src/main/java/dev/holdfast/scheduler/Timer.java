// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One action that a {@link TimerHeap} runs at a time, unless it is cancelled before.
 *
 * <p>It is a future because the JDK cancels it through that type. Nobody can wait for it: a waiter
 * would be one more queue in every timer, for which the runtime has no use.
 */
public final class Timer implements ScheduledFuture<Object> {

  /** Neither of the others; the action is set. */
  private static final int PENDING = 0;

  /** The action was started, and may have ended. Final. */
  private static final int FIRED = 1;

  /** The action was not started and never will be. Final. */
  private static final int CANCELLED = 2;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Timer.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final TimerHeap heap;
  private final long deadline;

  /** Orders timers of one deadline by their age. */
  private final long sequence;

  /**
   * Leaves PENDING once, by the CAS of whoever fires or cancels; read by all. Volatile, though no
   * race needs more than acquire (who sees a cancellation sees what its canceller did before):
   * nothing is gained by less, the CAS dominates.
   */
  private volatile int state;

  /**
   * Written by the constructor, then read and set to null by the one who took state from PENDING: a
   * plain field, published with the timer by the lock of the heap, or by whatever hands the timer
   * to its canceller.
   */
  private @Nullable Runnable action;

  Timer(TimerHeap heap, Runnable action, long deadline, long sequence) {
    this.heap = heap;
    this.action = action;
    this.deadline = deadline;
    this.sequence = sequence;
  }

  /**
   * The moment at which the action is due.
   *
   * @return on the scale of {@link System#nanoTime}
   */
  public long deadline() {
    return deadline;
  }

  /** Whether this timer is to fire before the other one. Right across the overflow of nanoTime. */
  boolean isBefore(Timer other) {
    long difference = deadline - other.deadline;
    return difference < 0 || (difference == 0 && sequence - other.sequence < 0);
  }

  /** Takes the action in order to run it; null if the timer was cancelled. */
  @Nullable Runnable claim() {
    return claim(FIRED);
  }

  /**
   * Keeps the action from being started, and drops the reference to it; from any thread.
   *
   * @param mayInterruptIfRunning ignored: an action that was started is not interrupted
   * @return whether this call cancelled the timer; false if it fired or was cancelled before
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (claim(CANCELLED) == null) {
      return false;
    }
    heap.cancelled();
    return true;
  }

  private @Nullable Runnable claim(int next) {
    if (!STATE.compareAndSet(this, PENDING, next)) {
      return null;
    }
    Runnable claimed = action;
    // The timer may stay in the heap, or in its canceller's hands, much longer than this.
    action = null;
    return claimed;
  }

  @Override
  public boolean isCancelled() {
    return state == CANCELLED;
  }

  /** Whether the action was started (and has perhaps not ended yet) or never will be. */
  @Override
  public boolean isDone() {
    return state != PENDING;
  }

  @Override
  public State state() {
    return switch (state) {
      case PENDING -> State.RUNNING;
      case CANCELLED -> State.CANCELLED;
      default -> State.SUCCESS;
    };
  }

  /**
   * Not supported.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public Object get() {
    throw new UnsupportedOperationException(
        "A timer of the runtime has no result and cannot be waited for; ask isDone() or state()");
  }

  /**
   * Not supported.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public Object get(long timeout, TimeUnit unit) {
    return get();
  }

  @Override
  public long getDelay(TimeUnit unit) {
    return unit.convert(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  public int compareTo(Delayed other) {
    if (other == this) {
      return 0;
    }
    if (other instanceof Timer timer) {
      return isBefore(timer) ? -1 : timer.isBefore(this) ? 1 : 0;
    }
    return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
  }

  @Override
  public String toString() {
    return "Timer[deadline=" + deadline + ", state=" + state() + "]";
  }
}
