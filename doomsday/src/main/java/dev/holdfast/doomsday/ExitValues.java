// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import dev.holdfast.local.ThreadExitLocal;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Values of threads that a runtime makes by itself and has no hook for: they are destroyed by the
 * end of the thread, which the JVM must tell this library of ({@code
 * --add-opens=java.base/java.lang=ALL-UNNAMED}).
 */
public final class ExitValues {

  private final List<ThreadExitLocal<ArmedValue>> slots;

  /**
   * Makes a set of values for the threads of one runtime.
   *
   * @param armory makes them
   */
  public ExitValues(Armory armory) {
    slots =
        IntStream.range(0, Work.SLOTS)
            .mapToObj(slot -> ThreadExitLocal.of(() -> armory.make("slot " + slot)))
            .toList();
  }

  /**
   * Returns a reference to a value of the current thread, which is made if it is not there.
   *
   * @param slot the number of the value
   * @return the reference
   */
  public Reference reference(int slot) {
    ArmedValue value = slots.get(slot).get();
    return () -> value;
  }
}
