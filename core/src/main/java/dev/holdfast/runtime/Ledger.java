// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.scheduler.Scheduler;
import dev.holdfast.scheduler.Worker;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Registry;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The books of one runtime: counts everything that can hold the barrier, and lists the tasks.
 *
 * <p>A count is a pair of numbers that only grow, of starts and of ends; each worker has pairs of
 * its own, written by it alone, and one pair is shared by all threads outside. See {@link
 * #quiescent} for how they are read.
 */
final class Ledger {

  private final Domain domain;
  private final Scheduler scheduler;
  private final BlockingPool jobs;

  // Tasks and guards counted by threads that are no workers: sharded by the adders themselves.
  private final LongAdder outsideStarted = new LongAdder();
  private final LongAdder outsideEnded = new LongAdder();
  private final LongAdder outsideGuardsClosed = new LongAdder();

  // Tasks started from outside; added to under its own lock.
  private final Registry outside = new Registry();

  Ledger(Domain domain, Scheduler scheduler, BlockingPool jobs) {
    this.domain = domain;
    this.scheduler = scheduler;
    this.jobs = jobs;
  }

  /**
   * Counts and lists a task that is started by a thread that is no task of the runtime.
   *
   * @param admitted says, once the task is counted, whether it may start
   * @return false if it may not; it is then neither counted nor listed
   */
  boolean startedOutside(Registry.Entry task, BooleanSupplier admitted) {
    // Listed, then counted: who sees it counted finds it in the list, to interrupt it.
    synchronized (outside) {
      outside.add(task);
    }
    boolean counted = false;
    boolean starts = false;
    try {
      // Counted, then checked; who closes sets the phase, then counts: one of the two sees the
      // other.
      outsideStarted.increment();
      counted = true;
      starts = admitted.getAsBoolean();
    } finally {
      if (!starts) {
        Registry.remove(task);
        if (counted) {
          outsideEnded.increment();
        }
      }
    }
    return starts;
  }

  /** Counts the end of a task; on the thread it ends on. */
  void ended(Registry.Entry task) {
    Registry.remove(task);
    if (Here.worker() instanceof Worker worker && worker.domain() == domain) {
      worker.taskEnded();
    } else {
      outsideEnded.increment();
    }
  }

  /** Counts a guard as closed that is closed on a thread that is no worker of the runtime. */
  void guardClosedOutside() {
    outsideGuardsClosed.increment();
  }

  /**
   * Says whether no task, job or guard is alive; exact once work from outside is rejected.
   *
   * <p>All ends are read before all starts. Whoever is seen to have ended is then also seen to have
   * started, and so is all that it started, because the ends are published with release and read
   * with acquire. If the numbers are equal, everyone seen to start is seen to have ended; a live
   * holder nobody saw would have been started by one that was seen, had ended and so would have
   * shown it. Starts from outside are ordered against the phase instead; see {@link
   * #startedOutside}.
   */
  boolean quiescent() {
    List<Worker> workers = scheduler.workers();
    long ended = outsideEnded.sum() + outsideGuardsClosed.sum() + jobs.ended();
    for (Worker worker : workers) {
      ended += worker.tasksEnded() + worker.guardsClosed();
    }
    long started = outsideStarted.sum() + jobs.started();
    for (Worker worker : workers) {
      started += worker.tasksStarted() + worker.guardsOpened();
    }
    return started == ended;
  }

  /**
   * Returns how many tasks were started so far, for the cancelling phase. Each of them that is
   * alive is found by {@link #forEachTask}, because it was listed before it was counted.
   */
  long tasksStarted() {
    long started = outsideStarted.sum();
    for (Worker worker : scheduler.workers()) {
      started += worker.tasksStarted();
    }
    return started;
  }

  long tasksAlive() {
    long ended = outsideEnded.sum();
    for (Worker worker : scheduler.workers()) {
      ended += worker.tasksEnded();
    }
    return Math.max(0, tasksStarted() - ended);
  }

  long guardsAlive() {
    long closed = outsideGuardsClosed.sum();
    long opened = 0;
    for (Worker worker : scheduler.workers()) {
      closed += worker.guardsClosed();
    }
    for (Worker worker : scheduler.workers()) {
      opened += worker.guardsOpened();
    }
    return Math.max(0, opened - closed);
  }

  /** Calls the action with each live task. */
  void forEachTask(Consumer<? super Object> action) {
    outside.forEach(action);
    for (Worker worker : scheduler.workers()) {
      worker.tasks().forEach(action);
    }
  }
}
