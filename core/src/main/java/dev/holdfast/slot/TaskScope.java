// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a task is to locals: a name, the owner of its values, and whether it has something to give
 * back before it ends.
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

  /**
   * Returns how many leases it has open, or more if the end of the stack has kept one from being
   * counted down; used by the task's own thread only.
   *
   * <p>A number, and no list: to link an open lease into one takes two stores of references into
   * objects that are old to the collector, each with a fence. Which leases they are is looked up at
   * the end of a task that has some, which is a leak.
   */
  int leases();

  /** Sets what {@link #leases()} returns; used by the task's own thread only. */
  void leases(int count);

  /** Says whether what a thread took is this task's to give back; on the task's own thread. */
  default boolean answersFor(long threadId) {
    return threadId == Thread.currentThread().threadId();
  }

  /** Says whether it has to give back something of a loader's locals; on the task's own thread. */
  default boolean holds(Origin origin) {
    boolean[] found = new boolean[1];
    if (leases() != 0) {
      forEachLease(
          (each, task) -> found[0] |= isHeld(each, task) && WorkerOwner.holdsOf(each, origin));
    }
    return found[0];
  }

  /** Says whether its end is a call of its own thread, before its outcome can be seen. */
  default boolean endsOnItsThread() {
    return false;
  }

  /** Tells which thread the task is, if that was not known; called by that thread. */
  default void shown(Thread thread) {}

  /** Takes the leases that are still open from the task; on the task's thread, at its end. */
  default void abandonLeases() {
    if (leases() != 0) {
      forEachLease(Leased.ABANDON);
      // Not before: if one fails for want of memory, the next call goes on.
      leases(0);
    }
  }

  /** Calls the action with all that was made to be leased in the runtime; needs no memory. */
  private void forEachLease(BiConsumer<Object, TaskScope> action) {
    Domain domain = domain();
    for (int i = 0; i < domain.workersStarted(); i++) {
      domain.worker(i).leases().forEach(this, action);
    }
  }

  private static boolean isHeld(Object lease, TaskScope by) {
    return lease instanceof Leased each && by.answersFor(each.holder());
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
      abandonLeases();
    }
  }
}
