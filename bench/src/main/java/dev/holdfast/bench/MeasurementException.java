// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

/** A measurement failed, which ends the command; the message says which one and why. */
final class MeasurementException extends RuntimeException {

  private static final long serialVersionUID = 1;

  MeasurementException(String message, Exception cause) {
    super(message, cause);
  }
}
