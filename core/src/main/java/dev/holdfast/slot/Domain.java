// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Trace;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.lang.ref.ReferenceQueue;
import org.jspecify.annotations.Nullable;

/**
 * A runtime, as its owners and locals see it. Its identity is also the pass with which a thread may
 * use the values of any of its workers; see {@link WorkerOwner#pass}.
 */
public interface Domain {

  /** Returns the name of the runtime. */
  String name();

  /** Returns the phase the runtime is in. */
  ShutdownPhase phase();

  /** Returns the time of the last tick, in the base of {@link System#nanoTime}. */
  long now();

  /**
   * Returns the scope of a virtual thread that runs on the workers but was not made by the runtime.
   *
   * @param thread the current thread
   * @return its scope, or null if the thread is not counted by this runtime
   */
  @Nullable TaskScope strayScope(Thread thread);

  /**
   * Counts and lists what a thread that is no task or job of this runtime is about to hold, as a
   * guard; before it makes sure that this is still there.
   */
  void heldOutside(Registry.Entry holder);

  /** Counts such a thing as no longer held, and takes it out of the list. */
  void releasedOutside(Registry.Entry holder);

  /** Counts a call that is posted, as a guard, by a counted task or job that is on no worker. */
  void guardOpenedOutside();

  /** Counts a guard as closed that is closed on a thread that is on no worker. */
  void guardClosedOutside();

  /** Tells that something is held no more which may have kept the barrier closed. */
  void released();

  /** Returns how many workers were started so far; any thread. */
  int workersStarted();

  /** Returns a worker by its number, below {@link #workersStarted}. */
  WorkerOwner worker(int number);

  /**
   * Starts a task that inherits nothing of the one that the current thread is. What its body throws
   * goes to the handler of uncaught exceptions.
   *
   * @param taskName its name
   */
  void serve(String taskName, Service body);

  /**
   * Counts and reports something that was left open.
   *
   * @param history what the sanitiser recorded of the value, or null
   */
  void leaked(ShutdownReport.Holder leak, @Nullable History history);

  /** Returns what tells the runtime of tracked leases and guards that were collected unclosed. */
  ReferenceQueue<Object> unclosed();

  /** Returns where its end was first asked for, or null; only the sanitiser records that. */
  @Nullable Trace closedBy();

  /** Lists a thread of the runtime that is ending and destroys its own values. */
  void exiting(Holder thread);

  /** Takes such a thread from the list: its values are destroyed. */
  void exited(Holder thread);

  /** Keeps a failure for the report. */
  void failed(ShutdownReport.Failure failure);

  /** Keeps a failure for the report, and tells of it at once: the end may be far. */
  void destructorFailed(ShutdownReport.Failure failure);
}
