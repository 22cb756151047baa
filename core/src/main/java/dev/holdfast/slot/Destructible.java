// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/**
 * A value with the destructor that an owner must run for it, and its place in the owner's stack.
 */
public interface Destructible {

  /** Returns what was made before this on the same owner and is still there; on the owner only. */
  @Nullable Destructible below();

  /** Sets what {@link #below()} returns; by the owner. */
  void below(@Nullable Destructible older);

  /** Returns the local whose value it is. */
  LocalKey key();

  /** Returns the name of the local whose value it is. */
  default String name() {
    return key().name();
  }

  /** Says whether the class of the value keeps a loader; on the owner only. */
  default boolean keeps(Origin origin) {
    return false;
  }

  /**
   * Ends the value: from now on no access reaches it, and its destructor is run.
   *
   * @throws Throwable whatever the destructor throws
   */
  @SuppressWarnings("checkstyle:IllegalThrows") // a user's code may throw anything
  void destroy() throws Throwable;
}
