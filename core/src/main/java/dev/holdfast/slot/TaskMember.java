// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.jdk.VirtualThreads;
import org.jspecify.annotations.Nullable;

/**
 * What a virtual thread is to a runtime of the owned tier: the task that it runs, and the worker
 * whose values it uses at the moment.
 *
 * <p>Its methods are called by that thread only, unless they say otherwise.
 */
public final class TaskMember implements Membership {

  private final Stripes stripes;
  private final TaskScope task;

  // Read by the watching thread too, which may come late: opaque would do, volatile is not dearer
  // where it is written.
  private volatile @Nullable Thread thread;

  private WorkerOwner preferred;
  private @Nullable WorkerOwner on;
  private int depth;

  // Used by the task's thread only, which also makes its children.
  private boolean making;

  /**
   * Makes a member.
   *
   * @param thread its thread, or null if that is not known yet
   * @param preferred the worker to come onto first
   */
  public TaskMember(
      Stripes stripes, TaskScope task, @Nullable Thread thread, WorkerOwner preferred) {
    this.stripes = stripes;
    this.task = task;
    this.thread = thread;
    this.preferred = preferred;
  }

  /** Returns the task. */
  public TaskScope task() {
    return task;
  }

  /** Returns the thread, or null if it has not shown itself; any thread. */
  public @Nullable Thread thread() {
    return thread;
  }

  void thread(Thread current) {
    thread = current;
    task.shown(current);
  }

  /** Returns the worker that this is on, or else that it was on last. */
  @Override
  public WorkerOwner worker() {
    return preferred;
  }

  @Override
  public Domain domain() {
    return stripes.domain();
  }

  @Override
  public Object pass() {
    return stripes.domain();
  }

  /** Returns the worker that this is on, or null. */
  public @Nullable WorkerOwner on() {
    return on;
  }

  /** Comes onto a worker, or stays on it: until the same number of calls of {@link #leave}. */
  public WorkerOwner enter() {
    WorkerOwner here = on;
    if (here == null) {
      // For the wait, and for the way back: who comes onto a worker must be able to leave it.
      StackRoom.ensure();
      here = stripes.enter(this, preferred);
      preferred = here;
      on = here;
    }
    depth++;
    return here;
  }

  /** Ends what {@link #enter} began. */
  public void leave() {
    if (--depth == 0) {
      WorkerOwner left = on;
      on = null;
      if (left != null) {
        left.leave();
      }
    }
  }

  /**
   * Ends what the one {@link #enter} began so that the worker's platform thread comes next, and
   * runs an action: nobody is on the worker in between.
   *
   * @return false if the worker has ended; then this is still on it
   */
  public boolean leaveTo(Runnable action) {
    WorkerOwner left = on;
    if (left == null || depth != 1 || !left.leaveTo(action)) {
      return false;
    }
    on = null;
    depth = 0;
    return true;
  }

  /** Leaves the worker, if a stack overflow has kept somebody from doing so; at the task's end. */
  public void leaveAll() {
    if (depth != 0) {
      depth = 1;
      leave();
    }
  }

  /**
   * Makes an unstarted virtual thread for a task of a runtime, which is no child of this: to tell
   * it from others by the stack takes microseconds. On the task's thread.
   */
  public Thread make(@Nullable String name, Runnable body) {
    making = true;
    try {
      return VirtualThreads.unstartedByDefault(name, body);
    } finally {
      making = false;
    }
  }

  boolean isMaking() {
    return making;
  }

  TaskMember child() {
    return stripes.child(this);
  }

  @Override
  public String toString() {
    return "TaskMember[" + task.name() + "]";
  }
}
