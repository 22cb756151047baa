// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import java.util.List;

/**
 * What a {@link World} does wrong on purpose, in place of its runtime: a scenario that does not see
 * it is blind.
 */
enum Sabotage {
  /** Nothing. */
  NONE,
  /** A destructor is run twice. */
  TWICE("destroyed twice"),
  /** A value is destroyed while a task is alive. */
  EARLY("destroyed while"),
  /** A value is not destroyed. */
  NEVER("was not destroyed"),
  /** A value is destroyed by another thread than its owner's. */
  ELSEWHERE("destroyed on"),
  /** Values are destroyed in the order in which they were made. */
  ORDER("destroyed before"),
  /** Work is accepted and not run; somebody may wait for it. */
  LOST("has not run", "DEADLOCK"),
  /** Work does not end. */
  HANG("DEADLOCK"),
  /** What is refused is not. */
  PERMITTED("was not refused"),
  /** A value is handed out that is not the one that was asked for. */
  SWAPPED("was handed out"),
  /** A close returns before the end. */
  HASTY("returned in phase");

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> words;

  Sabotage(String... words) {
    this.words = List.of(words);
  }

  /** Says whether a failure is what this leads to, by its words. */
  boolean isSeenIn(String failure) {
    return words.stream().anyMatch(failure::contains);
  }
}
