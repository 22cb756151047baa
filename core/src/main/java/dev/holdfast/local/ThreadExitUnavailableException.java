// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/**
 * Thrown when a thread-exit local is used on a thread whose end nobody would see, so that its value
 * would never be destroyed. The message names the flag that is missing, or what to do instead.
 */
public final class ThreadExitUnavailableException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  ThreadExitUnavailableException(String message) {
    super(message);
  }
}
