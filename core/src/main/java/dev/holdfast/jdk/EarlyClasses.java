// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.invoke.MethodHandles;

/**
 * Initialises classes before they are used first.
 *
 * <p>A class whose initialiser fails is of no use any more, in the whole life of the JVM. So what
 * is used first where the stack or the memory may be at its end, by a task in endless recursion or
 * as a virtual thread parks, is initialised by who makes the first runtime or local.
 *
 * <p>A class that names another here has it found, for all its code. That counts where an error is
 * caught at the end of the stack: to find what a handler catches may take a class loader, for which
 * there is no room then, and the handler would be passed over.
 */
public final class EarlyClasses {

  private EarlyClasses() {}

  /**
   * Initialises classes.
   *
   * @param lookup of a class that may use them
   */
  public static void initialize(MethodHandles.Lookup lookup, Class<?>... classes) {
    for (Class<?> each : classes) {
      try {
        lookup.ensureInitialized(each);
      } catch (IllegalAccessException e) {
        throw new IllegalArgumentException(each + " is not accessible to " + lookup, e);
      }
    }
  }
}
