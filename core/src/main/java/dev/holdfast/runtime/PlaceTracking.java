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
  /**
   * For at most one lease or guard per millisecond of each worker, the first one included: those
   * that are taken rarely are all recorded, and those taken all the time cost nothing more.
   */
  SAMPLED,
  /** For each one: for tests and for hunting a leak. */
  ALL
}
