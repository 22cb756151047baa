// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson.stock;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What was taken from a stock that is tracked and is not back yet. It has no thread: who takes or
 * asks looks for what was collected.
 */
final class Takings {

  private static final Logger LOG = System.getLogger("dev.holdfast");

  private final String name;
  private final Set<Taking> open = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<Object> collected = new ReferenceQueue<>();
  private final AtomicLong unreleased = new AtomicLong();

  Takings(String name) {
    this.name = name;
  }

  Taking begin(Object thing) {
    report();
    Taking taking = new Taking(this, thing, collected);
    open.add(taking);
    return taking;
  }

  void ended(Taking taking) {
    open.remove(taking);
    taking.clear();
  }

  /** Returns how many things were found to have been collected without having come back. */
  long unreleased() {
    report();
    return unreleased.get();
  }

  private void report() {
    for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
      if (gone instanceof Taking taking && open.remove(taking)) {
        unreleased.incrementAndGet();
        LOG.log(
            Level.WARNING,
            "a recycler of pool '"
                + name
                + "' was collected without having been released; it was taken by "
                + taking.by()
                + ": close each parser and printer",
            taking.place());
      }
    }
  }
}
