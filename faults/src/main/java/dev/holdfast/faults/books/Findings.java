// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.books;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a check found to be wrong: the first of each kind in words, all of it counted. Any thread.
 *
 * <p>Findings that differ in their numbers alone are of one kind: many of one must not leave a
 * later one without words.
 */
public final class Findings {

  private static final int MOST_KEPT = 2000;
  private static final int MOST_OF_A_KIND = 50;
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  // Guarded by this.
  private final List<String> kept = new ArrayList<>();
  private final Map<String, Integer> kinds = new HashMap<>();
  private long count;

  /** Makes an empty list. */
  public Findings() {}

  /** Adds a finding. */
  public synchronized void add(String finding) {
    count++;
    if (kept.size() < MOST_KEPT
        && kinds.merge(NUMBER.matcher(finding).replaceAll("#"), 1, Integer::sum)
            <= MOST_OF_A_KIND) {
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

  /** Returns the first findings of each kind. */
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
