// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

/** What the numbers are of: nothing of it tells whose machine it is. */
final class Machine {

  private Machine() {}

  static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  static String jvm() {
    return System.getProperty("java.vm.name") + " " + Runtime.version();
  }

  static String os() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + " "
        + System.getProperty("os.arch");
  }
}
