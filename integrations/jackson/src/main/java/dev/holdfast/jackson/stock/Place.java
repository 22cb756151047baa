// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson.stock;

import java.lang.ref.WeakReference;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a worker has its shelf of a stock. The shelf is the stock's, and only looked up here: a
 * stock that nobody uses any more is collected with all that it keeps, though a worker has the
 * values of its locals until its end.
 */
final class Place<T> {

  private final WeakReference<Shelf<T>> shelf;
  private final WeakReference<Set<Shelf<T>>> shelves;

  /** Makes a place with a new shelf. */
  Place(Shelf<T> shelf, Set<Shelf<T>> shelves) {
    shelves.add(shelf);
    this.shelf = new WeakReference<>(shelf);
    this.shelves = new WeakReference<>(shelves);
  }

  @Nullable Loan<T> take() {
    Shelf<T> found = shelf.get();
    return found == null ? null : found.take();
  }

  void keep(Loan<T> loan) {
    Shelf<T> found = shelf.get();
    if (found != null) {
      found.keep(loan);
    }
  }

  /** The worker ends: the stock forgets what it kept there. */
  void end() {
    Shelf<T> found = shelf.get();
    Set<Shelf<T>> all = shelves.get();
    if (found != null && all != null) {
      all.remove(found);
      found.clear();
    }
  }
}
