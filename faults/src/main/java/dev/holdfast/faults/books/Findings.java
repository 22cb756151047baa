// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.books;

import java.util.ArrayList;
import java.util.List;

/** What a check found to be wrong: the first of it in words, all of it counted. Any thread. */
public final class Findings {

  private static final int MOST_KEPT = 2000;

  // Guarded by this.
  private final List<String> kept = new ArrayList<>();
  private long count;

  /** Makes an empty list. */
  public Findings() {}

  /** Adds a finding. */
  public synchronized void add(String finding) {
    count++;
    if (kept.size() < MOST_KEPT) {
      kept.add(finding);
    }
  }

  /** Adds a finding if something does not hold. */
  public void check(boolean holds, String otherwise) {
    if (!holds) {
      add(otherwise);
    }
  }

  /** Adds what another list holds, each with a word before it. */
  public void addAll(String where, Findings others) {
    others.kept().forEach(each -> add(where + ": " + each));
    synchronized (this) {
      count += others.unkept();
    }
  }

  /** Returns how many there were. */
  public synchronized long count() {
    return count;
  }

  /** Returns the first findings. */
  public synchronized List<String> kept() {
    return List.copyOf(kept);
  }

  private synchronized long unkept() {
    return count - kept.size();
  }

  /** Says whether one of the findings kept contains a text. */
  public boolean mentions(String text) {
    return kept().stream().anyMatch(each -> each.contains(text));
  }

  @Override
  public synchronized String toString() {
    return count + " findings " + kept;
  }
}
