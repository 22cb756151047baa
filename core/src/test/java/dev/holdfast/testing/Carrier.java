// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

/** The platform thread under the current virtual thread, as the JDK itself prints it. */
public final class Carrier {

  private Carrier() {}

  /** Returns the name of the carrier of the current virtual thread, which must have one. */
  public static String name() {
    return nameIn(Thread.currentThread().toString());
  }

  /**
   * Returns the name of the carrier in what {@link Thread#toString} gave for a virtual thread.
   *
   * @param text such as {@code VirtualThread[#33,name]/runnable@carrier}
   */
  public static String nameIn(String text) {
    int at = text.indexOf("]/runnable@");
    if (!text.startsWith("VirtualThread[") || at < 0) {
      throw new IllegalStateException("no virtual thread that runs on a carrier: " + text);
    }
    return text.substring(at + "]/runnable@".length());
  }
}
