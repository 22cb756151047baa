// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.dataloader;

import dev.holdfast.runtime.WorkerRuntime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dataloader.DataLoader;
import org.dataloader.DelegatingDataLoader;
import org.jspecify.annotations.Nullable;

/**
 * A loader whose loads dispatch themselves, when the worker has nothing else to run.
 *
 * {@snippet lang="java" :
 * DataLoader<Long, User> users =
 *     WorkerDataLoader.of(runtime, DataLoaderFactory.newDataLoader(this::readUsers));
 *
 * // in each of many tasks: they are read together
 * User user = users.load(id).join();
 * }
 *
 * <p>The first load of a batch hands a task to the runtime. That task lets those that are ready
 * have their turn, as long as they go on to load, and then dispatches: what one round of tasks
 * loads is one batch, and no time is waited. Loads that follow from a result, by {@code
 * thenCompose}, dispatch in the same way. An explicit {@code dispatch()} works as before.
 *
 * <p>The batch function runs in that task, and may block, and use the worker's values; other
 * batches go on meanwhile. It is the loader given that keeps the keys, the cache and the options.
 *
 * <p>Thread-safe as far as the loader is that it was made of.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class WorkerDataLoader<K, V> extends DelegatingDataLoader<K, V> {

  /** The most rounds that others are let go first: a stream of loads must not put off all. */
  private static final int MOST_ROUNDS = 16;

  private final WorkerRuntime runtime;

  // Whether a task is on its way that has still to dispatch. Set by the load that hands it in,
  // after its key is queued; cleared by the task, before it dispatches. So who finds it set has a
  // dispatch still before it. Atomic: loads come from any thread.
  private final AtomicBoolean comes = new AtomicBoolean();

  private WorkerDataLoader(WorkerRuntime runtime, DataLoader<K, V> loader) {
    super(loader);
    this.runtime = Objects.requireNonNull(runtime, "runtime must not be null");
  }

  /**
   * Makes a loader that dispatches by itself of one that does not.
   *
   * @param runtime where dispatches and batch functions run
   * @param loader the loader
   * @return the loader to load with
   * @param <K> the type of the keys
   * @param <V> the type of the values
   */
  public static <K, V> DataLoader<K, V> of(WorkerRuntime runtime, DataLoader<K, V> loader) {
    return new WorkerDataLoader<>(
        runtime, Objects.requireNonNull(loader, "loader must not be null"));
  }

  /**
   * Loads a value.
   *
   * @throws dev.holdfast.runtime.RuntimeClosedException if the runtime takes no more work from the
   *     calling thread; the key is queued in the loader all the same
   */
  @Override
  public CompletableFuture<V> load(K key) {
    return dispatched(delegate.load(key));
  }

  /**
   * Loads a value, as {@link #load(Object)}.
   *
   * @throws dev.holdfast.runtime.RuntimeClosedException as there
   */
  @Override
  public CompletableFuture<V> load(K key, @Nullable Object keyContext) {
    return dispatched(delegate.load(key, keyContext));
  }

  /**
   * Loads values, as {@link #load(Object)}.
   *
   * @throws dev.holdfast.runtime.RuntimeClosedException as there
   */
  @Override
  public CompletableFuture<List<V>> loadMany(List<K> keys) {
    return dispatched(delegate.loadMany(keys));
  }

  /**
   * Loads values, as {@link #load(Object)}.
   *
   * @throws dev.holdfast.runtime.RuntimeClosedException as there
   */
  @Override
  public CompletableFuture<List<V>> loadMany(List<K> keys, List<Object> keyContexts) {
    return dispatched(delegate.loadMany(keys, keyContexts));
  }

  /**
   * Loads values, as {@link #load(Object)}.
   *
   * @throws dev.holdfast.runtime.RuntimeClosedException as there
   */
  @Override
  public CompletableFuture<Map<K, V>> loadMany(Map<K, ?> keysAndContexts) {
    return dispatched(delegate.loadMany(keysAndContexts));
  }

  /** Sees to it that there will be a dispatch after a load, unless its value is there already. */
  private <R> CompletableFuture<R> dispatched(CompletableFuture<R> loaded) {
    if (!loaded.isDone() && !comes.get() && comes.compareAndSet(false, true)) {
      boolean handedIn = false;
      try {
        runtime.execute(this::dispatchLast);
        handedIn = true;
      } finally {
        if (!handedIn) {
          comes.set(false);
        }
      }
    }
    return loaded;
  }

  /** Dispatches when the others have had their turn; on a task. */
  @SuppressWarnings("ThreadPriorityCheck") // others first is what this is about
  private void dispatchLast() {
    try {
      int before = 0;
      int queued = delegate.dispatchDepth();
      for (int round = 0; round < MOST_ROUNDS && queued != before; round++) {
        before = queued;
        Thread.yield();
        queued = delegate.dispatchDepth();
      }
    } finally {
      comes.set(false);
      // What comes of it is in the futures of the loads.
      var _ = delegate.dispatch();
    }
  }
}
