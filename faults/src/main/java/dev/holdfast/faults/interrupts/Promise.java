// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.interrupts;

import dev.holdfast.local.LeaseUnavailableException;
import org.jspecify.annotations.Nullable;

/** What the documentation says that an interrupt does to a call that waits. */
public enum Promise {
  /** It throws {@code InterruptedException}, with the flag cleared, and waits no more. */
  THROWS(false, false, InterruptedException.class),
  /** The same, and the work that it waited for is cancelled with an interrupt. */
  THROWS_AND_CANCELS(false, false, InterruptedException.class),
  /** It waits on, and the flag is set when it returns. */
  WAITS_ON(true, true, null),
  /** It fails with an exception of its own, and the flag stays set. */
  FAILS(false, true, LeaseUnavailableException.class),
  /** It returns with what it has reached, and the flag stays set. */
  RETURNS(false, true, null),
  /** What it waits for is interrupted; it waits on for that, and the flag is set at its return. */
  CANCELS_AND_WAITS_ON(false, true, null);

  private final boolean waits;
  private final boolean flag;

  @SuppressWarnings("ImmutableEnumChecker") // a class
  private final @Nullable Class<? extends Throwable> thrown;

  Promise(boolean waits, boolean flag, @Nullable Class<? extends Throwable> thrown) {
    this.waits = waits;
    this.flag = flag;
    this.thrown = thrown;
  }

  /** Says whether the call ends only when what it waits for has ended by itself. */
  boolean waits() {
    return waits;
  }

  /** Says whether the flag of the thread is set when the call is over. */
  boolean flag() {
    return flag;
  }

  /** Returns what the call throws, or null. */
  @Nullable Class<? extends Throwable> thrown() {
    return thrown;
  }

  /** Says whether the body that is waited for is interrupted. */
  boolean cancels() {
    return this == THROWS_AND_CANCELS || this == CANCELS_AND_WAITS_ON;
  }
}
