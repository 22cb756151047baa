// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.WorkerOwner;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** What tasks and blocking jobs have in common: the future, and how a failure is reported. */
abstract sealed class TaskBody<T extends @Nullable Object> extends Outcome<T>
    implements Task<T>, Holder permits VirtualTask, BlockingJob {

  private final TieredRuntime runtime;
  private final boolean awaited;
  private final boolean runnable;

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
    this.runnable = runnable;
    this.awaited = awaited;
  }

  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // as it was made; the result of a Runnable is null
  final T call() throws Exception {
    Object whole = body;
    if (runnable) {
      ((Runnable) whole).run();
      return null;
    }
    return ((Callable<T>) whole).call();
  }

  final TieredRuntime runtime() {
    return runtime;
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
    if (!awaited) {
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
