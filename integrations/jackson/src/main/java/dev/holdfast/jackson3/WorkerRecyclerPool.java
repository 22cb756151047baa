// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson3;

import dev.holdfast.jackson.PoolOptions;
import dev.holdfast.jackson.RecyclerMisuseException;
import dev.holdfast.jackson.stock.WorkerStock;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.util.BufferRecycler;
import tools.jackson.core.util.RecyclerPool;

/**
 * A pool of Jackson's buffers that are kept by the workers of a Holdfast runtime: what a parser or
 * printer needs it takes from the worker that its task is on, and its close leaves it to the worker
 * that the task is on then.
 *
 * <pre>{@code
 * JsonFactory json = JsonFactory.builder().recyclerPool(WorkerRecyclerPool.shared()).build();
 * }</pre>
 *
 * <p>For any thread. Those that have no worker, as a runtime's blocking jobs, share one more place
 * with the same {@linkplain PoolOptions bounds}. A parser or printer may be used and closed by
 * another task or thread than the one that opened it, also after the runtime has ended. One that is
 * never closed leaves its buffers to the garbage collector, and nobody else gets them; {@link
 * PoolOptions#trackPlaces()} tells of such. What a worker keeps is dropped at its end.
 *
 * <p>A runtime keeps some bytes for each pool that was ever used in it, so make few, as constants.
 *
 * <p>When deserialised, {@link #shared()} is again the one of its JVM, and another one is a new
 * pool with the same options.
 */
public final class WorkerRecyclerPool implements RecyclerPool<BufferRecycler> {
  private static final long serialVersionUID = 1L;

  private static final WorkerRecyclerPool SHARED = new WorkerRecyclerPool(PoolOptions.defaults());

  private final transient WorkerStock<PooledRecycler> stock;

  private WorkerRecyclerPool(PoolOptions options) {
    stock =
        new WorkerStock<>(
            options, owner -> new PooledRecycler(owner).loan(), PooledRecycler::bytes);
  }

  /**
   * Returns the pool that all who have no wishes share.
   *
   * @return the pool, always the same
   */
  public static WorkerRecyclerPool shared() {
    return SHARED;
  }

  /**
   * Makes a pool.
   *
   * @param options what it keeps
   * @return a new pool
   */
  public static WorkerRecyclerPool of(PoolOptions options) {
    return new WorkerRecyclerPool(Objects.requireNonNull(options, "options must not be null"));
  }

  /**
   * Returns what this pool was made with.
   *
   * @return the options
   */
  public PoolOptions options() {
    return stock.options();
  }

  @Override
  public BufferRecycler acquirePooled() {
    return stock.take();
  }

  /**
   * Gives a recycler back; Jackson does so when a parser or printer is closed.
   *
   * @throws RecyclerMisuseException if it was given back before, or is not of this pool
   */
  @Override
  public void releasePooled(BufferRecycler recycler) {
    if (recycler.isLinkedWithPool()) {
      // It was not released by itself, and would be linked still when it is taken next.
      recycler.releaseToPool();
    } else if (recycler instanceof PooledRecycler ours) {
      stock.give(ours.loan());
    } else {
      throw new RecyclerMisuseException(
          "a "
              + recycler.getClass().getName()
              + " was released to pool '"
              + options().name()
              + "', which did not make it: release it to the pool that it was acquired from",
          null);
    }
  }

  /**
   * Drops all that is at rest, on all workers and outside, without waiting for anybody. What is out
   * is kept again when it is released.
   *
   * @return true
   */
  @Override
  public boolean clear() {
    stock.clear();
    return true;
  }

  /**
   * Returns how many recyclers are at rest, on all workers and outside.
   *
   * @return the number; exact while nobody acquires or releases
   */
  @Override
  public int pooledCount() {
    return stock.count();
  }

  /**
   * Returns how many recyclers were found to have been collected without having been released. They
   * are looked for here, and each time one is acquired.
   *
   * @return the number since this pool was made; 0 if it does not track places
   */
  public long unreleased() {
    return stock.unreleased();
  }

  @Override
  public String toString() {
    return "WorkerRecyclerPool[" + stock + "]";
  }

  private Object writeReplace() {
    return new Form(this == SHARED ? null : options());
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("a WorkerRecyclerPool is written as its options, not itself");
  }

  /**
   * A pool as it is serialised.
   *
   * @param options null for the shared one
   */
  private record Form(@Nullable PoolOptions options) implements Serializable {
    private Object readResolve() {
      return options == null ? SHARED : of(options);
    }
  }
}
