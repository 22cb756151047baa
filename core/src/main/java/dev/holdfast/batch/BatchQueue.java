// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.slot.Once;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Collects the keys that the tasks of a worker ask for at the same time, and finds their values by
 * one call of a function.
 *
 * <p>The first task of a worker that asks begins a batch and has a task of its own started, which
 * lets what is ready to run on the worker run once and then calls the function. Others on the
 * worker join until the function asks for the keys, which it may do after it has taken a connection
 * or whatever else it has to wait for. No time is waited. Whoever asked gets the value of his key,
 * or the failure of the whole batch.
 *
 * <p>Usually a static constant. Each worker of each runtime has batches of its own, so that no two
 * workers meet. A worker has room for so many keys ({@link Builder#capacity}), from when they are
 * handed in until their batch has ended; past that whoever asks waits for a place, in order. So a
 * function must not ask its own queue: it might wait for the places that it holds itself.
 *
 * <p>The function's task is one of the runtime, is counted and is interrupted like all: a shutdown
 * waits for open batches as for any task. It inherits no task-locals, for it serves many. That the
 * task that began a batch gives up changes nothing for the others.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class BatchQueue<K, V extends @Nullable Object> {

  private static final AtomicLong UNNAMED = new AtomicLong();

  static {
    EarlyClasses.initialize(
        MethodHandles.lookup(), Waiter.class, Batch.class, Station.class, BatchRun.class);
  }

  private final Stations<K> stations;
  private final BatchFunction<? super K, ? extends V> function;

  private BatchQueue(Stations<K> stations, BatchFunction<? super K, ? extends V> function) {
    this.stations = stations;
    this.function = function;
  }

  /**
   * Makes a queue with the defaults of {@link #builder}.
   *
   * @param <K> the type of the keys
   * @param <V> the type of the values
   * @param function finds the values of a batch
   * @return the queue
   */
  public static <K, V extends @Nullable Object> BatchQueue<K, V> of(
      BatchFunction<? super K, ? extends V> function) {
    return builder().build(function);
  }

  /**
   * Returns a builder of a queue.
   *
   * @return the builder
   */
  public static Builder builder() {
    return new Builder();
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
   * Hands in a key and waits for its value.
   *
   * @param key the key
   * @return the value that the function returned for it
   * @throws InterruptedException if the task was interrupted while it waited: its key is withdrawn
   *     if the function has not asked for it, and else its value is dropped. If the value was there
   *     already it is returned, and the interrupt stays set
   * @throws java.util.concurrent.CompletionException if the function threw; the cause is what it
   *     threw, or a {@link BatchSizeException}
   * @throws dev.holdfast.local.EscapedReferenceException if the current thread is not on a worker
   * @throws IllegalStateException on a worker's own thread, which must not wait
   */
  public V get(K key) throws InterruptedException {
    Waiter<K, V> waiter = new Waiter<>(key);
    Station<K> station = stations.here("get()");
    station.enter();
    handIn(station, waiter);
    return waiter.await();
  }

  /**
   * Hands in a key and waits for its value, at most for some time.
   *
   * @param key the key
   * @param timeout how long to wait, for a place and for the value together; not negative
   * @return the value that the function returned for it
   * @throws TimeoutException if there was no value in time: as with an interrupt, the key is
   *     withdrawn, or its value dropped
   * @throws InterruptedException as {@link #get(Object)}
   * @throws java.util.concurrent.CompletionException as {@link #get(Object)}
   */
  public V get(K key, Duration timeout) throws InterruptedException, TimeoutException {
    // Less than what a time of the clock may differ by.
    long nanos = Math.min(Station.nanos(timeout), Long.MAX_VALUE >> 1);
    long deadline = System.nanoTime() + nanos;
    Waiter<K, V> waiter = new Waiter<>(key);
    Station<K> station = stations.here("get()");
    if (!station.enter(nanos)) {
      throw late(key, timeout, "a place: all " + stations.capacity() + " of the worker are taken");
    }
    handIn(station, waiter);
    if (!waiter.await(deadline)) {
      throw late(key, timeout, "its value");
    }
    return waiter.result();
  }

  private TimeoutException late(K key, Duration timeout, String what) {
    return new TimeoutException(
        "key " + key + " of batch queue '" + name() + "' waited " + timeout + " for " + what);
  }

  private void handIn(Station<K> station, Waiter<K, V> waiter) {
    if (stations.join(station, waiter)) {
      stations.start(new Run(waiter.batch()));
    }
  }

  private final class Run extends BatchRun<K> {

    Run(Batch<K> batch) {
      super(batch, function);
    }

    @Override
    void see() throws Exception {
      @SuppressWarnings("unchecked") // a batch only hands its keys out, and values are only read
      List<? extends V> values = ((BatchFunction<K, V>) function).apply(batch);
      stations.checkTaken(batch);
      answer(batch.wanted(), values);
    }

    @Override
    boolean tell(Throwable failure) {
      boolean told = false;
      for (Entry<K> each = batch.close(); each != null; each = each.before()) {
        told |= waiter(each).fail(failure);
      }
      return told;
    }
  }

  private void answer(Entry<K>[] wanted, @Nullable List<? extends V> values) {
    if (values == null || values.size() != wanted.length) {
      throw new BatchSizeException(
          "the function of batch queue '"
              + name()
              + "' returned "
              + (values == null ? "null" : values.size() + " values")
              + " for "
              + wanted.length
              + " keys: it must return one value for each, in the order of the keys");
    }
    Iterator<? extends V> each = values.iterator();
    for (Entry<K> entry : wanted) {
      waiter(entry).answer(each.next());
    }
  }

  @SuppressWarnings("unchecked") // only get() hands anything in
  private Waiter<K, V> waiter(Entry<K> entry) {
    return (Waiter<K, V>) entry;
  }

  @Override
  public String toString() {
    return "BatchQueue[" + name() + "]";
  }

  /** Builds the forms of batching. Each property may be set once. Not thread-safe. */
  public static final class Builder {

    private static final int DEFAULT_MAX_BATCH = 64;
    private static final int DEFAULT_CAPACITY = 1024;
    private static final int MOST = 65_536;

    private @Nullable String name;
    private @Nullable Integer maxBatch;
    private @Nullable Integer capacity;

    private Builder() {}

    /**
     * Sets the name for messages, reports and the tasks of batches. Default: {@code
     * batch-<number>}.
     *
     * @param value not blank
     * @return this builder
     */
    public Builder name(String value) {
      name = Once.name(name, value);
      return this;
    }

    /**
     * Sets the most keys of a batch; who comes when it is full begins another one. Default: 64, or
     * the capacity if that is less.
     *
     * @param value 1 to 65,536, and not more than the capacity
     * @return this builder
     */
    public Builder maxBatch(int value) {
      maxBatch = Once.inRange("maxBatch", maxBatch, value, 1, MOST);
      return this;
    }

    /**
     * Sets how many keys of one worker may be handed in or seen to at once; who hands in more
     * waits. Default: 1,024, or the most keys of a batch if that is more.
     *
     * @param value 1 to 65,536, and not less than the most keys of a batch
     * @return this builder
     */
    public Builder capacity(int value) {
      capacity = Once.inRange("capacity", capacity, value, 1, MOST);
      return this;
    }

    /**
     * Makes a queue whose callers wait for their values.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param function finds the values of a batch
     * @return the queue
     */
    public <K, V extends @Nullable Object> BatchQueue<K, V> build(
        BatchFunction<? super K, ? extends V> function) {
      return new BatchQueue<>(stations(function), function);
    }

    /**
     * Makes a queue whose callers do not wait.
     *
     * @param <K> the type of the keys
     * @param function sees to a batch
     * @return the queue
     */
    public <K> BackgroundQueue<K> background(BatchConsumer<? super K> function) {
      return new BackgroundQueue<>(stations(function), function);
    }

    /**
     * Makes a reducer.
     *
     * @param <K> the type of the keys
     * @return the reducer
     */
    public <K> BatchReducer<K> reducer() {
      return new BatchReducer<>(stations(this));
    }

    private <K> Stations<K> stations(Object function) {
      Objects.requireNonNull(function, "function must not be null");
      int most = maxBatch != null ? maxBatch : Math.min(DEFAULT_MAX_BATCH, places(1));
      int room = places(most);
      if (most > room) {
        throw new IllegalArgumentException(
            "maxBatch " + most + " is more than the capacity " + room + ": no batch could be full");
      }
      return new Stations<>(
          name == null ? "batch-" + UNNAMED.incrementAndGet() : name,
          new Stations.Recipe<>(most, room, function));
    }

    private int places(int atLeast) {
      return capacity != null ? capacity : Math.max(DEFAULT_CAPACITY, atLeast);
    }
  }
}
