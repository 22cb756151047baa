// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/** What a task is to locals: a name, and a list of what it must give back before it ends. */
public interface TaskScope {

  /** Returns the name of the task. */
  String name();

  /** Returns the head of the list; used by the task's own thread only. */
  @Nullable Held held();

  /** Sets the head of the list; used by the task's own thread only. */
  void held(@Nullable Held head);

  /** Takes what is still held from the task: called once, on the task's thread, at its end. */
  default void abandonHeld() {
    for (Held held = held(); held != null; held = held()) {
      held.leave(this);
      held.abandoned();
    }
  }
}
