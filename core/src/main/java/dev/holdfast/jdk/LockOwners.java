// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a lock of {@code java.util.concurrent}: for reports of what threads wait for. The JDK
 * tells it of platform threads only.
 */
public final class LockOwners {

  private static final @Nullable VarHandle OWNER = find();

  private LockOwners() {}

  private static @Nullable VarHandle find() {
    try {
      Opening.open("java.util.concurrent.locks");
      return MethodHandles.privateLookupIn(
              AbstractOwnableSynchronizer.class, MethodHandles.lookup())
          .findVarHandle(AbstractOwnableSynchronizer.class, "exclusiveOwnerThread", Thread.class);
    } catch (ReflectiveOperationException | RuntimeException e) {
      // A report does without.
      return null;
    }
  }

  /**
   * Returns the thread that holds what another one is parked on. The field is read plainly: it is
   * up to date if nobody takes or leaves the lock meanwhile.
   *
   * @param blocker what {@link java.util.concurrent.locks.LockSupport#getBlocker} returned
   * @return the thread, or null if there is none or this is no lock that has an owner
   */
  public static @Nullable Thread of(@Nullable Object blocker) {
    return OWNER != null && blocker instanceof AbstractOwnableSynchronizer lock
        ? (Thread) OWNER.get(lock)
        : null;
  }
}
