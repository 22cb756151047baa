// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Unclosed;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.GuardSpot;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a guard is open: what the barrier and reports see of it.
 *
 * <p>A slot has one place that is used again and again, for one guard at a time. It stays in the
 * list of its worker, and whether it is open is asked of it alone: so a guard that is opened and
 * closed on its worker takes no atomic operation, no fence and no store of a reference. A guard
 * that is opened while another of the slot is open has a place of its own, which is listed and
 * counted as it is opened and closed.
 *
 * <p>A place counts its openings: odd while it is open. Who closes says which opening he means. On
 * the worker that is a read and a store, elsewhere a compare-and-set. The two may meet, if a guard
 * is closed twice at the same time: both then set the same number. As only the worker opens it
 * again, after its own store, neither can close a later opening.
 */
final class GuardPlace extends Registry.Placed implements GuardSpot {

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(GuardPlace.class, "state", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Slot slot;
  private final WorkerOwner worker;

  // The thread on which it is closed by a store, or null if it is not used again.
  private final @Nullable OwnerThread home;

  // Opened on the worker, closed by any, read by all. Written with release and read with acquire:
  // who sees a guard closed also sees what was done under it.
  private long state;

  // Of the opening, written on the worker before it; read by reports, which may be late: plain. No
  // reference to the task, which would cost a fence with each store, and keep the task.
  private long since;
  private long takerId;
  private String taker = "";
  private boolean ofTask;

  // As above; of a place that is not used again, and forgotten by who closes it: it knows the
  // classes on the stack, and would keep their loaders.
  private @Nullable Throwable taken;

  // The last guard that the sanitiser tracks. Written by its task once it is open, read by reports,
  // which may be late: plain. It is asked itself whether it is out.
  private @Nullable Unclosed tracked;

  /**
   * Makes a place that is closed.
   *
   * @param home the worker's thread if it is to be used again and again, null for one guard
   * @param taken where it is taken, if that was recorded
   */
  GuardPlace(Slot slot, WorkerOwner worker, @Nullable OwnerThread home, @Nullable Throwable taken) {
    this.slot = slot;
    this.worker = worker;
    this.home = home;
    this.taken = taken;
  }

  /** Returns the slot whose value is guarded. */
  Slot slot() {
    return slot;
  }

  /** Returns the worker that it is the slot of. */
  WorkerOwner worker() {
    return worker;
  }

  /** Returns the number of the opening that comes next; on the worker only, while it is closed. */
  long nextOpening() {
    return state + 1;
  }

  /** Says who is about to open it; on the worker only, while it is closed. */
  void prepare(Thread current, TaskScope task, long now) {
    since = now;
    takerId = current.threadId();
    ofTask = task.endsOnItsThread();
    String name = current.getName();
    if (taker != name) {
      taker = name;
    }
  }

  /**
   * Opens it; on the worker only, in a task that is itself counted. The guard is made already: once
   * this is open, nothing may fail.
   */
  void open() {
    STATE.setRelease(this, state + 1);
    if (home == null) {
      worker.guardOpened(this);
    }
  }

  /** Says whether an opening has not been closed; any thread. */
  boolean isOpen(long opening) {
    return (long) STATE.getAcquire(this) == opening;
  }

  @Override
  public boolean isOpen() {
    return ((long) STATE.getAcquire(this) & 1) != 0;
  }

  /**
   * Closes an opening, if that is open; any thread.
   *
   * @param platform the thread that runs the current code
   */
  void close(long opening, @Nullable Thread platform) {
    if (platform == home && platform != null) {
      // Whoever runs here is on the worker: nobody else is, and nobody opens it in between.
      if (state == opening) {
        STATE.setRelease(this, opening + 1);
      }
    } else {
      closeElsewhere(opening);
    }
  }

  private void closeElsewhere(long opening) {
    // Whole, or not at all: one that is closed and still counted would hold the barrier for ever.
    StackRoom.ensure();
    if (!isOpen(opening) || !STATE.compareAndSet(this, opening, opening + 1)) {
      return;
    }
    if (home != null) {
      worker.domain().released();
      return;
    }
    taken = null;
    Registry.remove(this);
    WorkerOwner here = Here.worker();
    if (here != null && here.domain() == worker.domain()) {
      here.guardClosed();
    } else {
      worker.domain().guardClosedOutside();
    }
  }

  /** The guard that was opened here is tracked; by the task that took it. */
  Unclosed taken(Object handle, History history) {
    Unclosed taking =
        history.taken(
            ShutdownReport.Kind.GUARD, handle, worker.domain().unclosed(), slot.name(), owner());
    tracked = taking;
    return taking;
  }

  /** Returns the name of the task that an opening was of, if it is closed and was the last one. */
  @Nullable String takerOf(long opening) {
    String name = taker();
    return (long) STATE.getAcquire(this) == opening + 1 ? name : null;
  }

  private String taker() {
    return Caller.taskName(taker, ofTask, takerId);
  }

  private String owner() {
    return "task '" + taker() + "' on " + worker.name();
  }

  @Override
  public LocalKey key() {
    return slot.key();
  }

  @Override
  public ShutdownReport.@Nullable Holder describe(long now) {
    if (!isOpen()) {
      return null;
    }
    Unclosed taking = tracked;
    if (taking != null && taking.isOut()) {
      return taking.describe(now);
    }
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.GUARD,
        slot.name(),
        owner(),
        Duration.ofNanos(Math.max(0, now - since)),
        Caller.place(taken));
  }
}
