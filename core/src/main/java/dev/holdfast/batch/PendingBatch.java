// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import java.util.List;

/**
 * A batch that keys may still join. For the function that it was given to, and the threads that
 * this lets see it, one at a time.
 *
 * @param <K> the type of the keys
 */
public sealed interface PendingBatch<K> permits Batch {

  /**
   * Returns how many keys have joined by now.
   *
   * @return at least 1
   */
  int size();

  /**
   * Closes the batch and returns its keys: whoever comes later joins another one. Keys of callers
   * that have given up by now are left out, unless all have.
   *
   * @return the keys, at least one, in the order in which they joined, the same list each time;
   *     cannot be changed
   */
  List<K> keys();
}
