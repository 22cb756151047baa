// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.runtime.Tier;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What a soak has done so far, all runtimes together. Any thread. */
final class Totals {

  private final Findings findings = new Findings();
  private final List<Tier> tiers;
  private final AtomicLong episodes = new AtomicLong();
  private final AtomicLong bodies = new AtomicLong();
  private final AtomicLong values = new AtomicLong();
  private final AtomicLong released = new AtomicLong();

  /**
   * Makes totals of nothing.
   *
   * @param tiers those that can be had
   */
  Totals(List<Tier> tiers) {
    this.tiers = List.copyOf(tiers);
  }

  Findings findings() {
    return findings;
  }

  List<Tier> tiers() {
    return tiers;
  }

  /** Counts a runtime that has ended. */
  void episode(Books books) {
    episodes.incrementAndGet();
    bodies.addAndGet(books.ran());
    values.addAndGet(books.destroyed());
  }

  /** Counts a class loader that was released. */
  void released() {
    released.incrementAndGet();
  }

  long episodes() {
    return episodes.get();
  }

  long bodies() {
    return bodies.get();
  }

  long values() {
    return values.get();
  }

  long releases() {
    return released.get();
  }

  @Override
  public String toString() {
    return episodes
        + " runtimes, "
        + bodies
        + " bodies, "
        + values
        + " values, "
        + released
        + " loaders";
  }
}
