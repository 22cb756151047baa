// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.Here;
import dev.holdfast.slot.TaskScope;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A variable that only the task which made it may touch.
 *
 * <p>The value needs no lock and no volatile field: the task's thread alone reads and writes it, at
 * whichever worker it is, and across every blocking point. The object itself may lie anywhere, in a
 * field or a collection that other tasks see; their access throws. Nothing is destroyed at the
 * task's end; the value is then out of reach.
 *
 * @param <T> the type of the value
 */
public final class TaskConfined<T extends @Nullable Object> {

  private final Thread owner;
  private final TaskScope task;

  // The owner's only.
  private T value;

  private TaskConfined(Thread owner, TaskScope task, T value) {
    this.owner = owner;
    this.task = task;
    this.value = value;
  }

  /**
   * Makes a variable of the current task.
   *
   * @param <T> the type of the value
   * @param value the first value
   * @return the variable
   * @throws EscapedReferenceException if the current thread is no task
   */
  public static <T extends @Nullable Object> TaskConfined<T> of(T value) {
    Thread current = Thread.currentThread();
    TaskScope task = Here.task(current);
    if (task == null) {
      throw Caller.noTask(current, "TaskConfined.of()");
    }
    return new TaskConfined<>(current, task, value);
  }

  /**
   * Returns the value.
   *
   * @return the value
   * @throws EscapedReferenceException if the current thread is not the task that made this
   */
  public T get() {
    check("get()");
    return value;
  }

  /**
   * Sets the value.
   *
   * @param newValue the value from now on
   * @throws EscapedReferenceException if the current thread is not the task that made this
   */
  public void set(T newValue) {
    check("set()");
    value = newValue;
  }

  /**
   * Applies a function to the value.
   *
   * @param <R> the type of the result
   * @param fn what to do with the value, which must not be handed to another task
   * @return what the function returns
   * @throws EscapedReferenceException if the current thread is not the task that made this
   */
  public <R extends @Nullable Object> R with(Function<? super T, ? extends R> fn) {
    check("with()");
    return fn.apply(value);
  }

  private void check(String form) {
    Thread current = Thread.currentThread();
    if (current != owner) {
      throw escaped(form, current);
    }
  }

  private EscapedReferenceException escaped(String form, Thread current) {
    TaskScope other = Here.task(current);
    return new EscapedReferenceException(
        form
            + " of a value that is confined to "
            + task.title()
            + (owner.isAlive() ? "" : ", which has ended,")
            + " was called by "
            + (other == null ? Caller.describe(current) : other.title())
            + ": pass a copy or a message to the other task, or share a thread-safe object instead");
  }

  /** Names the task, and not the value, which may not be read here. */
  @Override
  public String toString() {
    return "TaskConfined[" + task.title() + "]";
  }
}
