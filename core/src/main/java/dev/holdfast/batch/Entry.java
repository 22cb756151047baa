// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A key that was handed in, and its place in a batch. */
class Entry<K> {

  private final K key;

  // All three are written by who hands the key in, before the entry is shown, and not again.
  private @Nullable Entry<K> before;
  private @Nullable Batch<K> batch;
  private int number;

  Entry(K key) {
    this.key = Objects.requireNonNull(key, "key must not be null");
  }

  final K key() {
    return key;
  }

  /** Returns the one that joined the batch before this, or null for the first. */
  final @Nullable Entry<K> before() {
    return before;
  }

  final Batch<K> batch() {
    return Objects.requireNonNull(batch);
  }

  /** Returns how many are in the batch up to this one. */
  final int number() {
    return number;
  }

  final void begin(Batch<K> begun) {
    before = null;
    batch = begun;
    number = 1;
  }

  final void follow(Entry<K> last) {
    before = last;
    batch = last.batch;
    number = last.number + 1;
  }

  /** Takes the key into the batch's function; false if who handed it in has given up. */
  boolean isWanted() {
    return true;
  }
}
