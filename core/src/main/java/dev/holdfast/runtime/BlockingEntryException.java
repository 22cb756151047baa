// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

/**
 * Thrown when a call that waits for a runtime is made from inside that runtime, where it would wait
 * for itself; the message names the call to use instead.
 */
public final class BlockingEntryException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  BlockingEntryException(String message) {
    super(message);
  }
}
