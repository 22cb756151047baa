// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Held;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.TaskScope;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A virtual thread that code inside a task started by itself, as the runtime counts it. */
final class StrayTask implements TaskScope, Registry.Entry, Cancellable, Holder {

  private final Thread thread;
  private final String runtime;
  private final long since;

  // The thread's own, and the worker that saw it end.
  private @Nullable Held held;

  // Written by the starting thread before the task is listed, read by who finds it in the list.
  private Object[] chunk = Registry.NOWHERE;
  private int index;

  // The monitor's thread only.
  private boolean interrupted;

  StrayTask(Thread thread, String runtime, long since) {
    this.thread = thread;
    this.runtime = runtime;
    this.since = since;
  }

  @Override
  public String name() {
    String given = thread.getName();
    return given.isEmpty() ? "thread-" + thread.threadId() : given;
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
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.TASK,
        name(),
        "runtime '" + runtime + "', started by code inside a task",
        Duration.ofNanos(Math.max(0, now - since)),
        List.of(thread.getStackTrace()));
  }
}
