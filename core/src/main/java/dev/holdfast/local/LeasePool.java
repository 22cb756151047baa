// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The values of one local on one worker that are made to be leased.
 *
 * <p>Free values lie in two stacks: {@code free}, touched on the worker only and so without any
 * fence, and {@code returned}, where other workers push what comes home from tasks that have moved.
 *
 * <p>A task that waits first counts itself in {@code waiting} and then looks at {@code returned}
 * once more; who returns a value from elsewhere first pushes it and then looks at {@code waiting}.
 * Both pairs are volatile, so that one of the two sees the other. What is returned on the worker
 * itself needs no such care: the waiting task looked there on that worker too.
 */
final class LeasePool<T> {

  /**
   * The configured limits.
   *
   * @param bound the most values per worker
   * @param timeoutNanos how long a lease may wait; Long.MAX_VALUE for no bound
   */
  record Limits(int bound, LeaseOverflow overflow, long timeoutNanos) {}

  private static final VarHandle RETURNED;
  private static final VarHandle WAITING;
  private static final VarHandle RETIRED;
  private static final VarHandle GIVEN;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RETURNED = lookup.findVarHandle(LeasePool.class, "returned", LeaseEntry.class);
      WAITING = lookup.findVarHandle(LeasePool.class, "waiting", int.class);
      RETIRED = lookup.findVarHandle(LeasePool.class, "retired", int.class);
      GIVEN = lookup.findVarHandle(Waiter.class, "given", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A task that waits; given an entry, or {@link #GONE} by itself, exactly one of them. */
  private static final class Waiter {
    private final Thread thread;

    // Set once by CAS, by the giver or by the waiter that leaves.
    private volatile @Nullable Object given;

    Waiter(Thread thread) {
      this.thread = thread;
    }
  }

  private static final Object GONE = new Object();

  private final WorkerOwner owner;
  private final LocalKey key;
  private final Limits limits;
  private final Supplier<T> make;
  private final Slot.@Nullable Destructor destructor;
  private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();

  // On the worker only.
  private @Nullable LeaseEntry<T> free;
  private int made;

  // Pushed by any worker by CAS, taken whole by getAndSet: no entry is compared twice, so no ABA.
  private volatile @Nullable LeaseEntry<T> returned;

  // Counted by the tasks that wait and those that give; see the class comment.
  private volatile int waiting;

  // Counted by tasks that ended without closing; lets the pool make as many again.
  private volatile int retired;

  LeasePool(
      WorkerOwner owner,
      LocalKey key,
      Limits limits,
      Supplier<T> make,
      Slot.@Nullable Destructor destructor) {
    this.owner = owner;
    this.key = key;
    this.limits = limits;
    this.make = make;
    this.destructor = destructor;
  }

  WorkerOwner owner() {
    return owner;
  }

  LocalKey key() {
    return key;
  }

  /** Takes a value for the current task, which is mounted on this pool's worker. */
  LeaseEntry<T> take(Thread current, TaskScope task) {
    Throwable place = owner.trackNext() ? new Throwable("taken here") : null;
    LeaseEntry<T> entry = free;
    if (entry != null) {
      free = entry.next();
      entry.next(null);
    } else {
      entry = takeSlowly(current);
    }
    entry.hold(current, task, place);
    return entry;
  }

  private LeaseEntry<T> takeSlowly(Thread current) {
    LeaseEntry<T> entry = takeReturned();
    if (entry != null) {
      return entry;
    }
    if (made - retired < limits.bound()) {
      return makeEntry(false);
    }
    return switch (limits.overflow()) {
      case TEMPORARY -> makeEntry(true);
      case FAIL -> throw unavailable("and the local is set to fail");
      case WAIT -> await(current);
    };
  }

  /** Takes all that came home from elsewhere: returns one, keeps the rest; on the worker only. */
  private @Nullable LeaseEntry<T> takeReturned() {
    if (returned == null) {
      return null;
    }
    @SuppressWarnings("unchecked") // the field's type
    LeaseEntry<T> first = (LeaseEntry<T>) RETURNED.getAndSet(this, null);
    if (first != null) {
      free = first.next();
      first.next(null);
    }
    return first;
  }

  /** Makes a value; on the worker only. */
  private LeaseEntry<T> makeEntry(boolean temporary) {
    // Counted first: the initialiser may lease too.
    if (!temporary) {
      made++;
    }
    LeaseEntry<T> entry;
    try {
      entry = new LeaseEntry<>(this, make.get(), temporary, destructor);
    } catch (Throwable e) {
      if (!temporary) {
        made--;
      }
      throw e;
    }
    if (!temporary) {
      owner.made(entry);
      owner.leases().add(entry);
    }
    return entry;
  }

  private LeaseEntry<T> await(Thread current) {
    if (PinnedFrames.present()) {
      throw unavailable(
          "and the task is pinned and must not wait: lease outside of with(), initialisers and"
              + " native frames, or raise the bound");
    }
    Waiter waiter = new Waiter(current);
    waiters.add(waiter);
    WAITING.getAndAdd(this, 1);
    LeaseEntry<T> home = takeReturned();
    if (home != null) {
      if (leaveQueue(waiter)) {
        return home;
      }
      give(home);
    }
    boolean bounded = limits.timeoutNanos() != Long.MAX_VALUE;
    long deadline = bounded ? System.nanoTime() + limits.timeoutNanos() : 0;
    while (waiter.given == null) {
      if (bounded) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          if (leaveQueue(waiter)) {
            throw unavailable("and none came home within " + limits.timeoutNanos() + " ns");
          }
          break;
        }
        LockSupport.parkNanos(this, left);
      } else {
        LockSupport.park(this);
      }
      if (current.isInterrupted() && leaveQueue(waiter)) {
        throw unavailable("and the wait for one was interrupted");
      }
    }
    @SuppressWarnings("unchecked") // only entries are given to a waiter that has not left
    LeaseEntry<T> given = (LeaseEntry<T>) java.util.Objects.requireNonNull(waiter.given);
    return given;
  }

