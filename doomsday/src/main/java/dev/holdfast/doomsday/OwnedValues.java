// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values of one owner as a user keeps them: made on first use, and destroyed last made first,
 * by whatever the runtime has for the end of an owner.
 *
 * <p>Used by the owner's thread alone, but for what was done before it was published.
 */
public final class OwnedValues {

  private final Armory armory;
  private final @Nullable ArmedValue[] bySlot = new ArmedValue[Work.SLOTS];
  private final List<ArmedValue> made = new ArrayList<>();

  /**
   * Makes a set without values.
   *
   * @param armory makes them
   */
  public OwnedValues(Armory armory) {
    this.armory = armory;
  }

  /**
   * Returns a reference to a value, which is made for the current thread if it is not there.
   *
   * @param slot the number of the value
   * @return the reference
   */
  public Reference reference(int slot) {
    ArmedValue known = bySlot[slot];
    if (known == null) {
      known = armory.make("slot " + slot);
      bySlot[slot] = known;
      made.add(known);
    }
    ArmedValue value = known;
    return () -> value;
  }

  /**
   * Destroys all values, last made first. If destructors throw, the others run all the same.
   *
   * @throws RuntimeException what the first destructor threw, if one did
   */
  public void destroyAll() {
    RuntimeException failure = null;
    for (ArmedValue value : made.reversed()) {
      try {
        value.destroy();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
