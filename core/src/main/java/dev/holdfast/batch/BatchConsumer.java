// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

/**
 * Does something with many keys at once.
 *
 * @param <K> the type of the keys
 */
@FunctionalInterface
public interface BatchConsumer<K> {

  /**
   * Sees to a batch; runs in a task of its own and may block. Keys join the batch until this asks
   * for them.
   *
   * @param batch where the keys are
   * @throws Exception what the handler of the runtime's uncaught exceptions gets
   */
  void accept(PendingBatch<K> batch) throws Exception;
}
