// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Destructible;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A task: the body of one virtual thread on the workers. */
final class VirtualTask<T extends @Nullable Object> extends TaskBody<T>
    implements TaskScope, Registry.Entry, Cancellable {

  private static final VarHandle CLAIMED;

  static {
    try {
      CLAIMED = MethodHandles.lookup().findVarHandle(VirtualTask.class, "claimed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Thread thread;

  // Set once by CAS, by who starts or runs a task that others have had before.
  @SuppressWarnings("UnusedVariable") // through CLAIMED
  private boolean claimed;

  // The task's own thread only. At its greatest it stays there: who has had as many leases at once
  // is looked at at its end anyway.
  private char leases;

  // The task's own thread, and who starts it, before.
  private @Nullable TaskOwner values;

  // Written by the starting thread before the task is listed, read by who finds it in the list.
  private Object[] chunk = Registry.NOWHERE;

  // Where in the chunk it is, in the low byte, and above that and in the other field when it was
  // listed, in milliseconds since the runtime's start: 40 bits, 34 years. As the chunk.
  private int place;
  private char sinceHigh;

  // The monitor's thread only.
  private boolean interrupted;

  VirtualTask(TieredRuntime runtime, @Nullable String name, Callable<T> body, boolean awaited) {
    super(runtime, body, false, awaited);
    this.thread = runtime.workforce().newThread(name, this);
  }

  VirtualTask(TieredRuntime runtime, @Nullable String name, Runnable body, boolean awaited) {
    super(runtime, body, true, awaited);
    this.thread = runtime.workforce().newThread(name, this);
  }

  /**
   * Claims a task that others have before it is started, for who starts its thread or runs it where
   * he is: nobody else may then.
   *
   * @return false if somebody else has
   */
  boolean claim() {
    return CLAIMED.compareAndSet(this, false, true);
  }

  @Override
  Thread runner() {
    Thread on = inside();
    return on == null ? thread : on;
  }

  @Override
  ShutdownReport.Kind kind() {
    return ShutdownReport.Kind.TASK;
  }

  @Override
  public String name() {
    String given = thread.getName();
    return given.isEmpty() ? "task-" + thread.threadId() : given;
  }

  @Override
  public Thread thread() {
    return thread;
  }

  /**
   * Runs on the virtual thread. A task whose thread was never started runs where it is called: an
   * {@link java.util.concurrent.ExecutorCompletionService}, and so invokeAny, has the executor make
   * one and runs it inside a command of its own. Any other call on another thread does nothing.
   */
  @Override
  public void run() {
    if (Thread.currentThread() != thread) {
      if (thread.getState() == Thread.State.NEW && claim()) {
        runsHere();
        runInside();
      }
      return;
    }
    TieredRuntime runtime = runtime();
    Workforce workforce = runtime.workforce();
    workforce.begins(this);
    try {
      workforce.settles(this);
    } catch (Throwable e) {
      endBeforeItBegins(e);
      return;
    }
    try {
      runtime.notices().taskBegins(this);
      runBody();
      runtime.notices().taskEnds(this);
    } finally {
      try {
        // What a listener made or took, or what a task has that was cancelled before it began.
        beforeOutcome();
      } finally {
        workforce.ends(this);
        forgetCode();
        runtime.ended(this);
      }
    }
  }

  /** Ends a task that is counted, and for which there was no memory to begin; on its thread. */
  private void endBeforeItBegins(Throwable failure) {
    try {
      cannotRun(failure);
      setException(failure);
    } finally {
      forgetCode();
      runtime().endedOutside(this);
    }
  }

  /** Runs as a part of the task that calls: what it makes ends before its outcome is seen. */
  private void runInside() {
    TaskScope around = Here.scope(Thread.currentThread());
    if (around == null) {
      runBody();
      forgetCode();
      return;
    }
    // What is begun here must be ended here, also when the body comes to the end of the stack.
    StackRoom.ensure();
    TaskOwner part = around.begin();
    values = part;
    try {
      runBody();
    } finally {
      values = null;
      forgetCode();
      around.finish(part);
    }
  }

  /** Takes what the task is to destroy at its end, whatever becomes of it; before it starts. */
  void handOver(Destructible bound) {
    TaskOwner owner = new TaskOwner(this, null);
    owner.made(bound);
    values = owner;
  }

  @Override
  void beforeOutcome() {
    if (leases != 0 || values != null) {
      end();
    }
  }

  @Override
  public TieredRuntime domain() {
    return runtime();
  }

  @Override
  public @Nullable TaskOwner values() {
    return values;
  }

  @Override
  public void values(@Nullable TaskOwner owner) {
    values = owner;
  }

  @Override
  public boolean endsOnItsThread() {
    return true;
  }

  @Override
  public int leases() {
    return leases;
  }

  @Override
  public void leases(int count) {
    if (leases != Character.MAX_VALUE) {
      leases = (char) Math.min(count, Character.MAX_VALUE);
    }
  }

  @Override
  public void placed(Object[] inChunk, int atIndex) {
    chunk = inChunk;
    long since = NANOSECONDS.toMillis(runtime().now() - runtime().startedAt());
    place = (int) since << Byte.SIZE | atIndex;
    sinceHigh = (char) (since >>> 24);
  }

  @Override
  public Object[] chunk() {
    return chunk;
  }

  @Override
  public int index() {
    return place & 0xff;
  }

  @Override
  public void interruptOnce() {
    if (!interrupted) {
      interrupted = true;
      thread.interrupt();
    }
  }

  @Override
  public ShutdownReport.Holder describe(long now) {
    long since = (long) sinceHigh << 24 | place >>> Byte.SIZE;
    long age = NANOSECONDS.toMillis(now - runtime().startedAt()) - since;
    return new ShutdownReport.Holder(
        kind(),
        name(),
        "runtime '" + runtime().name() + "'",
        Duration.ofMillis(Math.max(0, age)),
        List.of(thread.getStackTrace()));
  }
}
