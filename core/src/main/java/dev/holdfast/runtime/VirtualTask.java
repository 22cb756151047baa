// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Held;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.TaskScope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A task: the body of one virtual thread on the workers. */
final class VirtualTask<T extends @Nullable Object> extends TaskBody<T>
    implements TaskScope, Registry.Entry, Cancellable {

  private final Thread thread;

  // The task's own thread only.
  private @Nullable Held held;

  // Written by the starting thread before the task is listed, read by who finds it in the list.
  private Object[] chunk = Registry.NOWHERE;
  private int index;

  // Milliseconds since the runtime's start, for about 24 days exact: half the size of a time.
  private int since;

  // The monitor's thread only.
  private boolean interrupted;

  VirtualTask(CarrierRuntime runtime, @Nullable String name, Callable<T> body, boolean awaited) {
    super(runtime, body, awaited);
    this.thread = VirtualThreads.unstarted(runtime.executor(), name, this);
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
      if (thread.getState() == Thread.State.NEW) {
        super.run();
      }
      return;
    }
    CarrierRuntime runtime = runtime();
    try {
      runtime.notices().taskBegins(this);
      super.run();
      runtime.notices().taskEnds(this);
    } finally {
      runtime.ended(this);
    }
  }

  @Override
  void beforeOutcome() {
    if (held != null) {
      abandonHeld();
    }
  }

  @Override
  public @Nullable Held held() {
    return held;
  }

  @Override
  public void held(@Nullable Held head) {
    held = head;
  }

  @Override
  public void placed(Object[] inChunk, int atIndex) {
    chunk = inChunk;
    index = atIndex;
    since = (int) TimeUnit.NANOSECONDS.toMillis(runtime().now() - runtime().startedAt());
  }

  @Override
  public Object[] chunk() {
    return chunk;
  }

  @Override
  public int index() {
    return index;
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
    int age = (int) TimeUnit.NANOSECONDS.toMillis(now - runtime().startedAt()) - since;
    return new ShutdownReport.Holder(
        kind(),
        name(),
        "runtime '" + runtime().name() + "'",
        Duration.ofMillis(Math.max(0, age)),
        List.of(thread.getStackTrace()));
  }
}
