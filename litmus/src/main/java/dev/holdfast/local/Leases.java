// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.litmus.BareTask;
import dev.holdfast.litmus.BareWorker;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Slot;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The real pool of a worker that is played. Who plays the worker is on it; all others give back
 * from elsewhere.
 */
final class Leases<T> {

  private static final LocalKey KEY = LocalKey.named("leased");

  final BareWorker worker = new BareWorker();
  final LeasePool<T> pool;

  private @Nullable T next;

  Leases(int bound, LeaseOverflow overflow, long timeoutNanos) {
    this(bound, overflow, timeoutNanos, null);
  }

  @SuppressWarnings("unchecked") // the destructor is of values of this pool
  Leases(
      int bound, LeaseOverflow overflow, long timeoutNanos, @Nullable Consumer<? super T> ending) {
    Slot.Destructor destructor = ending == null ? null : value -> ending.accept((T) value);
    Slot slot = worker.newSlot(KEY, destructor);
    pool =
        new LeasePool<>(
            worker,
            KEY,
            slot.forms(),
            new LeasePool.Limits(bound, overflow, timeoutNanos),
            () -> Objects.requireNonNull(next),
            destructor);
  }

  /** Takes a value that is made now; by who makes the state of a test. */
  LeaseEntry<T> take(T value) {
    next = value;
    return pool.take(Thread.currentThread(), BareTask.INSTANCE);
  }

  /** Lets the current thread be the task that has the lease. */
  static void hold(LeaseEntry<?> entry) {
    entry.hold(Thread.currentThread(), BareTask.INSTANCE, 0, null);
  }

  /** Closes a lease, by the task that has it. */
  static void close(LeaseEntry<?> entry) {
    hold(entry);
    entry.close();
  }
}
