// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.Forms;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LeaseStock;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskMember;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The values of one local on one worker that are made to be leased.
 *
 * <p>Free values are in three places. The one used last stays in {@code recent} and has a flag that
 * says whether it is home, so that taking it and giving it back write to nothing else here, nor
 * read: while somebody waits, none has that flag. The others lie in the stack {@code free}. Both
 * are touched on the worker only, and so without any fence. In the stack {@code returned} other
 * workers push what comes home from tasks that have moved.
 *
 * <p>A task that waits first queues itself and then looks once more at {@code returned} and {@code
 * retired}; who returns or retires a value elsewhere first does that and then looks at the queue.
 * All are volatile, so that one of the two sees the other. Who takes values out of {@code returned}
 * gives them to those that wait before anything else, and looks at the queue again after it has put
 * one back. What is returned on the worker itself needs no such care, for only there a task begins
 * to wait: so while {@code recent} or {@code free} has a value, nobody waits.
 */
final class LeasePool<T> implements LeaseStock {

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
  private static final VarHandle RETIRED_ELSEWHERE;
  private static final VarHandle GIVEN;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RETURNED = lookup.findVarHandle(LeasePool.class, "returned", LeaseEntry.class);
      WAITING = lookup.findVarHandle(LeasePool.class, "waiting", int.class);
      RETIRED = lookup.findVarHandle(LeasePool.class, "retired", int.class);
      RETIRED_ELSEWHERE =
          lookup.findVarHandle(LeasePool.class, "retiredElsewhere", LeaseEntry.class);
      GIVEN = lookup.findVarHandle(Waiter.class, "given", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A task that waits; given an entry or a failure, or {@link #GONE} by itself, once. */
  private static final class Waiter {
    private final Thread thread;

    // Set once by CAS, by the giver or by the waiter that leaves.
    private volatile @Nullable Object given;

    Waiter(Thread thread) {
      this.thread = thread;
    }
  }

  private static final Object GONE = new Object();

  /** What a waiter is given when the initialiser threw that ran for it. */
  private record Failed(Throwable cause) {}

  private final WorkerOwner owner;
  private final LocalKey key;
  private final Forms forms;
  private final Limits limits;

  // On the worker only. Forgotten when the class loader of their code is released.
  private @Nullable Supplier<T> make;
  private Slot.@Nullable Destructor destructor;

  private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();

  // On the worker only. An entry that is home in `recent` is not in `free`, and `recent` changes
  // only while it is not home.
  private @Nullable LeaseEntry<T> recent;
  private @Nullable LeaseEntry<T> free;
  private int made;
  private int temporaries;

  // Pushed by any worker by CAS, taken whole by getAndSet: no entry is compared twice, so no ABA.
  private volatile @Nullable LeaseEntry<T> returned;

  // Counted by the tasks that wait and those that give; see the class comment.
  private volatile int waiting;

  // Counted by tasks that ended without closing; lets the pool make as many again.
  private volatile int retired;

  // Those of them that ended elsewhere, until the worker makes another value; as `returned`.
  private volatile @Nullable LeaseEntry<T> retiredElsewhere;

  LeasePool(
      WorkerOwner owner,
      LocalKey key,
      Forms forms,
      Limits limits,
      Supplier<T> make,
      Slot.@Nullable Destructor destructor) {
    this.owner = owner;
    this.key = key;
    this.forms = forms;
    this.limits = limits;
    this.make = make;
    this.destructor = destructor;
  }

  /** Counts what lies here: who gave a value back has ordered its use before. */
  @Override
  public boolean isAtRest() {
    collect();
    if (waiting != 0 || temporaries != 0) {
      return false;
    }
    LeaseEntry<T> last = recent;
    int home = last != null && last.isHome() ? 1 : 0;
    for (LeaseEntry<T> each = free; each != null; each = each.next()) {
      home++;
    }
    return home == made - retired;
  }

  @Override
  public void seal() {
    make = null;
    destructor = null;
  }

  WorkerOwner owner() {
    return owner;
  }

  LocalKey key() {
    return key;
  }

  /** Takes a value for the current task, which is mounted on this pool's worker. */
  LeaseEntry<T> take(Thread current, TaskScope task) {
    return take(current, task, null);
  }

  /**
   * Takes a value for the current task, which is on this pool's worker.
   *
   * @param member what the task is in the owned tier, or null: it leaves the worker while it waits
   */
  LeaseEntry<T> take(Thread current, TaskScope task, @Nullable TaskMember member) {
    long now = owner.now();
    Throwable place = owner.tracks(now) ? new Throwable("taken here") : null;
    LeaseEntry<T> entry = takeFree();
    if (entry == null) {
      entry = takeSlowly(current, member);
    }
    entry.hold(current, task, now, place);
    return entry;
  }

  private @Nullable LeaseEntry<T> takeFree() {
    LeaseEntry<T> last = recent;
    if (last != null && last.isHome()) {
      last.out();
      return last;
    }
    LeaseEntry<T> entry = free;
    if (entry != null) {
      free = entry.next();
      entry.next(null);
      recent(entry);
    }
    return entry;
  }

  /**
   * Makes an entry that is out the one used last, unless somebody waits: it must come home by way
   * of {@link #giveBack} then.
   */
  private void recent(LeaseEntry<T> entry) {
    if (waiting == 0) {
      forgetRecent();
      recent = entry;
      entry.out();
      forms.lease(entry);
    }
  }

  private void forgetRecent() {
    LeaseEntry<T> last = recent;
    if (last != null) {
      last.notRecent();
      recent = null;
      forms.lease(null);
    }
  }

  private void keep(LeaseEntry<T> entry) {
    if (entry == recent) {
      entry.home();
    } else {
      entry.next(free);
      free = entry;
    }
  }

  private LeaseEntry<T> takeSlowly(Thread current, @Nullable TaskMember member) {
    collect();
    LeaseEntry<T> entry = takeFree();
    if (entry != null) {
      return entry;
    }
    if (made - retired < limits.bound()) {
      return makeEntry(false);
    }
    // No switch: its table would be initialised at the first overflow, in a task.
    if (limits.overflow() == LeaseOverflow.TEMPORARY) {
      return makeEntry(true);
    }
    if (limits.overflow() == LeaseOverflow.FAIL) {
      throw unavailable("and the local is set to fail");
    }
    return await(current, member);
  }

  /** Takes in what came home from elsewhere: for those that wait, or free; on the worker only. */
  private void collect() {
    if (returned == null) {
      return;
    }
    LeaseEntry<T> all = takeAll(RETURNED);
    while (all != null) {
      LeaseEntry<T> rest = all.next();
      giveOrKeep(all);
      all = rest;
    }
  }

  private void giveOrKeep(LeaseEntry<T> entry) {
    if (waiting == 0 || !giveToWaiter(entry)) {
      keep(entry);
    }
  }

  @SuppressWarnings("unchecked") // the type of both fields
  private @Nullable LeaseEntry<T> takeAll(VarHandle list) {
    return (LeaseEntry<T>) list.getAndSet(this, null);
  }

  /** Makes a value; on the worker only. */
  private LeaseEntry<T> makeEntry(boolean temporary) {
    unlistRetired();
    // Counted first: the initialiser may lease too.
    if (temporary) {
      temporaries++;
    } else {
      made++;
    }
    try {
      // Its entry and place are made before the value: for what comes after there must be no want
      // of memory, nor of stack where the initialiser had enough, or nobody would destroy it.
      LeaseEntry<T> entry = new LeaseEntry<>(this, temporary, destructor);
      owner.leases().add(entry);
      fill(entry);
      if (!temporary) {
        owner.made(entry);
        if (recent == null) {
          recent(entry);
        }
      }
      return entry;
    } catch (Throwable e) {
      if (temporary) {
        temporaries--;
      } else {
        made--;
      }
      throw e;
    }
  }

  /** Lets the ends of tasks look no more at what was retired elsewhere; on the worker only. */
  private void unlistRetired() {
    if (retiredElsewhere != null) {
      LeaseEntry<T> all = takeAll(RETIRED_ELSEWHERE);
      while (all != null) {
        LeaseEntry<T> rest = all.next();
        all.next(null);
        owner.retire(all);
        all = rest;
      }
    }
  }

  private void fill(LeaseEntry<T> entry) {
    try {
      entry.made(Objects.requireNonNull(make).get());
    } catch (Throwable e) {
      Registry.remove(entry);
      throw e;
    }
  }

  private LeaseEntry<T> await(Thread current, @Nullable TaskMember member) {
    // Who queues must be able to leave the queue again.
    StackRoom.ensure();
    boolean asks = member == null && Suspension.isKnownOn(owner);
    if (!asks && PinnedFrames.present()) {
      throw pinned();
    }
    boolean bounded = limits.timeoutNanos() != Long.MAX_VALUE;
    long deadline = bounded ? System.nanoTime() + limits.timeoutNanos() : 0;
    Waiter waiter = new Waiter(current);
    // It is out, or it would have been taken; from now on its close has to look for this one.
    forgetRecent();
    waiters.add(waiter);
    WAITING.getAndAdd(this, 1);
    collect();
    if (made - retired < limits.bound() && leaveQueue(waiter)) {
      return makeEntry(false);
    }
    if (member == null) {
      if (asks) {
        suspend(waiter);
      }
      return await(waiter, bounded, deadline);
    }
    member.leave();
    try {
      return await(waiter, bounded, deadline);
    } finally {
      // Perhaps onto another worker; the entry is from this one all the same.
      member.enter();
    }
  }

  private LeaseUnavailableException pinned() {
    return unavailable(
        "and the task is pinned and must not wait: lease outside of with(), initialisers and"
            + " native frames, or raise the bound");
  }

  /**
   * Suspends the current task for a moment, if possible; else it leaves the queue, unless it was
   * given an entry or a failure first.
   */
  private void suspend(Waiter waiter) {
    try {
      if (!Suspension.happens(waiter.thread, owner) && leaveQueue(waiter)) {
        throw pinned();
      }
    } catch (StackOverflowError e) {
      if (leaveQueue(waiter)) {
        throw e;
      }
    }
  }

  private LeaseEntry<T> await(Waiter waiter, boolean bounded, long deadline) {
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
      if (waiter.thread.isInterrupted() && leaveQueue(waiter)) {
        throw unavailable("and the wait for one was interrupted");
      }
    }
    Object given = Objects.requireNonNull(waiter.given);
    if (given instanceof Failed failed) {
      throw Handover.<RuntimeException>sneak(failed.cause);
    }
    @SuppressWarnings("unchecked") // all else that is given to a waiter that has not left
    LeaseEntry<T> entry = (LeaseEntry<T>) given;
    return entry;
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
      try {
        call(() -> destroyTemporary(entry));
      } catch (VirtualMachineError e) {
        // There is no memory for the call: the value is destroyed later, with the worker's others.
        keepForBarrier(entry);
      }
      return;
    }
    if (Here.worker() == owner) {
      giveOrKeep(entry);
    } else if (owner.tryEnter(this)) {
      try {
        giveOrKeep(entry);
      } finally {
        owner.leave();
      }
    } else {
      give(entry);
    }
  }

