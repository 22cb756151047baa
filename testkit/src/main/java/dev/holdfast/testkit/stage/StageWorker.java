// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import dev.holdfast.scheduler.Admission;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.WorkerEvents;
import dev.holdfast.slot.WorkerOwner;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A simulated worker: an owner of values like any other, with a platform thread of its own, which
 * runs only while it has the turn.
 */
final class StageWorker extends WorkerOwner {

  final Seat seat;

  // Set once, as the stage starts.
  @Nullable Strand own;

  private final Stage stage;
  private final WorkerEvents events;
  private final int index;
  private final String name;
  private final Thread thread;

  // By who has the turn.
  private final Deque<Runnable> calls = new ArrayDeque<>();
  private boolean told;
  private boolean ended;

  // Written by who has the turn, read by any thread.
  private volatile boolean stopping;
  private volatile boolean running;
  private volatile boolean finished;

  StageWorker(
      Stage stage,
      Admission admission,
      WorkerEvents events,
      Domain domain,
      int index,
      long trackNanos) {
    super(domain, trackNanos);
    this.stage = stage;
    this.events = events;
    this.index = index;
    this.name = domain.name() + "-worker-" + index;
    this.seat = new Seat("worker-" + index);
    this.thread = admission.newThread(this, () -> stage.serve(seat));
    seat.thread(thread);
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

  /** Says whether its thread has destroyed the values, and runs nothing any more. */
  boolean hasEnded() {
    return ended;
  }

  @Override
  public boolean post(Runnable action) {
    if (finished) {
      return false;
    }
    stage.deliver(() -> {
      calls.add(action);
      stage.readyOwn(this);
    });
    return true;
  }

  /** Has the worker end; by who has the turn. */
  void stop() {
    stopping = true;
    stage.readyOwn(this);
  }

  /** Carries a task for one turn; on the worker's thread. */
  void carry(Runnable task) {
    tellStarted();
    running = true;
    if (thread instanceof OwnerThread owner) {
      owner.owed = 0;
    }
    try {
      task.run();
    } catch (Throwable e) {
      // A virtual thread keeps what its body throws; this is the VM at its limits.
      events.uncaught(e);
    }
    running = false;
  }

  /** Does what the worker's own thread has to do; on it. */
  void runOwn() {
    tellStarted();
    running = true;
    for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
      try {
        call.run();
      } catch (Throwable e) {
        events.uncaught(e);
      }
      Thread.interrupted();
    }
    running = false;
    if (stopping) {
      try {
        destroyAll();
      } finally {
        finished = true;
        ended = true;
        events.workerStopped(this);
      }
    }
  }

  private void tellStarted() {
    if (!told) {
      told = true;
      events.workerStarted(this);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
