// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.WorkerOwner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The books of one runtime: counts everything that can hold the barrier, and lists the tasks.
 *
 * <p>A count is a pair of numbers that only grow, of starts and of ends; each worker has pairs of
 * its own, written by it alone, and one pair is shared by all threads outside. See {@link
 * #quiescent} for how they are read.
 */
final class Ledger {

  /** How many turnstiles the threads outside share; a power of two. */
  private static final int TURNSTILES = 8;

  private final Domain domain;
  private final Workforce workforce;
  private final BlockingPool jobs;

  // What is started by nobody who is on a worker.
  private final Turnstile[] turnstiles = new Turnstile[TURNSTILES];

  // Tasks and guards counted by threads that are no workers: sharded by the adders themselves.
  private final LongAdder outsideEnded = new LongAdder();
  private final LongAdder outsideGuardsOpened = new LongAdder();
  private final LongAdder outsideGuardsClosed = new LongAdder();

  Ledger(Domain domain, Workforce workforce, BlockingPool jobs) {
    this.domain = domain;
    this.workforce = workforce;
    this.jobs = jobs;
    Arrays.setAll(turnstiles, i -> new Turnstile());
  }

  /**
   * Counts and lists a task that is started by a thread that is no task of the runtime.
   *
   * @param admitted says, once the task is counted, whether it may start
   * @return false if it may not; it is then neither counted nor listed
   */
  boolean startedOutside(Registry.Entry task, BooleanSupplier admitted) {
    Turnstile turnstile = Turnstile.enter(turnstiles, Thread.currentThread().threadId());
    boolean listed = false;
    boolean counted = false;
    boolean starts = false;
    try {
      // Listed, then counted: who sees it counted finds it in the list, to interrupt it.
      turnstile.list().add(task);
      listed = true;
      // Checked in here; who closes sets the phase, then passes all turnstiles, then counts: who
      // comes in after that sees the phase, and who left before it is seen to have started.
      turnstile.count();
      counted = true;
      starts = admitted.getAsBoolean();
    } finally {
      turnstile.leave();
      if (!starts) {
        if (listed) {
          Registry.remove(task);
        }
        if (counted) {
          outsideEnded.increment();
        }
      }
    }
    return starts;
  }

  /** Counts the end of a task; on the thread it ends on. */
  void ended(Registry.Entry task) {
    WorkerOwner worker = Here.worker();
    if (worker != null && worker.domain() == domain) {
      Registry.remove(task);
      worker.taskEnded();
    } else {
      endedOutside(task);
    }
  }

  /** Counts the end of a task as that of one on no worker; needs no memory. */
  void endedOutside(Registry.Entry task) {
    Registry.remove(task);
    outsideEnded.increment();
  }

  /**
   * Counts and lists what is held as a guard by a thread that is no worker of the runtime. Whoever
   * holds it already, and is counted, ends after this has been counted: who sees that end sees this
   * too.
   */
  void heldOutside(Registry.Entry holder) {
    listOutside(holder);
    outsideGuardsOpened.increment();
  }

  private void listOutside(Registry.Entry entry) {
    StackRoom.ensure();
    Turnstile turnstile = Turnstile.enter(turnstiles, Thread.currentThread().threadId());
    try {
      turnstile.list().add(entry);
    } finally {
      turnstile.leave();
    }
  }

  private long startedOutside() {
    long started = 0;
    for (Turnstile turnstile : turnstiles) {
      started += turnstile.started();
    }
    return started;
  }

  /** Counts as a guard what a counted task or job opens that is on no worker. */
  void guardOpenedOutside() {
    outsideGuardsOpened.increment();
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
    return alive() == 0;
  }

  /**
   * Returns how many tasks, jobs and guards are alive, read as {@link #quiescent} says: exact if no
   * other ends or starts meanwhile.
   */
  long alive() {
    List<? extends WorkerOwner> workers = workforce.workers();
    long ended = outsideEnded.sum() + outsideGuardsClosed.sum() + jobs.ended();
    for (WorkerOwner worker : workers) {
      ended += worker.tasksEnded() + worker.guardsClosed();
    }
    for (Turnstile turnstile : turnstiles) {
      turnstile.pass();
    }
    long started = startedOutside() + outsideGuardsOpened.sum() + jobs.started();
    for (WorkerOwner worker : workers) {
      started += worker.tasksStarted() + worker.guardsOpened();
    }
    return started - ended + spotsOpen(workers);
  }

  /**
   * Returns how many guards are open that are not counted. Looked at last: they are opened by tasks
   * alone, and if by then all that is counted has ended, none is opened any more. Who was seen to
   * end has shown what it had opened.
   */
  private static long spotsOpen(List<? extends WorkerOwner> workers) {
    long open = 0;
    for (WorkerOwner worker : workers) {
      open += worker.spotsOpen();
    }
    return open;
  }

  /**
   * Returns how many tasks were started so far, for the cancelling phase. Each of them that is
   * alive is found by {@link #forEachTask}, because it was listed before it was counted.
   */
  long tasksStarted() {
    long started = startedOutside();
    for (WorkerOwner worker : workforce.workers()) {
      started += worker.tasksStarted();
    }
    return started;
  }

  long tasksAlive() {
    long ended = outsideEnded.sum();
    for (WorkerOwner worker : workforce.workers()) {
      ended += worker.tasksEnded();
    }
    return Math.max(0, tasksStarted() - ended);
  }

  long guardsAlive() {
    long closed = outsideGuardsClosed.sum();
    long opened = outsideGuardsOpened.sum();
    for (WorkerOwner worker : workforce.workers()) {
      closed += worker.guardsClosed();
    }
    for (WorkerOwner worker : workforce.workers()) {
      opened += worker.guardsOpened();
    }
    return Math.max(0, opened - closed) + spotsOpen(workforce.workers());
  }

  /** Returns the threads of the live tasks that the runtime started by itself; for thread dumps. */
  Stream<Thread> threadsStartedHere() {
    List<Thread> threads = new ArrayList<>();
    forEachTask(entry -> {
      if (entry instanceof VirtualTask<?> task && task.startedHere()) {
        threads.add(task.thread());
      }
    });
    return threads.stream();
  }

  /** Calls the action with each live task. */
  void forEachTask(Consumer<? super Object> action) {
    for (Turnstile turnstile : turnstiles) {
      turnstile.list().forEach(action);
    }
    for (WorkerOwner worker : workforce.workers()) {
      worker.tasks().forEach(action);
    }
  }
}
