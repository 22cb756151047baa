// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownReport;
import java.util.ArrayList;
import java.util.List;

/** The first entries of what a report lists, and the number of the others. Not thread-safe. */
final class Excerpt<E> {

  private final List<E> listed = new ArrayList<>();
  private long unlisted;

  boolean isFull() {
    return listed.size() >= ShutdownReport.MAX_LISTED;
  }

  /** Lists an entry, or counts it if the list is full. */
  void add(E entry) {
    if (isFull()) {
      unlisted++;
    } else {
      listed.add(entry);
    }
  }

  /** Counts an entry that is not made, because the list is full. */
  void count() {
    unlisted++;
  }

  List<E> listed() {
    return listed;
  }

  long unlisted() {
    return unlisted;
  }
}
