// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

/**
 * How often the place is recorded where a lease or guard is taken.
 *
 * <p>A place is a stack trace, which costs a few microseconds; a holder without one is still
 * reported, with its name and age.
 */
public enum PlaceTracking {
  /** Never. */
  NONE,
  /** For about one in 128 leases and guards of each worker, the first one included. */
  SAMPLED,
  /** For each one: for tests and for hunting a leak. */
  ALL
}
