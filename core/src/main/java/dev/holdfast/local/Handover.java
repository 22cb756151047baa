// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.TaskMember;
import dev.holdfast.slot.WorkerOwner;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One call that a task hands to the platform thread of its worker, and waits for. */
final class Handover<R extends @Nullable Object> implements Runnable {

  private final Thread caller;
  private final Supplier<? extends R> call;

  // Written by the worker before done, read by the caller after it.
  private @Nullable R result;
  private @Nullable Throwable failure;
  private boolean interrupts;

  // Written and read on the worker's own thread: by a caller that does not wait, before the call.
  private boolean withdrawn;

  // Written by the worker, read by the caller: volatile, for it publishes the three fields above.
  private volatile boolean done;

  private Handover(Thread caller, Supplier<? extends R> call) {
    this.caller = caller;
    this.call = call;
  }

  /**
   * Hands a call to the worker that carries the caller.
   *
   * @return the call, to be waited for
   * @throws IllegalStateException if the worker has ended
   */
  static <R extends @Nullable Object> Handover<R> to(
      WorkerOwner worker, Thread caller, Supplier<? extends R> call) {
    Handover<R> handover = new Handover<>(caller, call);
    if (!worker.post(handover)) {
      throw ended(worker);
    }
    return handover;
  }

  /**
   * Suspends the caller for a moment, which lets the worker that carries it run the call.
   *
   * @return whether that was possible; if not, the call is withdrawn
   */
  boolean suspends(WorkerOwner worker) {
    boolean suspended = false;
    try {
      suspended = Suspension.happens(caller, worker);
      return suspended;
    } finally {
      if (!suspended) {
        // The thread that would run it runs this.
        withdrawn = true;
      }
    }
  }

  /** Waits for the result of what the worker runs that carried the caller. */
  R await() {
    return await(false);
  }

  /**
   * Runs a call on a worker that the caller can come onto: on one that a task blocks, which may
   * wait for the caller, it would not be run.
   *
   * @param member the caller, on no worker
   */
  static <R extends @Nullable Object> R run(
      TaskMember member, Thread caller, Function<? super WorkerOwner, ? extends R> call) {
    WorkerOwner worker = member.enter();
    boolean handed = false;
    Handover<R> handover;
    try {
      handover = new Handover<>(caller, () -> call.apply(worker));
      handed = member.leaveTo(handover);
    } finally {
      if (!handed) {
        member.leave();
      }
    }
    if (!handed) {
      throw ended(worker);
    }
    return handover.await(true);
  }

  private static IllegalStateException ended(WorkerOwner worker) {
    return new IllegalStateException(
        worker.name() + " has ended and runs no more calls; its values are destroyed");
  }

  /**
   * Waits for the result.
   *
   * @param elsewhere whether another thread runs the call than the one that carries the caller
   */
  @SuppressWarnings("NullAway") // R says whether the result may be null
  private R await(boolean elsewhere) {
    boolean interrupted = false;
    while (!done) {
      try {
        LockSupport.park(this);
      } catch (StackOverflowError e) {
        // The JDK does not suspend a thread whose stack is nearly full.
        if (!elsewhere) {
          throw e;
        }
        // Nobody would hear of the call, which will be run.
        Thread.onSpinWait();
      }
      interrupted |= Thread.interrupted();
    }
    if (interrupted || interrupts) {
      caller.interrupt();
    }
    if (failure != null) {
      throw Handover.<RuntimeException>sneak(failure);
    }
    return result;
  }

  @Override
  public void run() {
    if (withdrawn) {
      return;
    }
    try {
      result = call.get();
    } catch (Throwable e) {
      failure = e;
    } finally {
      // An interrupt that the call left set is for its caller: the thread serves others next.
      interrupts = Thread.interrupted();
      done = true;
      LockSupport.unpark(caller);
    }
  }

  /** Passes on what the call threw as it is; only unchecked throwables can come from a function. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <E extends Throwable> E sneak(Throwable failure) throws E {
    throw (E) failure;
  }
}
