// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.WorkerOwner;
import java.util.concurrent.locks.LockSupport;
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

  // Written by the worker, read by the caller: volatile, for it publishes the three fields above.
  private volatile boolean done;

  private Handover(Thread caller, Supplier<? extends R> call) {
    this.caller = caller;
    this.call = call;
  }

  @SuppressWarnings("NullAway") // R says whether the result may be null
  static <R extends @Nullable Object> R run(
      WorkerOwner worker, Thread caller, Supplier<? extends R> call) {
    Handover<R> handover = new Handover<>(caller, call);
    if (!worker.post(handover)) {
      throw new IllegalStateException(
          worker.name() + " has ended and runs no more calls; its values are destroyed");
    }
    boolean interrupted = false;
    while (!handover.done) {
      LockSupport.park(handover);
      interrupted |= Thread.interrupted();
    }
    if (interrupted || handover.interrupts) {
      caller.interrupt();
    }
    if (handover.failure != null) {
      throw Handover.<RuntimeException>sneak(handover.failure);
    }
    return handover.result;
  }

  @Override
  public void run() {
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
