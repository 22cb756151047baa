// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/**
 * Thrown when the value of a local is asked for after its destructor began, where another worker
 * may be destroying it, or on a thread that has destroyed its values.
 */
public final class LocalDestroyedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  LocalDestroyedException(String message) {
    super(message);
  }
}
