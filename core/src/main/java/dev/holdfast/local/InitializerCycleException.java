// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/** Thrown when the initialiser of a local asks, directly or not, for its own value. */
public final class InitializerCycleException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  InitializerCycleException(String message) {
    super(message);
  }
}
