// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the values of many keys at once.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
@FunctionalInterface
public interface BatchFunction<K, V extends @Nullable Object> {

  /**
   * Finds the values of a batch; runs in a task of its own and may block. Keys join the batch until
   * this asks for them: what has to be waited for, such as a connection, is best taken before.
   *
   * @param batch where the keys are
   * @return the value of each key, in the order of {@link PendingBatch#keys}
   * @throws Exception to fail all who wait for this batch
   */
  List<? extends V> apply(PendingBatch<K> batch) throws Exception;
}
