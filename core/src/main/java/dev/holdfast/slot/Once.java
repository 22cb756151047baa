// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The rule of builders: each property is set once, and never to null. */
public final class Once {

  private Once() {}

  /**
   * Checks that a property may be set.
   *
   * @param before what it was set to, or null
   * @throws IllegalStateException if it was set before; names both values
   */
  public static void set(String property, @Nullable Object before, @Nullable Object value) {
    Objects.requireNonNull(value, () -> property + " must not be null");
    if (before != null) {
      throw new IllegalStateException(
          property + " was already set to " + before + " and cannot be set to " + value);
    }
  }

  /**
   * Checks that a name may be set.
   *
   * @param before what it was set to, or null
   * @return the name
   * @throws IllegalStateException if it was set before; names both values
   */
  public static String name(@Nullable String before, String value) {
    set("name", before, value);
    if (value.isBlank()) {
      throw new IllegalArgumentException("name must not be blank, was '" + value + "'");
    }
    return value;
  }

  /**
   * Checks that a number may be set.
   *
   * @param before what it was set to, or null
   * @return the number
   * @throws IllegalStateException if it was set before; names both values
   */
  public static int inRange(
      String property, @Nullable Integer before, int value, int least, int most) {
    set(property, before, value);
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          property + " must be from " + least + " to " + most + ", not " + value);
    }
    return value;
  }
}
