// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** The end of one value that several tasks have: the last of them destroys it. */
final class Share implements Inheritable {

  private static final VarHandle SHARERS;

  static {
    try {
      SHARERS = MethodHandles.lookup().findVarHandle(Share.class, "sharers", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Destruction destruction;
  private final Domain domain;

  // The tasks, parts of tasks and captured copies that have the value, the maker included. Changed
  // by atomic updates of any thread: who destroys it sees what the others did with it.
  private volatile int sharers = 1;

  Share(Destruction destruction, Domain domain) {
    this.destruction = destruction;
    this.domain = domain;
  }

  /**
   * Counts one more that has the value.
   *
   * @return false if it is destroyed; a value for which there is nothing to do never is
   */
  boolean acquire(Object value) {
    int before = sharers;
    while (before != 0 || !destruction.isNeeded(value)) {
      int seen = (int) SHARERS.compareAndExchange(this, before, before + 1);
      if (seen == before) {
        return true;
      }
      before = seen;
    }
    return false;
  }

  /** One that has the value ends: the last one destroys it. */
  @Override
  public void destroy(Object value) throws Exception {
    if ((int) SHARERS.getAndAdd(this, -1) == 1) {
      destruction.destroy(value);
    }
  }

  /** Returns the runtime that must not end while the value is used. */
  @Nullable Domain needs(Object value) {
    return destruction.isNeeded(value) ? domain : null;
  }

  @Override
  public void passOn(Slot from, TaskOwner heir) {
    Object value = from.value();
    if (value == null || heir.domain() != domain) {
      return;
    }
    enter(from.key(), value, heir);
  }

  /** Gives the value to a task, or a part of one. */
  private void enter(LocalKey key, Object value, TaskOwner heir) {
    Slot slot = heir.newSlot(key, this);
    slot.making(this);
    if (!acquire(value)) {
      slot.notMade();
      throw Inheritable.gone(key);
    }
    slot.live(value);
    if (Sanitizer.ON) {
      slot.record("shared with this task");
    }
  }

  @Override
  public Captured capture(Slot from, TaskOwner innermost) {
    LocalKey key = from.key();
    Object value = Copying.present(from);
    return new Captured() {
      @Override
      public @Nullable Domain needs() {
        return Share.this.needs(value);
      }

      @Override
      public void enter(TaskOwner part) {
        Share.this.enter(key, value, part);
      }
    };
  }
}
