// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/** What a platform thread is to a runtime: one of its workers, or a thread of its blocking pool. */
public interface Membership {

  /** Returns the worker whose thread this is, or null for a thread of the blocking pool. */
  @Nullable WorkerOwner worker();

  /** Returns the runtime. */
  Domain domain();

  /**
   * Returns the pass of the thread: what it may use. The runtime itself for the values of all its
   * workers; a worker that is destroying its values may use its own only. Null for a thread that
   * has left, and may use none.
   */
  @Nullable Object pass();
}
