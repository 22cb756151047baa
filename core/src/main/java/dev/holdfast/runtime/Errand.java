// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.Origin;
import dev.holdfast.slot.ThreadOwner;
import dev.holdfast.slot.WorkerOwner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** What a worker is asked to do for the release of a class loader, once, on its own thread. */
final class Errand implements Runnable {

  /** The kinds of it. */
  enum Task {
    /** Take the values out of reach, if none is in use. */
    SEAL,
    /** Destroy them. */
    DESTROY,
    /** Tell what is there. */
    LOOK
  }

  private enum Answer {
    NONE,
    DONE,
    REFUSED
  }

  private static final long LOOK_NANOS = 100_000;

  private final Task task;
  private final Origin origin;
  private final WorkerOwner worker;

  // Written by the worker before the answer, read by who has seen that.
  private final List<LoaderRelease.Remaining> found = new ArrayList<>();

  // Written by the worker, read by who waits: volatile, for all that the worker did before.
  private volatile Answer answer = Answer.NONE;

  Errand(Task task, Origin origin, WorkerOwner worker) {
    this.task = task;
    this.origin = origin;
    this.worker = worker;
  }

  Task task() {
    return task;
  }

  boolean isDone() {
    return answer == Answer.DONE;
  }

  /** Says whether it was not possible, or failed, and is to be asked again. */
  boolean isRefused() {
    return answer == Answer.REFUSED;
  }

  @Override
  public void run() {
    boolean done = false;
    try {
      done = perform();
    } finally {
      answer = done ? Answer.DONE : Answer.REFUSED;
    }
  }

  private boolean perform() {
    switch (task) {
      case SEAL -> {
        return worker.seal(origin);
      }
      case DESTROY -> {
        worker.release(origin);
        ThreadOwner.releaseCurrent(origin);
      }
      case LOOK -> {
        worker.remains(
            origin,
            name -> find(LoaderRelease.Reference.SLOT, name),
            name -> find(LoaderRelease.Reference.VALUE_OF_OTHER_LOCAL, name));
      }
    }
    return true;
  }

  private void find(LoaderRelease.Reference kind, String name) {
    found.add(new LoaderRelease.Remaining(kind, name, worker.name()));
  }

  /**
   * Waits for what the worker has told; nothing if it does not answer in time, or who asks is
   * interrupted.
   */
  List<LoaderRelease.Remaining> found(long nanos) {
    long began = System.nanoTime();
    while (!isDone()
        && worker.thread().isAlive()
        && System.nanoTime() - began < nanos
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
    return isDone() ? List.copyOf(found) : List.of();
  }
}
