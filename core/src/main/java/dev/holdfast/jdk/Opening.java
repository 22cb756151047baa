// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The one opening of {@code java.base} that this library asks for, and what it reaches through it.
 */
final class Opening {

  private Opening() {}

  /** Opens a package of {@code java.base} as a flag would, which an open java.lang lets us do. */
  static void open(String name) throws ReflectiveOperationException {
    MethodHandle open =
        MethodHandles.privateLookupIn(Module.class, MethodHandles.lookup())
            .findVirtual(
                Module.class,
                "implAddOpens",
                MethodType.methodType(void.class, String.class, Module.class));
    try {
      open.invokeExact(Thread.class.getModule(), name, Opening.class.getModule());
    } catch (Throwable e) {
      throw new ReflectiveOperationException("package " + name + " could not be opened", e);
    }
  }

  /**
   * Says why something of the JDK cannot be used: the flag that is missing, or what this JVM lacks.
   *
   * @param what the internals that were looked for
   */
  static String explain(Throwable e, String what) {
    String jvm =
        System.getProperty("java.vm.name", "this JVM")
            + " "
            + System.getProperty("java.runtime.version", "");
    Module module = Opening.class.getModule();
    if (!Thread.class.getModule().isOpen("java.lang", module)) {
      String cure =
          module.isNamed()
              ? module.getName() + "' (the manifest line Add-Opens opens it to the class path only"
              : "ALL-UNNAMED', or 'Add-Opens: java.base/java.lang' to the manifest of the main jar"
                  + " (with java -jar";
      return "java.base does not open java.lang to Holdfast: add the flag '"
          + VirtualThreads.FLAG
          + cure
          + "; "
          + jvm
          + ")";
    }
    return jvm + " does not have the internals of " + what + " that are needed: " + e;
  }
}
