// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

/** How a runtime runs its tasks and where the values of its workers live. */
public enum Tier {
  /**
   * The runtime's worker threads are the carriers of its virtual threads. Needs {@code --add-opens
   * java.base/java.lang=ALL-UNNAMED}, as a flag or as {@code Add-Opens} in the main jar's manifest.
   */
  CARRIER,
  /** No flags: tasks are ordinary virtual threads that the runtime counts. */
  OWNED
}
