// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Unclosed;
import java.lang.ref.Reference;

/**
 * A lease under the sanitiser: one taking of an entry, and an object of its own, which is told from
 * later ones and is seen to become garbage.
 */
final class TrackedLease<T> implements Lease<T> {

  private final LeaseEntry<T> entry;
  private final Unclosed taking;

  private TrackedLease(LeaseEntry<T> entry, History history) {
    this.entry = entry;
    this.taking = entry.taken(this, history);
  }

  /** Returns what to hand out for an entry that the current task has taken. */
  static <T> Lease<T> of(LeaseEntry<T> entry) {
    return entry.worker().samples() ? tracked(entry) : entry;
  }

  private static <T> Lease<T> tracked(LeaseEntry<T> entry) {
    try {
      History history = entry.history();
      return history == null ? entry : new TrackedLease<>(entry, history);
    } catch (Throwable e) {
      // Nobody else has it.
      entry.close();
      throw e;
    }
  }

  @Override
  public T get() {
    try {
      T value = entry.get();
      if (!taking.isOpen()) {
        throw entry.stale("used");
      }
      return value;
    } finally {
      // Else it could be taken for garbage before its last use is over.
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void close() {
    try {
      if (!taking.isOpen()) {
        if (entry.holder() != 0) {
          throw entry.stale("closed again");
        }
        return;
      }
      if (entry.isHeldHere()) {
        // First: from then on the entry is anybody's.
        taking.close();
      }
      entry.close();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public String toString() {
    return taking.isOpen() ? entry.toString() : "Lease[" + entry.name() + ", closed]";
  }
}