  /** Gives an entry to a waiter or home; from any worker. */
  private void give(LeaseEntry<T> entry) {
    push(entry);
    while (!waiters.isEmpty()) {
      LeaseEntry<T> all = takeAll(RETURNED);
      if (all == null) {
        return;
      }
      while (all != null) {
        LeaseEntry<T> rest = all.next();
        if (!giveToWaiter(all)) {
          push(all);
        }
        all = rest;
      }
    }
  }

  private void push(LeaseEntry<T> entry) {
    push(entry, RETURNED);
  }

  @SuppressWarnings("unchecked") // the type of both fields
  private void push(LeaseEntry<T> entry, VarHandle list) {
    LeaseEntry<T> head;
    do {
      head = (LeaseEntry<T>) list.getVolatile(this);
      entry.next(head);
    } while (!list.compareAndSet(this, head, entry));
  }

  private boolean giveToWaiter(Object given) {
    for (Waiter waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
      if (GIVEN.compareAndSet(waiter, null, given)) {
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
      keepForBarrier(entry);
      return;
    }
    if (Here.worker() == owner) {
      owner.retire(entry);
    } else {
      push(entry, RETIRED_ELSEWHERE);
    }
    RETIRED.getAndAdd(this, 1);
    if (!waiters.isEmpty()) {
      call(this::replenish);
    }
  }

  /** Leaves a temporary value, which no one uses any more, to the worker's end. */
  private void keepForBarrier(LeaseEntry<T> entry) {
    if (Here.worker() == owner) {
      temporaries--;
      owner.made(entry);
      owner.retire(entry);
    } else {
      call(() -> {
        temporaries--;
        owner.made(entry);
        owner.retire(entry);
      });
    }
  }

  /**
   * Runs an action on the worker's thread, for nobody who waits: counted, so that the barrier is
   * not reached before. By a task of the runtime, or by a worker at its end.
   */
  private void call(Runnable action) {
    WorkerOwner on = Here.worker();
    WorkerOwner here = on != null && on.domain() == owner.domain() ? on : null;
    if (here != null) {
      here.callPosted();
    } else {
      owner.domain().guardOpenedOutside();
    }
    try {
      owner.post(() -> {
        try {
          action.run();
        } finally {
          owner.callEnded();
        }
      });
    } catch (Throwable e) {
      if (here != null) {
        here.callEnded();
      } else {
        owner.domain().guardClosedOutside();
      }
      throw e;
    }
  }

  /** Makes values for those that wait in place of what was retired; on the worker only. */
  private void replenish() {
    while (!waiters.isEmpty() && made - retired < limits.bound()) {
      LeaseEntry<T> entry;
      try {
        entry = makeEntry(false);
      } catch (Throwable e) {
        // For one of them, as if it had made the value itself; the next one is another attempt.
        giveToWaiter(new Failed(e));
        continue;
      }
      giveOrKeep(entry);
    }
  }

  private void destroyTemporary(LeaseEntry<T> entry) {
    temporaries--;
    try {
      entry.destroy();
    } catch (Throwable e) {
      owner.domain().failed(key.failed(owner.name(), e));
    } finally {
      owner.madeAndDestroyed();
      key.destroyed(entry);
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
