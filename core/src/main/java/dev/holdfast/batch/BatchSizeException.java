// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

/**
 * The failure of a batch whose function returned more or fewer values than it had keys, so that
 * nobody can tell whose they are. The message has both numbers.
 */
public final class BatchSizeException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  BatchSizeException(String message) {
    super(message);
  }
}
