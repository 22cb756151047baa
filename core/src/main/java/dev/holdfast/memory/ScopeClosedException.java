// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.memory;

/**
 * Thrown when a scope of a {@link WorkerArena} is used or closed after it was closed. Its segments
 * throw what segments of any closed arena do.
 */
public final class ScopeClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  ScopeClosedException(String message) {
    super(message);
  }
}
