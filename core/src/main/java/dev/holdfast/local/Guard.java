// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/**
 * The right to use a worker's value from any thread, until closed; it holds the barrier.
 *
 * <p>For callbacks of code that knows nothing of the runtime. As long as a guard is open no value
 * of its runtime is destroyed, so that a guard that is never closed lets a shutdown reach its
 * deadline; the report then names it.
 *
 * <p>May be used and closed by any thread; who closes it sees to it that no other thread goes on to
 * use the value.
 *
 * @param <T> the type of the value, which must be thread-safe
 */
public sealed interface Guard<T> extends AutoCloseable permits GuardEntry, TrackedGuard {

  /**
   * Returns the value.
   *
   * @return the value, the same for the guard's life
   * @throws EscapedReferenceException if this guard is closed
   */
  T get();

  /** Gives the right back. Later calls do nothing. Never blocks. */
  @Override
  void close();
}
