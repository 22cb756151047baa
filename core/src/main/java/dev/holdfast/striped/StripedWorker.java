// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.striped;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.OutOfLine;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskMember;
import dev.holdfast.slot.WorkerEvents;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One worker of the owned tier: values, and a platform thread that runs what is handed to it and
 * destroys them.
 *
 * <p>One at a time is on the worker: a task that uses its values, or its own thread. Who is there
 * has set {@code holder} from null to itself, and sets it back as it leaves; both are volatile, so
 * that each sees what those before it did. A task that wants a call to be run by the worker's
 * thread comes first, and sets {@code holder} to the worker as it leaves: the call does not have to
 * wait for a task that blocks here.
 */
final class StripedWorker extends WorkerOwner implements Runnable {

  private static final VarHandle HOLDER;

  static {
    try {
      HOLDER = MethodHandles.lookup().findVarHandle(StripedWorker.class, "holder", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final StripedWorkers all;
  private final WorkerEvents events;
  private final String name;
  private final int index;
  private final Thread thread;
  private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
  private final Runnable runCalls = this::runCalls;

  // See the class comment.
  private volatile @Nullable Object holder;

  // How often somebody came here. Written by who is here, read by the watching thread, which only
  // compares two looks: plain.
  private int visits;

  // Set by who adds a call, after adding; cleared by the worker's thread, before taking: volatile
  // for that order. Read by who leaves, after leaving: the thread waits for that while it is set,
  // as it is from the start.
  private volatile boolean called = true;

  // Set by the closing thread, read by the worker's and by who leaves: as `called`.
  private volatile boolean stopped;

  // Set by the worker's thread as it ends, read by who wants to post: volatile.
  private volatile boolean finished;

  // Set and cleared by the worker's thread around foreign code, read by who asks: volatile.
  private volatile boolean running;

  StripedWorker(
      StripedWorkers all, Domain domain, WorkerEvents events, int index, String name, long track) {
    super(domain, track);
    this.all = all;
    this.events = events;
    this.index = index;
    this.name = name;
    this.thread = all.newThread(this, this);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public Thread thread() {
    return thread;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  // ---- Who is on the worker

  @Override
  public boolean tryEnter(Object by) {
    if (holder == null && HOLDER.compareAndSet(this, null, by)) {
      visits++;
      return true;
    }
    return false;
  }

  /** Leaves for a task whose thread has terminated, if that is still here. */
  void free(Thread ended) {
    Object here = holder;
    if (here instanceof TaskMember member && member.thread() == ended) {
      leave();
    }
  }

  @Override
  public void leave() {
    // Volatile, and before the looks: who waits says so, and then looks whether it can enter.
    holder = null;
    if (called || stopped) {
      LockSupport.unpark(thread);
    }
    all.left();
  }

  @Override
  public boolean leaveTo(Runnable action) {
    if (finished) {
      return false;
    }
    calls.add(action);
    called = true;
    // Its own thread, which sees that as it tries to enter: not null, when another task could come
    // between, and block here.
    holder = this;
    LockSupport.unpark(thread);
    return true;
  }

  /** Returns who is here and how often somebody came, or null if nobody is; by the watcher. */
  StripedWorkers.@Nullable Visit visit() {
    Object here = holder;
    Thread visitor = here instanceof TaskMember member ? member.thread() : null;
    return visitor == null ? null : new StripedWorkers.Visit(visitor, visits);
  }

  // ---- Its own thread

  @Override
  public boolean post(Runnable action) {
    if (finished) {
      return false;
    }
    // A call that is queued and not heard of would be counted as ended by who posts, and run.
    StackRoom.ensure();
    calls.add(action);
    called = true;
    LockSupport.unpark(thread);
    return true;
  }

  void stop() {
    stopped = true;
    LockSupport.unpark(thread);
  }

  @Override
  public void run() {
    enter();
    events.workerStarted(this);
    try {
      while (!stopped) {
        if (called) {
          OutOfLine.run(runCalls);
        } else {
          events.workerParked(this);
          leave();
          while (!called && !stopped) {
            LockSupport.park(this);
            Thread.interrupted();
          }
          enter();
          events.workerUnparked(this);
        }
      }
      runCalls();
      destroyAll();
    } finally {
      finished = true;
      events.workerStopped(this);
      leave();
    }
  }

  /** Waits until nobody is here, or who was has left to this thread; while called or stopped. */
  private void enter() {
    while (holder != this && !tryEnter(this)) {
      LockSupport.park(this);
      Thread.interrupted();
    }
  }

  private void runCalls() {
    called = false;
    for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
      running = true;
      try {
        call.run();
      } catch (Throwable e) {
        events.uncaught(e);
      }
      running = false;
      Thread.interrupted();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
