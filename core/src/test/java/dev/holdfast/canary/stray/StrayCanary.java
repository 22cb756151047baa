// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.stray;

/** Breaks: every package is in the table; core prints nothing, reads no environment. */
public class StrayCanary {
  void speak() {
    System.out.println(System.getenv("HOME"));
  }
}
