// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskOwner;
import org.jspecify.annotations.Nullable;

/** What ends values of task-locals that are passed on, to other tasks and into snapshots. */
sealed interface Inheritable extends Slot.Heritable permits Share, Copying {

  /** Takes the value of a live slot into a snapshot; on the owner of the slot, or a part of it. */
  Captured capture(Slot from, TaskOwner innermost);

  /** A value in a snapshot. */
  interface Captured {

    /** Returns the runtime that must not end while the value is used, or null if it needs none. */
    @Nullable Domain needs();

    /**
     * Gives the value to a part of a task; by the thread that runs the part.
     *
     * @throws LocalDestroyedException if it has been destroyed
     */
    void enter(TaskOwner part);
  }

  /** Says that the value in a snapshot is gone. */
  static LocalDestroyedException gone(LocalKey key) {
    return new LocalDestroyedException(
        "the value of local '"
            + key
            + "' in a ContextSnapshot was asked for on "
            + Caller.describe(Thread.currentThread())
            + " after the last task that had it ended, and it was destroyed: run the snapshot while"
            + " its task lives, or start the work as a task of that task");
  }
}
