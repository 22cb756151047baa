// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.slot.Destructible;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.Wrapping;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A body that runs once, with the value of a task-local that it brings along.
 *
 * <p>For the task that it was handed to it is also something to be destroyed: if the task ends
 * before the body began, that destroys the value.
 */
final class BoundBody<R extends @Nullable Object> implements Callable<R>, Destructible, Wrapping {

  private static final VarHandle BEGUN;

  static {
    try {
      BEGUN = MethodHandles.lookup().findVarHandle(BoundBody.class, "begun", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LocalKey key;
  private final Object value;
  private final Destruction destruction;
  private final Function<TaskOwner, Slot> newSlot;
  private final Callable<? extends R> body;

  // Set once by CAS: the value is one task's, or is destroyed without having been used.
  @SuppressWarnings("UnusedVariable") // through BEGUN
  private volatile boolean begun;

  // Of the stack of the task that this was handed to.
  private @Nullable Destructible below;

  /**
   * Makes a body that has not begun.
   *
   * @param newSlot makes the slot that the value goes into
   */
  BoundBody(
      LocalKey key,
      Object value,
      Destruction destruction,
      Function<TaskOwner, Slot> newSlot,
      Callable<? extends R> body) {
    this.key = key;
    this.value = value;
    this.destruction = destruction;
    this.newSlot = newSlot;
    this.body = body;
  }

  private boolean begin() {
    return BEGUN.compareAndSet(this, false, true);
  }

  @Override
  public R call() throws Exception {
    Thread current = Thread.currentThread();
    TaskScope scope = Here.scope(current);
    if (scope == null) {
      throw Caller.noTask(current, key, "a body with a bound value");
    }
    // What is begun here must be ended here, also when the body comes to the end of the stack.
    StackRoom.ensure();
    TaskOwner part = scope.begin();
    try {
      // All that can fail comes before it begins: until then the value is the task's that this was
      // handed to, which destroys it.
      Slot slot = newSlot.apply(part);
      slot.making(slot.destructor());
      boolean began = false;
      try {
        FirstUse.check(key);
        began = begin();
      } finally {
        if (!began) {
          slot.notMade();
        }
      }
      if (!began) {
        throw new IllegalStateException(
            "a body with a bound value of local '"
                + key
                + "' was called again, in "
                + scope.title()
                + ": the value belongs to one task, so bind another for each");
      }
      slot.live(value);
      if (Sanitizer.ON) {
        slot.record("bound to the body of a task");
      }
      return body.call();
    } finally {
      scope.finish(part);
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
  public LocalKey key() {
    return key;
  }

  @Override
  public Object wrapped() {
    return body;
  }

  @Override
  @SuppressWarnings("checkstyle:IllegalThrows") // as of what it contains
  public void destroy() throws Throwable {
    if (!begin()) {
      return;
    }
    try {
      if (body instanceof BoundBody<?> inner) {
        inner.destroy();
      }
    } finally {
      destruction.destroy(value);
    }
  }
}
