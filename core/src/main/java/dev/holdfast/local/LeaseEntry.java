// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.sanitizer.Unclosed;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Destructible;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Leased;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A value made for leases, and the lease of it: home in its pool, or held by one task. */
final class LeaseEntry<T> extends Registry.Placed implements Lease<T>, Destructible, Leased {

  // What `recent` can be: this is not the one, or it is and is out, or is home.
  private static final byte NOT = 0;
  private static final byte OUT = 1;
  private static final byte HOME = 2;

  private final LeasePool<T> pool;

  // Of the pool; here to be near.
  private final WorkerOwner worker;
  private final Thread thread;

  private final boolean temporary;

  // Forgotten with the value: who keeps a lease must not keep the destructor's code.
  private Slot.@Nullable Destructor destructor;

  // Set once, on the worker, before the entry is leased. Cleared by the destructor alone.
  private @Nullable T value;

  // The id of the holding thread, 0 for none. Written by the holder as it takes and gives back.
  // Another thread compares it with its own, and can find that there only if it wrote it; so it is
  // read plainly. Not the thread itself: to store a reference costs the collector's barriers.
  private long holder;

  // What the entry is to its pool's `recent`. On the worker only.
  private byte recent;

  // Written by the holder as it takes; read by reports, which may be late. Of the task there is the
  // name alone: a reference to what is younger costs a fence with each store, and one that stays
  // would keep the task. Most tasks have the same name, none.
  private String taker = "";
  private boolean ofTask;
  private long since;
  private @Nullable Throwable place;

  // The next entry of the pool's list that this one is in. Written by who puts it there, read by
  // who takes it out, ordered by the list's own head.
  private @Nullable LeaseEntry<T> next;

  // What the sanitiser recorded of the value. Set by the pool with it, or by the first holder that
  // is tracked; read by messages and reports.
  private @Nullable History history;

  // Of the worker's stack.
  private @Nullable Destructible below;

  LeaseEntry(LeasePool<T> pool, boolean temporary, Slot.@Nullable Destructor destructor) {
    this.pool = pool;
    this.worker = pool.owner();
    this.thread = worker.thread();
    this.temporary = temporary;
    this.destructor = destructor;
  }

  @Override
  public T get() {
    T held = value;
    if (holder != Thread.currentThread().threadId() || held == null) {
      throw misuse("used");
    }
    return held;
  }

  @Override
  public void close() {
    Thread current = Thread.currentThread();
    if (holder != current.threadId()) {
      if (holder == 0) {
        return;
      }
      throw misuse("closed");
    }
    TaskScope task = Here.madeAs(current);
    // `recent` is the worker's, and so read once it is clear that this is the worker.
    if (task == null
        || VirtualThreads.carrier(current) != thread
        || recent != OUT
        || place != null) {
      closeElsewise(current);
      return;
    }
    // The count last: if the stack ends there, it is too high, which costs a look at the task's
    // end.
    holder = 0;
    recent = HOME;
    task.leases(task.leases() - 1);
  }

  private void closeElsewise(Thread current) {
    release();
    pool.giveBack(this);
    TaskScope task = Here.task(current);
    if (task != null) {
      task.leases(task.leases() - 1);
    }
  }

  @Override
  public long holder() {
    return holder;
  }

  @Override
  public void abandoned() {
    ShutdownReport.Holder leak;
    Unclosed taking = tracked();
    try {
      leak = describe(pool.owner().domain().now());
    } finally {
      // Also when there is no memory to describe it with.
      release();
      pool.retire(this);
    }
    boolean first = taking == null || taking.abandon();
    if (leak != null && first) {
      pool.owner().domain().leaked(leak, history);
    }
  }

  /** Sets the value; once, on the worker. */
  void made(T made) {
    value = made;
    if (Sanitizer.ALL || (Sanitizer.ON && !temporary)) {
      history = History.begun("made to be leased");
    }
  }

  /** Returns the history of the value, or null if there is no room for one; under the sanitiser. */
  @Nullable History history() {
    History known = history;
    if (known == null) {
      known = History.begun("first seen by the sanitiser");
      history = known;
    }
    return known;
  }

  /** This was taken by the current task, and that is tracked. */
  Unclosed taken(Object handle, History past) {
    Unclosed taking =
        past.taken(
            ShutdownReport.Kind.LEASE, handle, worker.domain().unclosed(), name(), owner(holder));
    past.lease(taking);
    return taking;
  }

