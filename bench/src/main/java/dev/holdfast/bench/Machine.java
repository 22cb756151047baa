// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

/** What the numbers are of, without the name of the machine. */
final class Machine {

  private Machine() {}

  static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  static String jvm() {
    return System.getProperty("java.vm.name") + " " + Runtime.version();
  }

  /** The system without its version, which may be somebody's own. */
  static String system() {
    return System.getProperty("os.name") + " " + System.getProperty("os.arch");
  }

  static String os() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + " "
        + System.getProperty("os.arch");
  }
}
