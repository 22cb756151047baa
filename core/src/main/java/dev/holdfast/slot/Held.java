// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/** Something that a task holds and must give back: a link in the list of its {@link TaskScope}. */
public abstract class Held {

  // Written and read by the thread of the holding task only.
  private @Nullable Held newer;
  private @Nullable Held older;

  /** Makes a link of no list. */
  protected Held() {}

  /** Puts this link at the head of the list. */
  public final void join(TaskScope scope) {
    Held head = scope.held();
    if (head != null) {
      head.newer = this;
      older = head;
    }
    scope.held(this);
  }

  /** Takes this link out of the list that it is in. */
  public final void leave(TaskScope scope) {
    Held before = newer;
    Held after = older;
    if (before == null) {
      // Two calls: a constant null is stored without the barriers of a reference.
      if (after == null) {
        scope.held(null);
      } else {
        scope.held(after);
      }
    } else {
      before.older = after;
      newer = null;
    }
    if (after != null) {
      after.newer = before;
      older = null;
    }
  }

  /** Returns what follows in the list that this is in, or null; on the task's own thread. */
  final @Nullable Held older() {
    return older;
  }

  /** The task ended without giving this back; it has left the list. */
  protected abstract void abandoned();
}
