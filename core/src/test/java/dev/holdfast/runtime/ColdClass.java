// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** A class whose initialiser waits; loaded by a loader of its own each time. */
final class ColdClass {

  static {
    try {
      // Another loader means another package at run time, which sees nothing package-private.
      Method gate =
          Class.forName(
                  "dev.holdfast.runtime.CarrierBlock",
                  true,
                  ColdClass.class.getClassLoader().getParent())
              .getDeclaredMethod("waitInInitializer", ClassLoader.class);
      gate.setAccessible(true);
      gate.invoke(null, ColdClass.class.getClassLoader());
    } catch (NoSuchMethodException
        | IllegalAccessException
        | InvocationTargetException
        | ClassNotFoundException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private ColdClass() {}
}
