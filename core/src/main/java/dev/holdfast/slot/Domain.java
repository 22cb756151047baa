// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
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

  /** Counts a guard as closed that is closed on a thread that is no worker. */
  void guardClosedOutside();

  /** Counts and reports something that was left open. */
  void leaked(ShutdownReport.Holder leak);

  /** Keeps a failure for the report. */
  void failed(ShutdownReport.Failure failure);
}
