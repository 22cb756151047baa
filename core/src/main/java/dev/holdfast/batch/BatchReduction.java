// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

/**
 * Makes one result of many keys.
 *
 * @param <K> the type of the keys
 * @param <R> the type of the result
 * @param <X> what it throws
 */
@FunctionalInterface
public interface BatchReduction<K, R, X extends Exception> {

  /**
   * Sees to a batch, in the task that began it; may block. Keys join the batch until this asks for
   * them.
   *
   * @param batch where the keys are
   * @return the result, not null
   * @throws X as it likes
   */
  R apply(PendingBatch<K> batch) throws X;
}
