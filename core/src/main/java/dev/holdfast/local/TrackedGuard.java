// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Unclosed;
import java.lang.ref.Reference;

/** A guard under the sanitiser, which is seen to become garbage. */
final class TrackedGuard<T> implements Guard<T> {

  private final GuardEntry<T> entry;
  private final Unclosed taking;

  private TrackedGuard(GuardEntry<T> entry, GuardPlace place, History history) {
    this.entry = entry;
    this.taking = place.taken(this, history);
  }

  /** Returns what to hand out for a guard that the current task has taken. */
  static <T> Guard<T> of(GuardEntry<T> entry) {
    return entry.place().worker().samples() ? tracked(entry) : entry;
  }

  private static <T> Guard<T> tracked(GuardEntry<T> entry) {
    try {
      GuardPlace place = entry.place();
      History history = place.slot().history();
      return history == null ? entry : new TrackedGuard<>(entry, place, history);
    } catch (Throwable e) {
      // Nobody else has it.
      entry.close();
      throw e;
    }
  }

  @Override
  public T get() {
    try {
      return entry.get();
    } finally {
      // Else it could be taken for garbage before its last use is over.
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void close() {
    try {
      // First: if that fails, it can be closed again.
      entry.close();
      taking.close();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public String toString() {
    return entry.toString();
  }
}
