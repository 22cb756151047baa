// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import java.util.Optional;

/**
 * Collects the keys that the tasks of a worker hand in at the same time, and gives them to exactly
 * one of these tasks. As {@link BatchQueue}, but the others do not wait, and the one who began the
 * batch sees to it himself.
 *
 * @param <K> the type of the keys
 */
public final class BatchReducer<K> {

  private final Stations<K> stations;

  BatchReducer(Stations<K> stations) {
    this.stations = stations;
  }

  /**
   * Returns the name that messages and reports use.
   *
   * @return the name
   */
  public String name() {
    return stations.name();
  }

  /**
   * Hands in a key. Who thereby begins a batch lets what is ready on the worker run once, and then
   * has the function see to all that joined; others return at once. Waits for a place if there is
   * none. Once a batch has begun, an interrupt keeps nobody from seeing to it, and stays set.
   *
   * @param <R> the type of the result
   * @param <X> what the function throws
   * @param key the key
   * @param function sees to the batch if this call begins one; must ask for its keys
   * @return what the function returned, or empty if another task sees to the key
   * @throws X what the function threw; the others are not told
   * @throws InterruptedException if the task was interrupted before there was a place; the key was
   *     not handed in
   * @throws dev.holdfast.local.EscapedReferenceException if the current thread is not on a worker
   * @throws IllegalStateException on a worker's own thread, which must not wait
   */
  public <R, X extends Exception> Optional<R> reduce(
      K key, BatchReduction<? super K, ? extends R, X> function) throws X, InterruptedException {
    Entry<K> entry = new Entry<>(key);
    Station<K> station = stations.here("reduce()");
    station.enter();
    if (!stations.join(station, entry)) {
      return Optional.empty();
    }
    Batch<K> batch = entry.batch();
    try {
      BatchRun.letOthersJoin();
      @SuppressWarnings("unchecked") // a batch only hands its keys out
      R result = ((BatchReduction<K, R, X>) function).apply(batch);
      stations.checkTaken(batch);
      return Optional.of(result);
    } finally {
      batch.leave();
    }
  }

  @Override
  public String toString() {
    return "BatchReducer[" + name() + "]";
  }
}
