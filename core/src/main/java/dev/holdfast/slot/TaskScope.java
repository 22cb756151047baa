// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/**
 * What a task is to locals: a name, the owner of its values, and a list of what it must give back
 * before it ends.
 */
public interface TaskScope {

  /** Returns the name of the task. */
  String name();

  /** Returns what messages and reports call it. */
  default String title() {
    return "task '" + name() + "'";
  }

  /** Returns the runtime that counts the task. */
  Domain domain();

  /** Returns the owner of the task's values, or null if it has none; on that owner only. */
  @Nullable TaskOwner values();

  /** Sets what {@link #values()} returns; on the owner only. */
  void values(@Nullable TaskOwner owner);

  /**
   * Returns the owner of what ends with the task itself and with no part of it, making it if need
   * be; on the task's thread.
   */
  default TaskOwner whole() {
    TaskOwner owner = values();
    if (owner == null) {
      owner = new TaskOwner(this, null);
      values(owner);
    }
    for (TaskOwner outer = owner.outer(); outer != null; outer = owner.outer()) {
      owner = outer;
    }
    return owner;
  }

  /** Begins a part of the task, which makes the values from now on; on the task's thread. */
  default TaskOwner begin() {
    if (endsOnItsThread()) {
      // Before a part of it, so that it can be the owner of what outlives the part.
      whole();
    }
    TaskOwner part = new TaskOwner(this, values());
    values(part);
    return part;
  }

  /** Destroys the values of a part, and goes back to what it is a part of. */
  default void finish(TaskOwner part) {
    try {
      part.end();
    } finally {
      values(part.outer());
    }
  }

  /**
   * Takes values from the task that starts this one; by the thread of that task, before this one
   * runs. They stay within a runtime. If a copy fails, what was taken so far is there.
   *
   * @param starter what the thread is, or null
   */
  default void inherit(@Nullable TaskScope starter) {
    TaskOwner parent = starter == null ? null : starter.values();
    if (parent == null || parent.domain() != domain()) {
      return;
    }
    for (Slot slot : parent.heritable()) {
      TaskOwner heir = values();
      if (heir == null) {
        heir = new TaskOwner(this, null);
        values(heir);
      }
      if (slot.destructor() instanceof Slot.Heritable destructor) {
        destructor.passOn(slot, heir);
      }
    }
  }

  /** Returns the head of the list; used by the task's own thread only. */
  @Nullable Held held();

  /** Sets the head of the list; used by the task's own thread only. */
  void held(@Nullable Held head);

  /** Says whether it has to give back something of a loader's locals; on the task's own thread. */
  default boolean holds(Origin origin) {
    for (Held each = held(); each != null; each = each.older()) {
      if (WorkerOwner.holdsOf(each, origin)) {
        return true;
      }
    }
    return false;
  }

  /** Says whether its end is a call of its own thread, before its outcome can be seen. */
  default boolean endsOnItsThread() {
    return false;
  }

  /** Tells which thread the task is, if that was not known; called by that thread. */
  default void shown(Thread thread) {}

  /** Takes what is still held from the task: called once, on the task's thread, at its end. */
  default void abandonHeld() {
    for (Held held = held(); held != null; held = held()) {
      held.leave(this);
      held.abandoned();
    }
  }

  /**
   * Destroys the task's values, then takes from it what it still holds: a value may hold a lease,
   * which its destructor closes. On the task's thread, at its end; what comes after can be ended by
   * another call.
   */
  default void end() {
    try {
      TaskOwner owner = values();
      if (owner != null) {
        owner.end();
      }
    } finally {
      abandonHeld();
    }
  }
}
