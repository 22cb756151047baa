// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import java.util.concurrent.RejectedExecutionException;

/** Thrown when work is handed to a runtime that no longer takes it. */
public final class RuntimeClosedException extends RejectedExecutionException {
  private static final long serialVersionUID = 1L;

  RuntimeClosedException(String message) {
    super(message);
  }
}
