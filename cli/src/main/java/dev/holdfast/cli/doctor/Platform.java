// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

/** The JVM that runs this command, in words. */
final class Platform {

  private Platform() {}

  static String jvm() {
    return property("java.vm.name") + " " + property("java.runtime.version");
  }

  static String vendor() {
    return property("java.vendor");
  }

  static String system() {
    return property("os.name") + " " + property("os.version") + ", " + property("os.arch");
  }

  static String home() {
    return property("java.home");
  }

  private static String property(String name) {
    return System.getProperty(name, "(no " + name + ")");
  }
}
