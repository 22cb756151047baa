// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.sanitizer.History;

/**
 * A guard that was taken: one opening of a place.
 *
 * <p>It is in no list, so that the compiler can do without the object where the guard is closed by
 * who took it.
 */
final class GuardEntry<T> implements Guard<T> {

  private final GuardPlace place;
  private final long opening;

  GuardEntry(GuardPlace place, long opening) {
    this.place = place;
    this.opening = opening;
  }

  /** Returns the place that it is an opening of. */
  GuardPlace place() {
    return place;
  }

  @Override
  @SuppressWarnings("unchecked") // the slot was made by the local of this type
  public T get() {
    Object value = place.slot().value();
    if (value == null || !place.isOpen(opening)) {
      throw closed(place, opening);
    }
    return (T) value;
  }

  // Static, and so are the others that are not compiled into the caller: or this could not be left
  // out.
  private static EscapedReferenceException closed(GuardPlace place, long opening) {
    String taker = place.takerOf(opening);
    return new EscapedReferenceException(
        "the guard of local '"
            + place.key()
            + (taker == null ? "'" : "' taken by task '" + taker + "'")
            + " was used on "
            + Caller.describe(Thread.currentThread())
            + " after it was closed: close a guard after its last use"
            + History.told(place.slot().history()));
  }

  @Override
  public void close() {
    place.close(opening, VirtualThreads.platform(Thread.currentThread()));
  }

  @Override
  public String toString() {
    return "Guard["
        + place.key()
        + " of "
        + place.worker().name()
        + (place.isOpen(opening) ? "]" : ", closed]");
  }
}
