// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.Owner;
import dev.holdfast.slot.Slot;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The first use of a local on an owner: makes its slot and its value, unless they are gone. */
final class FirstUse {

  private FirstUse() {}

  /**
   * Makes the value of an owner that has none; on the owner only.
   *
   * @param make runs the initialiser
   * @throws LocalDestroyedException if the value, or all values of the owner, were destroyed
   */
  static <T> T value(
      Owner owner,
      LocalKey key,
      Slot.@Nullable Destructor destructor,
      Function<? super Slot, ? extends T> make) {
    if (key.released() != null) {
      Object sealed = owner.sealedValue(key);
      if (sealed != null) {
        @SuppressWarnings("unchecked") // a slot under this key holds what its local made
        T value = (T) sealed;
        return value;
      }
    }
    Slot slot = slot(owner, key, destructor);
    if (slot.isDestroyed()) {
      throw destroyed(owner, key);
    }
    return make(slot, destructor, make);
  }

  /**
   * Makes the first value of an owner that has no slot yet; on the owner only. As {@link #value},
   * with nothing to look for.
   */
  static <T> T first(
      Owner owner,
      LocalKey key,
      Slot.@Nullable Destructor destructor,
      Function<? super Slot, ? extends T> make) {
    return make(owner.newSlot(key, destructor), destructor, make);
  }

  /**
   * Makes the value of an empty slot; on the owner only.
   *
   * @param make runs the initialiser
   * @throws LocalDestroyedException if the class loader of the local is released
   */
  private static <T> T make(
      Slot slot, Slot.@Nullable Destructor destructor, Function<? super Slot, ? extends T> make) {
    boolean outermost = slot.making(destructor);
    try {
      check(slot.key());
      T made = make.apply(slot);
      if (!slot.isEmpty()) {
        throw new IllegalStateException(
            "local '" + slot.key() + "' was made twice on " + slot.owner().name());
      }
      slot.live(made);
      if (Sanitizer.ON) {
        slot.record("made");
      }
      return made;
    } catch (Throwable e) {
      if (outermost) {
        slot.notMade();
      }
      throw e;
    }
  }

  /**
   * Returns the slot of a local, making it if need be; on the owner only.
   *
   * @throws LocalDestroyedException if all values of the owner were destroyed
   */
  static Slot slot(Owner owner, LocalKey key, Slot.@Nullable Destructor destructor) {
    Slot slot = owner.slot(key);
    if (slot != null) {
      return slot;
    }
    if (owner.ended()) {
      throw destroyed(owner, key);
    }
    check(key);
    return owner.newSlot(key, destructor);
  }

  /**
   * Checks that a local may be used where it was not used before.
   *
   * @throws LocalDestroyedException if its class loader is released
   */
  static void check(LocalKey key) {
    Origin released = key.released();
    if (released != null) {
      throw released(key, released);
    }
  }

  static LocalDestroyedException released(LocalKey key, Origin origin) {
    return new LocalDestroyedException(
        "local '"
            + key
            + "' was asked for on "
            + Caller.describe(Thread.currentThread())
            + " after LoaderRelease.release() of its class loader, "
            + origin
            + ": from then on its code must end, and makes no new values");
  }

  static LocalDestroyedException destroyed(Owner owner, LocalKey key) {
    Slot slot = owner.slot(key);
    return new LocalDestroyedException(
        "local '"
            + key
            + "' was asked for on "
            + owner.name()
            + " after its value was destroyed there: a destructor may use only values that were made"
            + " before its own"
            + History.told(slot == null ? null : slot.history()));
  }
}