  /** Takes a waiter out, unless it was already given an entry. */
  private boolean leaveQueue(Waiter waiter) {
    if (!GIVEN.compareAndSet(waiter, null, GONE)) {
      return false;
    }
    waiters.remove(waiter);
    WAITING.getAndAdd(this, -1);
    return true;
  }

  /** Gives an entry, closed by the current task, back. */
  void giveBack(LeaseEntry<T> entry) {
    if (entry.temporary()) {
      owner.post(() -> destroyTemporary(entry));
      return;
    }
    if (waiting > 0 && giveToWaiter(entry)) {
      return;
    }
    if (dev.holdfast.slot.Here.worker() == owner) {
      entry.next(free);
      free = entry;
    } else {
      give(entry);
    }
  }

  /** Gives an entry to a waiter or home; from any worker. */
  private void give(LeaseEntry<T> entry) {
    push(entry);
    while (waiting > 0) {
      @SuppressWarnings("unchecked") // the field's type
      LeaseEntry<T> all = (LeaseEntry<T>) RETURNED.getAndSet(this, null);
      if (all == null) {
        return;
      }
      boolean given = true;
      while (all != null) {
        LeaseEntry<T> rest = all.next();
        all.next(null);
        given = given && giveToWaiter(all);
        if (!given) {
          push(all);
        }
        all = rest;
      }
      if (!given) {
        // Counted but gone from the queue: that task is leaving, or is about to be given one.
        return;
      }
    }
  }

  private void push(LeaseEntry<T> entry) {
    LeaseEntry<T> head;
    do {
      head = returned;
      entry.next(head);
    } while (!RETURNED.compareAndSet(this, head, entry));
  }

  private boolean giveToWaiter(LeaseEntry<T> entry) {
    for (Waiter waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
      if (GIVEN.compareAndSet(waiter, null, entry)) {
        WAITING.getAndAdd(this, -1);
        LockSupport.unpark(waiter.thread);
        return true;
      }
    }
    return false;
  }

  /** Takes an entry out of use whose task ended without closing it; it lives until the barrier. */
  void retire(LeaseEntry<T> entry) {
    if (entry.temporary()) {
      owner.post(() -> owner.made(entry));
      return;
    }
    RETIRED.getAndAdd(this, 1);
    if (waiting > 0) {
      owner.post(this::replenish);
    }
  }

  /** Makes a value for a waiter in place of one that was retired; on the worker only. */
  private void replenish() {
    if (waiting > 0 && made - retired < limits.bound()) {
      LeaseEntry<T> entry;
      try {
        entry = makeEntry(false);
      } catch (Throwable e) {
        // The waiters go on waiting for those that are out; the failure is not theirs.
        owner
            .domain()
            .failed(
                new ShutdownReport.Failure(ShutdownReport.Kind.LEASE, key.name(), owner.name(), e));
        return;
      }
      give(entry);
    }
  }

  private void destroyTemporary(LeaseEntry<T> entry) {
    try {
      entry.destroy();
    } catch (Throwable e) {
      owner
          .domain()
          .failed(
              new ShutdownReport.Failure(
                  ShutdownReport.Kind.DESTRUCTOR, key.name(), owner.name(), e));
    } finally {
      owner.madeAndDestroyed();
    }
  }

  private LeaseUnavailableException unavailable(String why) {
    return new LeaseUnavailableException(
        "no lease of local '"
            + key
            + "' on "
            + owner.name()
            + ": all "
            + limits.bound()
            + " values are out, "
            + why);
  }
}
