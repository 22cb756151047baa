// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.Service;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.slot.Wrapping;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** What tasks and blocking jobs have in common: the future, and how a failure is reported. */
abstract sealed class TaskBody<T extends @Nullable Object> extends Outcome<T>
    implements Task<T>, Holder permits VirtualTask, BlockingJob {

  static {
    // Asked for where there may be no memory left.
    EarlyClasses.initialize(MethodHandles.lookup(), Service.class);
  }

  /** Somebody gets the future: a failure is not for the handler. */
  private static final int AWAITED = 1;

  /** The body is run as a Runnable, else as a Callable. */
  private static final int RUNNABLE = 2;

  /** The runtime itself starts the thread. */
  private static final int STARTED_HERE = 4;

  private final TieredRuntime runtime;

  // Flags. Written before the thread that runs the body starts or takes it, and so before it is
  // listed, read by all: in one byte, for there is one of these for each task.
  private byte how;

  // A Callable or a Runnable, which also says whose code runs. Written before the task is listed,
  // and by its thread as it ends: who finds it in the list may see it for a moment too long.
  private @Nullable Object body;

  /**
   * Makes a body that has not run.
   *
   * @param body a Callable or a Runnable
   * @param runnable which of the two it is to be run as
   * @param awaited false if nobody gets the future, so that a failure goes to the handler
   */
  TaskBody(TieredRuntime runtime, Object body, boolean runnable, boolean awaited) {
    this.runtime = runtime;
    this.body = body;
    this.how = (byte) ((runnable ? RUNNABLE : 0) | (awaited ? AWAITED : 0));
  }

  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // as it was made; the result of a Runnable is null
  final T call() throws Exception {
    Object whole = body instanceof Inside in ? in.wrapped() : body;
    if ((how & RUNNABLE) != 0) {
      ((Runnable) whole).run();
      return null;
    }
    return ((Callable<T>) whole).call();
  }

  /** A body that is run by another thread than the task's own. */
  private record Inside(Object wrapped, Thread thread) implements Wrapping {}

  /** Notes that the current thread runs the body instead of the task's own; before it does. */
  final void runsHere() {
    body = new Inside(Objects.requireNonNull(body), Thread.currentThread());
    // Before it looks whether the task was cancelled; who cancels marks that, then reads the body:
    // one of the two sees the other.
    VarHandle.fullFence();
  }

  /** Returns the thread that {@link #runsHere} noted, or null if there was none. */
  final @Nullable Thread inside() {
    return body instanceof Inside in ? in.thread() : null;
  }

  /** Notes that the runtime itself starts the thread. */
  final void startsCounted() {
    how |= STARTED_HERE;
  }

  /** Says whether the runtime itself started the thread, or is about to. */
  final boolean startedHere() {
    return (how & STARTED_HERE) != 0;
  }

  final TieredRuntime runtime() {
    return runtime;
  }

  /** Lets a body that others rely on know that it is not run. */
  final void cannotRun(Throwable cause) {
    if (body instanceof Service service) {
      service.cannotRun(cause);
    }
  }

  /** Says whether the body comes from a class loader; any thread. */
  final boolean comesFrom(Origin origin) {
    return origin.isOf(body);
  }

  /** Forgets the body: who keeps a task does not keep its code. */
  final void forgetCode() {
    body = null;
  }

  abstract ShutdownReport.Kind kind();

  @Override
  public final T join() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new CompletionException(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Runs once, on the body's own thread, after the body and before anybody sees its outcome. */
  void beforeOutcome() {}

  @Override
  final void set(T result) {
    try {
      beforeOutcome();
    } finally {
      // Whatever fails before: who waits for the outcome must not wait for ever.
      super.set(result);
    }
  }

  @Override
  final void setException(Throwable failure) {
    try {
      report(failure);
    } finally {
      super.setException(failure);
    }
  }

  private void report(Throwable failure) {
    beforeOutcome();
    // A task that was told to stop and does so by these has not failed.
    boolean obeyed =
        failure instanceof InterruptedException || failure instanceof CancellationException;
    if (runtime.phase() != ShutdownPhase.RUNNING && !obeyed) {
      runtime.failed(new ShutdownReport.Failure(kind(), name(), owner(), failure));
    }
    if ((how & AWAITED) == 0) {
      runtime.notices().uncaught(failure);
    }
  }

  /** Returns the name of the worker, or else thread, that this runs on; on its thread. */
  private static String owner() {
    Membership membership = Here.membership();
    WorkerOwner worker = membership == null ? null : membership.worker();
    return worker == null ? Thread.currentThread().getName() : worker.name();
  }

  @Override
  public String toString() {
    return name() + "[" + state() + "]";
  }
}
