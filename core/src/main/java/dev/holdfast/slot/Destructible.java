// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/** A value with the destructor that an owner must run for it. */
public interface Destructible {

  /** Returns the name of the local whose value it is. */
  String name();

  /**
   * Ends the value: from now on no access reaches it, and its destructor is run.
   *
   * @throws Throwable whatever the destructor throws
   */
  @SuppressWarnings("checkstyle:IllegalThrows") // a user's code may throw anything
  void destroy() throws Throwable;
}
