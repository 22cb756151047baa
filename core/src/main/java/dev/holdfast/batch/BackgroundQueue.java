// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import java.time.Duration;

/**
 * Collects the keys that the tasks of a worker hand in, and has a function see to many at once in
 * the background. As {@link BatchQueue}, but nobody waits for a result: what the function throws
 * goes to the handler of the runtime's uncaught exceptions.
 *
 * <p>A key that was handed in is seen to, also after the task that handed it in has ended: until
 * then the runtime is not quiescent.
 *
 * @param <K> the type of the keys
 */
public final class BackgroundQueue<K> {

  private final Stations<K> stations;
  private final BatchConsumer<? super K> function;

  BackgroundQueue(Stations<K> stations, BatchConsumer<? super K> function) {
    this.stations = stations;
    this.function = function;
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
   * Hands in a key; waits for a place if there is none.
   *
   * @param key the key
   * @throws InterruptedException if the task was interrupted before there was a place; the key was
   *     not handed in
   * @throws dev.holdfast.local.EscapedReferenceException if the current thread is not on a worker
   * @throws IllegalStateException on a worker's own thread, which must not wait
   */
  public void add(K key) throws InterruptedException {
    Entry<K> entry = new Entry<>(key);
    Station<K> station = stations.here("add()");
    station.enter();
    handIn(station, entry);
  }

  /**
   * Hands in a key if there is a place for it in time.
   *
   * @param key the key
   * @param timeout how long to wait for a place; not negative
   * @return whether the key was handed in
   * @throws InterruptedException as {@link #add}
   */
  public boolean offer(K key, Duration timeout) throws InterruptedException {
    long nanos = Station.nanos(timeout);
    Entry<K> entry = new Entry<>(key);
    Station<K> station = stations.here("offer()");
    if (!station.enter(nanos)) {
      return false;
    }
    handIn(station, entry);
    return true;
  }

  private void handIn(Station<K> station, Entry<K> entry) {
    if (stations.join(station, entry)) {
      stations.start(new Run(entry.batch()));
    }
  }

  private final class Run extends BatchRun<K> {

    Run(Batch<K> batch) {
      super(batch, function);
    }

    @Override
    @SuppressWarnings("unchecked") // a batch only hands its keys out
    void see() throws Exception {
      ((BatchConsumer<K>) function).accept(batch);
      stations.checkTaken(batch);
    }

    @Override
    boolean tell(Throwable failure) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "BackgroundQueue[" + name() + "]";
  }
}