  /** Returns what tracks the lease that is open, or null. */
  private @Nullable Unclosed tracked() {
    History known = history;
    Unclosed last = known == null ? null : known.lease();
    return last != null && last.isOut() ? last : null;
  }

  /** Returns the worker that the value belongs to. */
  WorkerOwner worker() {
    return worker;
  }

  /** Says whether the current thread holds this. */
  boolean isHeldHere() {
    return holder == Thread.currentThread().threadId();
  }

  /**
   * Gives this entry to the current thread if that needs no look at anything else; on the worker
   * only.
   */
  boolean isTaken(Thread current, TaskScope by) {
    if (recent != HOME) {
      return false;
    }
    long now = worker.now();
    if (worker.isToTrack(now)) {
      return false;
    }
    recent = OUT;
    hold(current, by, now, null);
    return true;
  }

  /** Gives this entry to the current thread. */
  void hold(Thread current, TaskScope by, long now, @Nullable Throwable at) {
    // First: if the stack ends here, it is too high, which costs a look at the task's end.
    by.leases(by.leases() + 1);
    holder = current.threadId();
    since = now;
    ofTask = by.endsOnItsThread();
    // Mostly these two are as they were, and a store of a reference costs the collector's barriers.
    String name = current.getName();
    if (taker != name) {
      taker = name;
    }
    if (at != null) {
      place = at;
    }
  }

  private void release() {
    holder = 0;
    if (place != null) {
      place = null;
    }
  }

  boolean temporary() {
    return temporary;
  }

  boolean isHome() {
    return recent == HOME;
  }

  void home() {
    recent = HOME;
  }

  void out() {
    recent = OUT;
  }

  void notRecent() {
    recent = NOT;
  }

  @Nullable LeaseEntry<T> next() {
    return next;
  }

  void next(@Nullable LeaseEntry<T> entry) {
    next = entry;
  }

  @Override
  public LocalKey key() {
    return pool.key();
  }

  @Override
  public boolean keeps(Origin origin) {
    return origin.isKeptBy(value);
  }

  @Override
  public void destroy() throws Throwable {
    T last = value;
    value = null;
    // What is destroyed is held by no list any more.
    Registry.remove(this);
    Slot.Destructor run = destructor;
    destructor = null;
    if (Sanitizer.ON && history != null) {
      history.ended(worker.endedBy());
    }
    if (run != null && last != null) {
      run.destroy(last);
    }
  }

  @Override
  public @Nullable Destructible below() {
    return below;
  }

  @Override
  public void below(@Nullable Destructible older) {
    below = older;
  }

  @Override
  public ShutdownReport.@Nullable Holder describe(long now) {
    long by = holder;
    if (by == 0) {
      return null;
    }
    Unclosed taking = tracked();
    if (taking != null) {
      return taking.describe(now);
    }
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.LEASE,
        name(),
        owner(by),
        Duration.ofNanos(Math.max(0, now - since)),
        Caller.place(place));
  }

  /** Returns the name of the task that has, or had, taken this. */
  private String taker(long id) {
    return Caller.taskName(taker, ofTask, id);
  }

  private String owner(long id) {
    return "task '" + taker(id) + "' on " + pool.owner().name();
  }

  private EscapedReferenceException misuse(String verb) {
    long by = holder;
    return misuse(
        verb,
        (by == 0
            ? " after it was closed: use a lease inside its try-with-resources only"
            : ", but task '"
                + taker(by)
                + "' holds it: a lease belongs to the task that took it; take another there"
                + Caller.toldPlace(place)));
  }

  /** Says that a lease of this was used after its close, while somebody has another lease of it. */
  EscapedReferenceException stale(String verb) {
    return misuse(
        verb,
        " after it was closed, and its value leased again by task '"
            + taker(holder)
            + "': use a lease inside its try-with-resources only");
  }

  private EscapedReferenceException misuse(String verb, String why) {
    return new EscapedReferenceException(
        "the lease of local '"
            + name()
            + "' of "
            + pool.owner().name()
            + " was "
            + verb
            + " on "
            + Caller.describe(Thread.currentThread())
            + why
            + History.told(history));
  }

  @Override
  public String toString() {
    long by = holder;
    return "Lease["
        + name()
        + " of "
        + pool.owner().name()
        + (by == 0 ? ", closed]" : ", held by " + taker(by) + "]");
  }
}
