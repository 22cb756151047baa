// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where the tasks of one worker hand in their keys: the open batch, as the list of its entries from
 * the last to the first, and the places that are left.
 *
 * <p>The list is grown as in R. K. Treiber, "Systems Programming: Coping with Parallelism" (1986),
 * and is taken as a whole; entries are not used again, so that the same one never comes back. Any
 * thread may call anything: tasks move while they wait for a place.
 */
final class Station<K> {

  private static final VarHandle LAST;

  static {
    try {
      LAST = MethodHandles.lookup().findVarHandle(Station.class, "last", Entry.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int maxBatch;

  // Fair: who waits for a place gets the next one, whoever comes meanwhile.
  private final Semaphore places;

  // Of the open batch; null if there is none. Replaced by CAS, which shows an entry with all that
  // is written in it.
  private volatile @Nullable Entry<K> last;

  Station(int maxBatch, int capacity) {
    this.maxBatch = maxBatch;
    this.places = new Semaphore(capacity, true);
  }

  /** Returns how long somebody wants to wait; not negative. */
  static long nanos(Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout must not be negative, was " + timeout);
    }
    return TimeUnit.NANOSECONDS.convert(timeout);
  }

  /** Takes a place; waits until there is one. */
  void enter() throws InterruptedException {
    places.acquire();
  }

  /**
   * Takes a place; waits at most for some time.
   *
   * @return false if there was none
   */
  boolean enter(long nanos) throws InterruptedException {
    return places.tryAcquire(nanos, TimeUnit.NANOSECONDS);
  }

  /** Gives places back. */
  void leave(int entries) {
    places.release(entries);
  }

  /**
   * Lets an entry join the open batch, or begin one; who has taken a place for it.
   *
   * @return whether it begins one, which its owner has to have seen to
   */
  boolean join(Entry<K> entry) {
    Batch<K> begun = null;
    while (true) {
      Entry<K> before = last;
      if (before != null && before.number() < maxBatch) {
        entry.follow(before);
        if (LAST.compareAndSet(this, before, entry)) {
          return false;
        }
        continue;
      }
      if (before != null) {
        before.batch().full(before);
      }
      if (begun == null) {
        begun = new Batch<>(this);
      }
      entry.begin(begun);
      if (LAST.compareAndSet(this, before, entry)) {
        return true;
      }
    }
  }

  /** Returns how many entries a batch has that may be open. */
  int size(Batch<K> batch) {
    Entry<K> now = last;
    // Who replaced it has noted its size before.
    return now != null && now.batch() == batch ? now.number() : batch.close().number();
  }

  /**
   * Lets nobody join a batch any more.
   *
   * @return its last entry, or null if it was closed because it was full
   */
  @Nullable Entry<K> close(Batch<K> batch) {
    while (true) {
      Entry<K> now = last;
      if (now == null || now.batch() != batch) {
        return null;
      }
      if (LAST.compareAndSet(this, now, null)) {
        return now;
      }
    }
  }
}
