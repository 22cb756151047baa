// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An open or closed guard, and its place in the list of the worker it was taken on. */
final class GuardEntry<T> implements Guard<T>, Registry.Entry, Holder {

  private static final VarHandle CLOSED;

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(GuardEntry.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Slot slot;
  private final WorkerOwner worker;
  private final TaskScope task;
  private final long since;

  // Forgotten by who closes: it knows the classes on the stack, and would keep their loaders.
  // Read by reports, which may be late: plain.
  private @Nullable Throwable place;

  // Set once by CAS: of several threads that close, one gives the count back.
  private volatile boolean closed;

  // Written by the worker the guard is taken on before the guard is returned; read by who closes.
  private Object[] chunk = Registry.NOWHERE;
  private int index;

  GuardEntry(Slot slot, WorkerOwner worker, TaskScope task, long now, @Nullable Throwable place) {
    this.slot = slot;
    this.worker = worker;
    this.task = task;
    this.since = now;
    this.place = place;
  }

  @Override
  @SuppressWarnings("unchecked") // the slot was made by the local of this type
  public T get() {
    Object value = slot.value();
    if (closed || value == null) {
      throw new EscapedReferenceException(
          "the guard of local '"
              + slot.key()
              + "' taken by task '"
              + task.name()
              + "' was used on "
              + Caller.describe(Thread.currentThread())
              + " after it was closed: close a guard after its last use");
    }
    return (T) value;
  }

  @Override
  public void close() {
    // Whole, or not at all: one that is closed and still counted would hold the barrier for ever.
    StackRoom.ensure();
    if (closed || !CLOSED.compareAndSet(this, false, true)) {
      return;
    }
    place = null;
    Registry.remove(this);
    WorkerOwner here = Here.worker();
    if (here != null && here.domain() == worker.domain()) {
      here.guardClosed();
    } else {
      worker.domain().guardClosedOutside();
    }
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
  public LocalKey key() {
    return slot.key();
  }

  @Override
  public ShutdownReport.Holder describe(long now) {
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.GUARD,
        slot.name(),
        "task '" + task.name() + "' on " + worker.name(),
        Duration.ofNanos(Math.max(0, now - since)),
        Caller.place(place));
  }

  @Override
  public String toString() {
    return "Guard[" + slot.key() + " of " + worker.name() + (closed ? ", closed]" : "]");
  }
}
