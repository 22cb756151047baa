// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/**
 * The access forms that were made for a slot of a worker; all on the owner only.
 *
 * <p>Apart from the slot, so that those of tasks, which have none, stay small.
 */
public final class Forms {

  private @Nullable Runnable clearReference;
  private @Nullable Object pool;
  private @Nullable Object lease;
  private @Nullable GuardSpot spot;

  /** Makes them without any. */
  public Forms() {}

  /** Returns the pool of leases, or null. */
  public @Nullable Object pool() {
    return pool;
  }

  /** Keeps the pool of leases. */
  public void pool(Object made) {
    pool = made;
  }

  /** Returns what the pool is going to lease next if that is home, or null. */
  public @Nullable Object lease() {
    return lease;
  }

  /** Keeps what the pool leases next. */
  public void lease(@Nullable Object next) {
    lease = next;
  }

  /** Returns the place of guards that is used again and again; null unless the slot is live. */
  public @Nullable GuardSpot spot() {
    return spot;
  }

  /** Keeps the place of guards that is used again and again, while the slot is live. */
  public void spot(GuardSpot made) {
    spot = made;
  }

  void reference(Runnable clear) {
    clearReference = clear;
  }

  /** The value is gone, or sealed. */
  void unreach() {
    if (spot != null) {
      // Closed, or the value would not be destroyed yet.
      Registry.remove(spot);
      spot = null;
    }
    if (clearReference != null) {
      clearReference.run();
      clearReference = null;
    }
  }

  /** As the above, and no value is to be leased any more. */
  void seal() {
    if (pool instanceof LeaseStock stock) {
      stock.seal();
    }
    pool = null;
    lease = null;
  }
}
