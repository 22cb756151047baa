// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/** What {@link WorkerLocal#lease} does when all values of the worker are out. */
public enum LeaseOverflow {
  /** Waits, in order, until one comes home. A pinned task does not wait but fails. */
  WAIT,
  /** Throws {@link LeaseUnavailableException}. */
  FAIL,
  /** Makes one more for this lease alone, which is destroyed on its owner after its close. */
  TEMPORARY
}
