// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson.stock;

import dev.holdfast.jackson.PoolOptions;
import org.jspecify.annotations.Nullable;

/**
 * A pile that can be thrown away from elsewhere.
 *
 * <p>Who takes and keeps does so alone, on a worker or under a lock, and without any fence. Who
 * clears unhooks the pile, and never looks into it. One that is at work on the pile just then works
 * on a pile that nobody will find any more: what it puts there is dropped, what it takes is its
 * alone as before.
 */
final class Shelf<T> {

  private final PoolOptions options;

  // Set by who keeps, to a new one; to null by who clears, any thread. Volatile, so that a clear is
  // seen by what comes after it.
  private volatile @Nullable Pile<T> pile;

  Shelf(PoolOptions options) {
    this.options = options;
  }

  @Nullable Loan<T> take() {
    Pile<T> found = pile;
    return found == null ? null : found.take();
  }

  void keep(Loan<T> loan) {
    Pile<T> found = pile;
    if (found == null) {
      found = new Pile<>(options);
      pile = found;
    }
    found.keep(loan);
  }

  void clear() {
    pile = null;
  }

  int count() {
    Pile<T> found = pile;
    return found == null ? 0 : found.count();
  }
}
