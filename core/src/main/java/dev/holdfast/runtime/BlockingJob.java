// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A blocking job: runs on a platform thread of the blocking pool. */
final class BlockingJob<T extends @Nullable Object> extends TaskBody<T> {

  private final String name;
  private final long since;

  // Written by the pool's thread as it takes the job and lets go of it, read by any: volatile.
  private volatile @Nullable Thread thread;

  // The pool's thread only.
  private boolean interrupted;

  BlockingJob(TieredRuntime runtime, String name, Callable<T> body) {
    super(runtime, body, false, true);
    this.name = name;
    this.since = System.nanoTime();
  }

  @Override
  ShutdownReport.Kind kind() {
    return ShutdownReport.Kind.JOB;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public @Nullable Thread thread() {
    return thread;
  }

  @Override
  @Nullable Thread runner() {
    return thread;
  }

  /** Has the job begin with its thread interrupted; by that thread, before it runs the job. */
  void beginInterrupted() {
    interrupted = true;
  }

  @Override
  public void run() {
    Thread current = Thread.currentThread();
    thread = current;
    try {
      if (interrupted) {
        current.interrupt();
      }
    } finally {
      // Whatever a user's thread makes of an interrupt.
      runHere();
    }
  }

  private void runHere() {
    try {
      runtime().notices().taskBegins(this);
      runBody();
      runtime().notices().taskEnds(this);
    } finally {
      forgetCode();
      thread = null;
    }
  }

  @Override
  public ShutdownReport.Holder describe(long now) {
    Thread on = thread;
    return new ShutdownReport.Holder(
        kind(),
        name,
        on == null ? "waiting for a thread" : "thread '" + on.getName() + "'",
        Duration.ofNanos(Math.max(0, now - since)),
        on == null ? List.of() : List.of(on.getStackTrace()));
  }
}
