// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

/** How a task names a value of some thread, and reaches it. */
@FunctionalInterface
public interface Reference extends AutoCloseable {

  /**
   * Returns the value. Called by tasks of the runtime while they run, on whatever thread they do.
   *
   * @return the value, always the same
   * @throws RuntimeException if the runtime refuses it, which the audit takes for a value that was
   *     destroyed too early
   */
  ArmedValue get();

  /**
   * Says whether tasks other than the one that asked may use this reference.
   *
   * @return true if they may, which is the default
   */
  default boolean shared() {
    return true;
  }

  /** Gives the reference back; called once, by the task that asked, at its end. */
  @Override
  default void close() {}
}
