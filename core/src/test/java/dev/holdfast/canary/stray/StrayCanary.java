// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.stray;

/**
 * Breaks: every package is in the table; core prints nothing, reads no environment, compares no
 * records.
 */
public class StrayCanary {
  record Seen(Object what) {}

  boolean compare(Seen one, Seen other) {
    return one.equals(other);
  }

  void speak() {
    System.out.println(System.getenv("HOME"));
  }
}
