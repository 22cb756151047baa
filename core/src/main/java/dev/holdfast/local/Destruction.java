// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.Slot;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the values of a local need at their end: the destructor it was given, or to be closed. */
final class Destruction implements Slot.Destructor {

  private final @Nullable Consumer<Object> given;

  /**
   * Makes the destruction of the values of one local.
   *
   * @param given the destructor; without one, values that are {@link AutoCloseable} are closed
   */
  @SuppressWarnings("unchecked") // only values of the local reach its destructor
  Destruction(@Nullable Consumer<?> given) {
    this.given = (Consumer<Object>) given;
  }

  /** Says whether anything has to be done at the end of a value. */
  boolean isNeeded(Object value) {
    return given != null || value instanceof AutoCloseable;
  }

  @Override
  public void destroy(Object value) throws Exception {
    if (given != null) {
      given.accept(value);
    } else if (value instanceof AutoCloseable closeable) {
      closeable.close();
    }
  }
}
