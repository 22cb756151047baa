// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/**
 * Thrown when a lease could not be had: all values are out and the local was configured to fail,
 * the wait timed out or was interrupted (the interrupt stays set), or the task is pinned and must
 * not wait.
 */
public final class LeaseUnavailableException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  LeaseUnavailableException(String message) {
    super(message);
  }
}
