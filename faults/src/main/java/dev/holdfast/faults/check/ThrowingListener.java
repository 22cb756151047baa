// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import dev.holdfast.faults.books.Books;
import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;

/** A listener of which each method may be the one that throws. */
final class ThrowingListener implements RuntimeListener {

  private final Thrower thrower;
  private final Books books;

  ThrowingListener(Thrower thrower, Books books) {
    this.thrower = thrower;
    this.books = books;
  }

  @Override
  public void workerStarted(int worker) {
    thrower.at(Callback.WORKER_STARTED, books);
  }

  @Override
  public void workerStopped(int worker) {
    thrower.at(Callback.WORKER_STOPPED, books);
  }

  @Override
  public void workerParked(int worker) {
    thrower.at(Callback.WORKER_PARKED, books);
  }

  @Override
  public void workerUnparked(int worker) {
    thrower.at(Callback.WORKER_UNPARKED, books);
  }

  @Override
  public void taskStarted(Task<?> task) {
    thrower.at(Callback.TASK_STARTED, books);
  }

  @Override
  public void taskEnded(Task<?> task) {
    thrower.at(Callback.TASK_ENDED, books);
  }

  @Override
  public void phaseEntered(ShutdownPhase phase) {
    thrower.at(Callback.PHASE_ENTERED, books);
  }

  @Override
  public void leaked(ShutdownReport.Holder leak) {
    thrower.at(Callback.LEAKED, books);
  }

  @Override
  public void blockedWhilePinned(int worker, StackTraceElement[] stack) {
    thrower.at(Callback.BLOCKED_WHILE_PINNED, books);
  }
}
