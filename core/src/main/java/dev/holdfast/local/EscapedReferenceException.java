// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/**
 * Thrown when a local, or a reference, lease or guard of one, or what is confined to a task, or a
 * handle is used where it is not valid: outside of the tasks and jobs of its runtime, by another
 * task than the one that has it, or after it was closed. The message says what was used where, and
 * what to use instead.
 */
public final class EscapedReferenceException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  EscapedReferenceException(String message) {
    super(message);
  }
}
