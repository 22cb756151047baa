// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A virtual thread that code inside a task started by itself, as the runtime counts it.
 *
 * <p>Such a thread cannot be told to do something as its last action. What must be done at its end
 * is the body of another virtual thread, which runs after it, and for which this task is the same:
 * so destructors may block, and use the values that are older.
 */
final class StrayTask extends Registry.Placed implements TaskScope, Cancellable, Holder, Runnable {

  private final TieredRuntime runtime;
  private final @Nullable String unknown;
  private final long since;

  // Set once, from the start or by the thread itself, and again by who saw its end; read by the
  // watching thread: volatile.
  private volatile @Nullable Thread thread;

  // The id of the thread itself, once it is known: as it is. 0 is nobody's. Written before the
  // thread runs, or by it at its first use, which comes before its first lease; read at its end.
  private long ownId;

  // The thread's own, and after it of who ends it: who saw its end, or the other thread.
  private int leases;
  private @Nullable TaskOwner values;

  // The monitor's thread only.
  private boolean interrupted;

  /**
   * Makes the task of a thread.
   *
   * @param thread the thread, or null if it is not known
   * @param unknown what to call it then
   */
  StrayTask(@Nullable Thread thread, @Nullable String unknown, TieredRuntime runtime) {
    this.thread = thread;
    this.ownId = thread == null ? 0 : thread.threadId();
    this.unknown = unknown;
    this.runtime = runtime;
    this.since = runtime.now();
  }

  @Nullable Thread thread() {
    return thread;
  }

  @Override
  public void shown(Thread current) {
    thread = current;
    ownId = current.threadId();
    if (runtime.phase().atLeast(ShutdownPhase.CANCELLING)) {
      // The others were interrupted when this one was not known.
      current.interrupt();
    }
  }

  /** Does what comes at the end: if values are left, on a thread of its own. */
  void ended() {
    if (values != null) {
      try {
        runtime.workforce().startEnding(this);
        return;
      } catch (Throwable e) {
        // No memory for a thread: the values are destroyed all the same.
        thread = Thread.currentThread();
      }
    }
    run();
  }

  /** Says which thread is going to run what comes at the end. */
  void endsOn(Thread other) {
    thread = other;
  }

  /** Does what comes at the end, once; after the thread has ended. */
  @Override
  public void run() {
    try {
      end();
    } finally {
      runtime.ended(this);
    }
  }

  @Override
  public TieredRuntime domain() {
    return runtime;
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
  public String name() {
    Thread known = thread;
    if (known == null) {
      return String.valueOf(unknown);
    }
    String given = known.getName();
    return given.isEmpty() ? "thread-" + known.threadId() : given;
  }

  @Override
  public int leases() {
    return leases;
  }

  @Override
  public void leases(int count) {
    leases = count;
  }

  /** At its end both count, the thread itself and the one that does what comes at the end. */
  @Override
  public boolean answersFor(long threadId) {
    return threadId == ownId || threadId == Thread.currentThread().threadId();
  }

  @Override
  public void interruptOnce() {
    Thread known = thread;
    if (!interrupted && known != null) {
      interrupted = true;
      known.interrupt();
    }
  }

  @Override
  public ShutdownReport.Holder describe(long now) {
    Thread known = thread;
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.TASK,
        name(),
        "runtime '" + runtime.name() + "', started by code inside a task",
        Duration.ofNanos(Math.max(0, now - since)),
        known == null ? List.of() : List.of(known.getStackTrace()));
  }
}
