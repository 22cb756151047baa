// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import org.jspecify.annotations.Nullable;

/**
 * The confined handles that a task has open: a value of the task, destroyed after all others, which
 * may hold such handles and close them.
 */
final class OpenHandles {

  /** How many forgotten handles a message names. */
  private static final int NAMED = 8;

  private static final Slot.Destructor END = handles -> ((OpenHandles) handles).abandon();
  private static final LocalKey KEY = LocalKey.named("open handles");

  private final String task;

  // Linked from the newest to the oldest through the handles themselves: to note one that was just
  // opened cannot fail. On the task only.
  private @Nullable Handle<?> newest;

  private OpenHandles(String task) {
    this.task = task;
  }

  /** Returns those of a task, making the value if need be; on the task's thread. */
  static OpenHandles of(TaskScope scope) {
    TaskOwner owner = scope.whole();
    Object known = owner.value(KEY);
    if (known != null) {
      return (OpenHandles) known;
    }
    OpenHandles made = FirstUse.value(owner, KEY, END, any -> new OpenHandles(scope.title()));
    owner.sink();
    return made;
  }

  /** Notes a handle that was just opened. */
  void add(Handle<?> handle) {
    Handle<?> last = newest;
    handle.older(last);
    if (last != null) {
      last.newer(handle);
    }
    newest = handle;
  }

  /** Forgets a handle that was noted, and is being closed. */
  void remove(Handle<?> handle) {
    Handle<?> newer = handle.newer();
    Handle<?> older = handle.older();
    if (newer == null) {
      newest = older;
    } else {
      newer.older(older);
    }
    if (older != null) {
      older.newer(newer);
    }
    handle.newer(null);
    handle.older(null);
  }

  /** Closes what the task has forgotten, the newest first, and says so. */
  private void abandon() {
    int count = 0;
    StringBuilder names = new StringBuilder();
    Throwable failure = null;
    for (Handle<?> each = newest; each != null; each = newest) {
      remove(each);
      if (count++ < NAMED) {
        names.append(count == 1 ? "" : ", ").append(each.title());
      }
      try {
        each.end(task + ", at its end");
      } catch (Throwable e) {
        failure = failure == null ? e : failure;
      }
    }
    if (count == 0) {
      return;
    }
    EscapedReferenceException forgotten =
        new EscapedReferenceException(
            task
                + " ended with "
                + count
                + (count == 1 ? " handle open: " : " handles open: ")
                + names
                + (count > NAMED ? ", ..." : "")
                + ": close a confined handle by try-with-resources, or keep it in a TaskLocal");
    if (failure != null) {
      forgotten.addSuppressed(failure);
    }
    throw forgotten;
  }
}
