// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson.stock;

import dev.holdfast.jackson.PoolOptions;
import dev.holdfast.jackson.RecyclerMisuseException;
import dev.holdfast.local.LocalDestroyedException;
import dev.holdfast.local.WorkerLocal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Things that are lent from the worker that the borrower is on, and kept by the worker on which
 * they are given back.
 *
 * <p>No {@link dev.holdfast.local.Lease}: that belongs to the task which took it, and its value,
 * which may have to be destroyed, to the worker's end. Here a thing is mere memory, and a borrower
 * may hand it to another task, give it back on a thread outside, or forget it, and then the
 * collector has it. So a worker keeps only what is at rest. It is taken and kept by {@link
 * WorkerLocal#with}, pinned and alone on the worker, which needs neither lock nor fence.
 *
 * <p>All threads that have no worker, and workers whose values are destroyed, share one more shelf
 * under a lock, for which nobody waits: who finds it taken makes a new thing, or drops one.
 *
 * @param <T> the type of the things
 */
public final class WorkerStock<T> {

  private final PoolOptions options;
  private final Function<WorkerStock<T>, Loan<T>> make;
  private final ToLongFunction<? super T> measure;
  private final @Nullable Takings takings;

  // Added to by workers at their first use, removed from at their end.
  private final Set<Shelf<T>> shelves = ConcurrentHashMap.newKeySet();
  private final WorkerLocal<Place<T>> places;

  // Seen by its test, which holds it.
  final ReentrantLock outsideLock = new ReentrantLock();

  // Taken from and put into under the lock.
  private final Shelf<T> outside;

  /**
   * Makes a stock with nothing in it.
   *
   * @param make makes a thing with its loan
   * @param measure says how many bytes a thing keeps
   */
  public WorkerStock(
      PoolOptions options,
      Function<WorkerStock<T>, Loan<T>> make,
      ToLongFunction<? super T> measure) {
    this.options = options;
    this.make = make;
    this.measure = measure;
    this.takings = options.tracked() ? new Takings(options.name()) : null;
    this.outside = new Shelf<>(options);
    Set<Shelf<T>> all = shelves;
    this.places =
        WorkerLocal.<Place<T>>builder(() -> new Place<>(new Shelf<>(options), all))
            .name(options.name())
            // What a worker keeps until its end must not keep the stock.
            .destructor(Place::end)
            .build();
  }

  /** Returns what the stock was made with. */
  public PoolOptions options() {
    return options;
  }

  String name() {
    return options.name();
  }

  /** Lends the thing that was given back last here, or a new one. */
  public T take() {
    Loan<T> loan = WorkerLocal.hasWorker() ? takeHere() : takeOutside();
    if (loan == null) {
      loan = make.apply(this);
    }
    loan.out(takings == null ? null : takings.begin(loan));
    return loan.thing();
  }

  private @Nullable Loan<T> takeHere() {
    try {
      return places.<@Nullable Loan<T>>with(Place::take);
    } catch (LocalDestroyedException _) {
      // A destructor that runs after that of the place.
      return takeOutside();
    }
  }

  private @Nullable Loan<T> takeOutside() {
    if (!outsideLock.tryLock()) {
      return null;
    }
    try {
      return outside.take();
    } finally {
      outsideLock.unlock();
    }
  }

  /**
   * Takes a thing back, from any thread, and keeps it here if there is room.
   *
   * @throws RecyclerMisuseException if it is not out, or from another stock
   */
  public void give(Loan<T> loan) {
    if (loan.stock() != this) {
      throw new RecyclerMisuseException(
          "a recycler of pool '"
              + loan.stock().name()
              + "' was released to pool '"
              + name()
              + "': release it to the pool that it was acquired from",
          null);
    }
    loan.back();
    // From here on nobody has it but this call.
    loan.bytes(measure.applyAsLong(loan.thing()));
    if (!WorkerLocal.hasWorker()) {
      keepOutside(loan);
      return;
    }
    try {
      places.update(loan);
    } catch (LocalDestroyedException _) {
      keepOutside(loan);
    }
  }

  private void keepOutside(Loan<T> loan) {
    if (outsideLock.tryLock()) {
      try {
        outside.keep(loan);
      } finally {
        outsideLock.unlock();
      }
    }
  }

  /** Drops all that is at rest. What is out is kept again when it comes back. */
  public void clear() {
    shelves.forEach(Shelf::clear);
    outside.clear();
  }

  /** Returns how many things are at rest; exact while nobody takes or gives. */
  public int count() {
    int sum = outside.count();
    for (Shelf<T> each : shelves) {
      sum += each.count();
    }
    return sum;
  }

  /**
   * Returns how many things were found to have been collected without having been given back; 0 if
   * the stock is not tracked.
   */
  public long unreleased() {
    return takings == null ? 0 : takings.unreleased();
  }

  @Override
  public String toString() {
    return name() + ": " + count() + " at rest, of " + shelves.size() + " workers and outside";
  }
}
