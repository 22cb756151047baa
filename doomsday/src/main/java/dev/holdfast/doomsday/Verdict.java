// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

/**
 * What an audit found of a runtime in a scenario. Of several findings the first in this order is
 * the verdict, because the later ones often follow from it.
 */
public enum Verdict {
  /** Nothing was found. */
  SAFE("safe", "nothing was found"),
  /**
   * A task used a value after, or while, it was destroyed, or was refused it while it was running.
   */
  USE_AFTER_DESTROY("dangling", "values are destroyed while tasks use them"),
  /** The destructor of a value was run twice. */
  DOUBLE_DESTROY("double free", "values are destroyed twice"),
  /** A value was never destroyed. */
  NOT_DESTROYED("leaking", "values are never destroyed"),
  /** A value was destroyed on a thread that does not own it. */
  WRONG_THREAD("wrong thread", "values are destroyed on a thread that does not own them"),
  /** A value was destroyed before one that its thread had made later. */
  WRONG_ORDER("wrong order", "values are destroyed before others that were made later"),
  /** A task was accepted, and neither went to its end nor did anybody learn that it would not. */
  STRANDED("stranding", "tasks that were accepted are lost without a word"),
  /** Who woke a task was thrown an exception. */
  WAKER_HURT("hurts wakers", "who wakes a task is thrown an exception"),
  /** A call that waits for the end returned while tasks ran or values were alive. */
  EARLY_RETURN("returns early", "the call that waits for the end returns before it"),
  /** A call that ends the runtime did not return although all its tasks could end. */
  HANG("hangs", "the call that ends the runtime does not return");

  private final String label;
  private final String words;

  Verdict(String label, String words) {
    this.label = label;
    this.words = words;
  }

  /**
   * Returns the verdict in a word or two, for a column of a table.
   *
   * @return the word
   */
  public String label() {
    return label;
  }

  /**
   * Returns what a runtime with this verdict does, as the rest of a sentence.
   *
   * @return the words
   */
  public String words() {
    return words;
  }
}
