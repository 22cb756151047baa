// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Destructible;
import dev.holdfast.slot.Held;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskScope;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A value made for leases, and the lease of it: home in its pool, or held by one task. */
final class LeaseEntry<T> extends Held implements Lease<T>, Destructible, Registry.Entry, Holder {

  private final LeasePool<T> pool;
  private final boolean temporary;

  // Forgotten with the value: who keeps a lease must not keep the destructor's code.
  private Slot.@Nullable Destructor destructor;

  // Set once, on the worker, before the entry is leased. Cleared by the destructor alone.
  private @Nullable T value;

  // The id of the holding thread, 0 for none. Written by the holder as it takes and gives back.
  // Another thread compares it with its own, and can find that there only if it wrote it; so it is
  // read plainly. Not the thread itself: to store a reference costs the collector's barriers.
  private long holder;

  // Whether the entry is home in its pool's `recent`. On the worker only.
  private boolean home;

  // Written by the holder as it takes; read by the holder, and by reports, which may be late.
  private @Nullable TaskScope task;
  private long since;
  private @Nullable Throwable place;

  // The next entry of the pool's list that this one is in. Written by who puts it there, read by
  // who takes it out, ordered by the list's own head.
  private @Nullable LeaseEntry<T> next;

  // Of the worker's stack.
  private @Nullable Destructible below;

  // Written by the pool's worker when the entry is made.
  private Object[] chunk = Registry.NOWHERE;
  private int index;

  LeaseEntry(LeasePool<T> pool, boolean temporary, Slot.@Nullable Destructor destructor) {
    this.pool = pool;
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
    long taker = holder;
    if (taker == 0) {
      return;
    }
    TaskScope from = task;
    if (taker != Thread.currentThread().threadId() || from == null) {
      throw misuse("closed");
    }
    leave(from);
    release();
    pool.giveBack(this);
  }

  @Override
  protected void abandoned() {
    ShutdownReport.Holder leak;
    try {
      leak = describe(pool.owner().domain().now());
    } finally {
      // Also when there is no memory to describe it with.
      release();
      pool.retire(this);
    }
    if (leak != null) {
      pool.owner().domain().leaked(leak);
    }
  }

  /** Sets the value; once, on the worker. */
  void made(T made) {
    value = made;
  }

  /** Gives this entry to the current thread. */
  void hold(Thread current, TaskScope by, long now, @Nullable Throwable at) {
    holder = current.threadId();
    task = by;
    since = now;
    // Mostly it is null and stays so, and a store of a reference costs the collector's barriers.
    if (at != null) {
      place = at;
    }
    join(by);
  }

  private void release() {
    holder = 0;
    task = null;
    if (place != null) {
      place = null;
    }
  }

  boolean temporary() {
    return temporary;
  }

  boolean isHome() {
    return home;
  }

  void home(boolean is) {
    home = is;
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
  public void placed(Object[] inChunk, int atIndex) {
    chunk = inChunk;
    index = atIndex;
  }

  @Override
  public Object[] chunk() {
    return chunk;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public ShutdownReport.@Nullable Holder describe(long now) {
    TaskScope by = task;
    if (holder == 0 || by == null) {
      return null;
    }
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.LEASE,
        name(),
        "task '" + by.name() + "' on " + pool.owner().name(),
        Duration.ofNanos(Math.max(0, now - since)),
        Caller.place(place));
  }

  private EscapedReferenceException misuse(String verb) {
    TaskScope by = task;
    return new EscapedReferenceException(
        "the lease of local '"
            + name()
            + "' of "
            + pool.owner().name()
            + " was "
            + verb
            + " on "
            + Caller.describe(Thread.currentThread())
            + (by == null
                ? " after it was closed: use a lease inside its try-with-resources only"
                : ", but task '"
                    + by.name()
                    + "' holds it: a lease belongs to the task that took it; take another there"));
  }

  @Override
  public String toString() {
    TaskScope by = task;
    return "Lease["
        + name()
        + " of "
        + pool.owner().name()
        + (by == null ? ", closed]" : ", held by " + by.name() + "]");
  }
}
