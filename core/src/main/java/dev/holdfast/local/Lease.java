// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/**
 * The exclusive use of a worker's value by one task, across its blocking points.
 *
 * <p>Belongs to the task that took it: only that task may use and close it, once. After {@link
 * #close} neither the lease nor the value may be used; the lease object is used again for later
 * leases. A lease still open when its task ends is closed then and reported as a leak; its value is
 * not handed out again.
 *
 * @param <T> the type of the value
 */
public sealed interface Lease<T> extends AutoCloseable permits LeaseEntry, TrackedLease {

  /**
   * Returns the value.
   *
   * @return the value, the same for the whole lease
   * @throws EscapedReferenceException if the current thread is not the task that holds this lease
   */
  T get();

  /**
   * Sends the value home to its worker. Nothing happens if no task holds this lease. Never blocks.
   *
   * @throws EscapedReferenceException if another task holds this lease
   */
  @Override
  void close();
}
