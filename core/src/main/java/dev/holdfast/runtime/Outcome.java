// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.EarlyClasses;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a body that runs once: a future that behaves as {@link
 * java.util.concurrent.FutureTask} does.
 *
 * <p>Where that has a state, a runner, an outcome and a list of waiters, here one reference is the
 * waiters and then the outcome, and who runs the body is known anyway. So a task is smaller by
 * three fields, and comes to its end by one atomic update instead of three.
 */
abstract class Outcome<T extends @Nullable Object> implements RunnableFuture<T> {

  /** What stands in the state for something else than itself. */
  private enum Mark {
    /** A result that is null. */
    NULL,
    /** Cancelled, and the runner is about to be interrupted. */
    INTERRUPTING,
    /** Cancelled. */
    CANCELLED
  }

  /** A thread that waits, on a stack of those that do. */
  private static final class Waiter {
    // Written by that thread as it gives up, read by who completes: volatile, to spare it a wake-up
    // that it does not expect.
    private volatile @Nullable Thread thread = Thread.currentThread();

    // Written before it is pushed.
    private @Nullable Waiter below;
  }

  private static final VarHandle STATE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      EarlyClasses.initialize(
          lookup,
          Mark.class,
          Waiter.class,
          LockSupport.class,
          CancellationException.class,
          ExecutionException.class);
      STATE = lookup.findVarHandle(Outcome.class, "state", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // While the body has not ended: null, or the last that came to wait. Then what it returned or
  // threw, or a mark. Changed by CAS, once to something final, but for INTERRUPTING: volatile.
  private volatile @Nullable Object state;

  // Whether the state is what was thrown. Written by the thread of the body before the state is,
  // read by who has seen that: plain. Not a wrapper in the state, for which there may be no memory.
  private boolean failed;

  /** Runs the body; on its thread, once. */
  abstract T call() throws Exception;

  /** Returns the thread that runs the body, or is going to; null if that is not known yet. */
  abstract @Nullable Thread runner();

  private static boolean isPending(@Nullable Object state) {
    return state == null || state instanceof Waiter;
  }

  /** Runs the body and keeps its outcome, unless it was cancelled; on its thread, once. */
  final void runBody() {
    try {
      if (isPending(state)) {
        T result;
        try {
          result = call();
        } catch (Throwable e) {
          setException(e);
          return;
        }
        set(result);
      }
    } finally {
      // Also if what comes before the outcome fails.
      awaitInterrupt();
    }
  }

  /** Waits until who cancels has interrupted this thread: its next work must not be hit by that. */
  @SuppressWarnings("ThreadPriorityCheck") // who cancels is between two steps
  private void awaitInterrupt() {
    while (state == Mark.INTERRUPTING) {
      Thread.yield();
    }
  }

  /** Keeps a result, unless it was cancelled. */
  void set(T result) {
    complete(result == null ? Mark.NULL : result);
  }

  /** Keeps what was thrown, unless it was cancelled. */
  void setException(Throwable failure) {
    // Also if it was cancelled: nobody asks then.
    failed = true;
    complete(failure);
  }

  private void complete(Object outcome) {
    for (Object seen = state; isPending(seen); seen = state) {
      if (STATE.compareAndSet(this, seen, outcome)) {
        wake((Waiter) seen);
        return;
      }
    }
  }

  private static void wake(@Nullable Waiter top) {
    for (Waiter each = top; each != null; each = each.below) {
      Thread thread = each.thread;
      if (thread != null) {
        LockSupport.unpark(thread);
      }
    }
  }

  @Override
  public final boolean cancel(boolean mayInterruptIfRunning) {
    Mark mark = mayInterruptIfRunning ? Mark.INTERRUPTING : Mark.CANCELLED;
    for (Object seen = state; isPending(seen); seen = state) {
      if (STATE.compareAndSet(this, seen, mark)) {
        try {
          if (mayInterruptIfRunning) {
            interrupt();
          }
        } finally {
          wake((Waiter) seen);
        }
        return true;
      }
    }
    return false;
  }

  /** Whatever a user's thread makes of an interrupt, it is over then. */
  private void interrupt() {
    try {
      Thread thread = runner();
      if (thread != null) {
        thread.interrupt();
      }
    } finally {
      state = Mark.CANCELLED;
    }
  }

  @Override
  public final boolean isCancelled() {
    Object seen = state;
    return seen == Mark.CANCELLED || seen == Mark.INTERRUPTING;
  }

  @Override
  public final boolean isDone() {
    return !isPending(state);
  }

  @Override
  public final State state() {
    Object seen = state;
    if (isPending(seen)) {
      return State.RUNNING;
    }
    if (seen == Mark.CANCELLED || seen == Mark.INTERRUPTING) {
      return State.CANCELLED;
    }
    return failed ? State.FAILED : State.SUCCESS;
  }

  @Override
  public final T get() throws InterruptedException, ExecutionException {
    Object seen = state;
    return report(isPending(seen) ? await(false, 0) : seen);
  }

  @Override
  public final T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    Objects.requireNonNull(unit, "unit must not be null");
    Object seen = state;
    if (isPending(seen)) {
      seen = await(true, unit.toNanos(timeout));
      if (isPending(seen)) {
        throw new TimeoutException("not ended within " + timeout + " " + unit + ": " + this);
      }
    }
    return report(seen);
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // what set() put there; a T may be null
  private T report(@Nullable Object outcome) throws ExecutionException {
    if (outcome == Mark.CANCELLED || outcome == Mark.INTERRUPTING) {
      throw new CancellationException();
    }
    if (failed) {
      throw new ExecutionException((Throwable) outcome);
    }
    return outcome == Mark.NULL ? null : (T) outcome;
  }

  /** Waits for the outcome; returns what is there at the end of the wait. */
  private @Nullable Object await(boolean timed, long nanos) throws InterruptedException {
    long deadline = 0;
    Waiter mine = null;
    while (true) {
      Object seen = state;
      if (!isPending(seen)) {
        return seen;
      }
      if (Thread.interrupted()) {
        giveUp(mine);
        throw new InterruptedException();
      }
      if (mine == null) {
        if (timed) {
          if (nanos <= 0) {
            return seen;
          }
          deadline = System.nanoTime() + nanos;
        }
        Waiter pushed = new Waiter();
        pushed.below = (Waiter) seen;
        if (STATE.compareAndSet(this, seen, pushed)) {
          mine = pushed;
        }
      } else if (timed) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          giveUp(mine);
          return state;
        }
        LockSupport.parkNanos(this, left);
      } else {
        LockSupport.park(this);
      }
    }
  }

  /**
   * Ends the wait of the current thread. Those that gave up are taken from the top of the stack; of
   * the others there are no more than of those that came after them and still wait.
   */
  private void giveUp(@Nullable Waiter mine) {
    if (mine == null) {
      return;
    }
    mine.thread = null;
    while (state instanceof Waiter top && top.thread == null) {
      STATE.compareAndSet(this, top, top.below);
    }
  }
}
