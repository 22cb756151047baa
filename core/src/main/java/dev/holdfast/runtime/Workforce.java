// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.scheduler.Surroundings;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The workers of one runtime and what runs its tasks: that in which the tiers differ.
 *
 * <p>One thread of the runtime watches it; what only that thread may call says so.
 */
interface Workforce {

  Tier tier();

  /** Returns where the runtime gets time and threads. */
  default Surroundings surroundings() {
    return Surroundings.REAL;
  }

  /**
   * Starts the configured workers.
   *
   * @throws RuntimeException what the thread factory threw, as any error of starting a thread; the
   *     workers that were started are then stopped, and have ended when this returns
   */
  void start();

  /** Returns the workers started so far, the spare ones last. */
  List<? extends WorkerOwner> workers();

  /** Returns how many workers were started so far; any thread. Needs no memory. */
  int started();

  /** Returns one of them, as {@link #workers}. Needs no memory. */
  WorkerOwner worker(int number);

  /** Tells the workers to destroy their values and end, once they find nothing to run. */
  void stop();

  /** Sees to what still becomes ready after the workers have ended. */
  void close();

  // ---- Tasks

  /**
   * Makes the thread of a task, unstarted.
   *
   * @param name null for none
   */
  Thread newThread(@Nullable String name, Runnable body);

  /**
   * Counts a task and starts its thread, which {@link #newThread} made.
   *
   * @throws RuntimeClosedException if it may not start
   */
  void start(VirtualTask<?> task);

  /**
   * Hands the thread of a task, unstarted, to somebody who may start it.
   *
   * @return the thread
   */
  Thread offer(VirtualTask<?> task);

  /**
   * A task begins to run; called on its thread, first.
   *
   * @throws RuntimeClosedException if the thread was not started by {@link #start(VirtualTask)} and
   *     it is too late to begin
   */
  void begins(VirtualTask<?> task);

  /**
   * A task that is counted by now is about to run its body; on its thread. If this throws, for want
   * of memory, the task ends without having run, and {@link #ends} is not called.
   */
  void settles(VirtualTask<?> task);

  /** A task has run; called on its thread, last, once for each call of {@link #begins}. */
  void ends(VirtualTask<?> task);

  /** Starts a virtual thread that does what comes at the end of a stray, which is still counted. */
  void startEnding(StrayTask task);

  /**
   * Returns the scope of a virtual thread that runs on the workers but was not made by the runtime.
   *
   * @return its scope, or null if the thread is not counted by this runtime
   */
  @Nullable TaskScope strayScope(Thread thread);

  /**
   * Calls the action with the tasks whose threads were started by others and have not begun to run,
   * and so are not counted yet; any thread.
   */
  void forEachUncounted(Consumer<? super VirtualTask<?>> action);

  /** Says whether a thread runs a task, or a call that a task waits for. */
  boolean isAtWork(Thread current, Membership membership);

  // ---- Watching

  /** Tells which thread watches; called by it, first. */
  void beginWatch();

  /**
   * Looks once how the workers are; by the watching thread.
   *
   * @return how long to wait in nanoseconds before the next look; Long.MAX_VALUE until woken
   */
  long look();

  /**
   * Looks for tasks whose end nobody tells of; by the watching thread, as it waits for the last
   * holders.
   */
  void lookForEnded();

  /**
   * Closes the barrier to threads that may be started by others and are not counted yet; by the
   * watching thread, once nothing is alive.
   *
   * @return false if one of them was started meanwhile
   */
  boolean seal();

  /** Returns a time of late, in the base of {@link System#nanoTime}; any thread. */
  long now();

  /** Brings {@link #now} up to date if it lags behind; any thread. */
  void touch();
}
