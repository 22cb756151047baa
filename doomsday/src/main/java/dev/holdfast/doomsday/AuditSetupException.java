// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

/**
 * Thrown when a runtime cannot be audited, because it cannot be started or gives no values before
 * anything has ended it; its adapter, or an option of the JVM, is wrong.
 */
public final class AuditSetupException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  AuditSetupException(String message, Throwable cause) {
    super(message, cause);
  }
}
