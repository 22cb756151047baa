// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.scheduler.Scheduler;
import dev.holdfast.scheduler.Worker;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Holder;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Leads one runtime through its phases, on a thread that first watches its workers.
 *
 * <p>That thread alone moves the phase on from {@link ShutdownPhase#CANCELLING} or {@link
 * ShutdownPhase#DRAINING}, when the last holder has ended. Those who close only ask for the first
 * two phases and wait, so that a shutdown goes on when their deadlines have passed.
 */
final class Closer {

  /**
   * How long to wait between two looks at the counts while holders are alive: first, and at most.
   */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final long MAX_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(16);

  private final Scheduler scheduler;
  private final BlockingPool jobs;
  private final Ledger ledger;
  private final Notices notices;
  private final Thread thread;
  private final Thread exitHook;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();

  // Written under the lock, read by all: volatile, see Ledger#startedOutside.
  private volatile ShutdownPhase phase = ShutdownPhase.RUNNING;

  // Set by the closing thread before it looks at the counts and waits, read and cleared by whoever
  // ends. One that saw the phase too late may miss it: the closing thread looks again by itself.
  private volatile boolean waiting;

  // Guarded by the lock.
  private long beganAt;
  private long cancelAt = Long.MAX_VALUE;
  private final List<ShutdownReport.Failure> failures = new ArrayList<>();
  private final List<ShutdownReport.Holder> leaks = new ArrayList<>();

  // The closing thread only.
  private ShutdownPhase announced = ShutdownPhase.RUNNING;
  private long interruptedUpTo = -1;
  private long look = LOOK_NANOS / 2;

  Closer(
      CarrierRuntime runtime,
      Scheduler scheduler,
      BlockingPool jobs,
      Ledger ledger,
      Notices notices) {
    this.scheduler = scheduler;
    this.jobs = jobs;
    this.ledger = ledger;
    this.notices = notices;
    this.thread = new Thread(null, this::watch, runtime.name() + "-monitor", 0, false);
    this.thread.setDaemon(true);
    this.exitHook = new Thread(null, runtime::closeAtExit, runtime.name() + "-exit", 0, false);
  }

  /** Starts watching, and registers for the exit of the JVM. */
  void start() {
    thread.start();
    try {
      Runtime.getRuntime().addShutdownHook(exitHook);
    } catch (IllegalStateException e) {
      // The JVM is exiting: hooks are running already, and this runtime has none.
    }
  }

  /** Says whether the current thread is the one that leads through the phases. */
  boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  ShutdownPhase phase() {
    return phase;
  }

  // ---- Those who close

  /** Begins to drain, unless that has begun. */
  void begin() {
    raise(ShutdownPhase.DRAINING);
  }

  /** Begins to cancel, unless that has begun. */
  void cancel() {
    raise(ShutdownPhase.DRAINING);
    raise(ShutdownPhase.CANCELLING);
  }

  /**
   * Moves on to a phase if it is the next one or a later one; by those who close, for the first
   * two.
   */
  private void raise(ShutdownPhase to) {
    lock.lock();
    try {
      if (phase.atLeast(to)) {
        return;
      }
      if (phase == ShutdownPhase.RUNNING) {
        beganAt = System.nanoTime();
      }
      phase = to;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
    LockSupport.unpark(thread);
  }

  /** Begins, cancels after {@code drain}, and waits; see {@link WorkerRuntime#shutdown}. */
  ShutdownReport shutdown(long drain, long cancel, long destructors) {
    begin();
    boolean interrupted = Thread.interrupted();
    lock.lock();
    try {
      long now = System.nanoTime();
      long cancelling = interrupted ? now : later(now, drain);
      long giveUp = later(cancelling, cancel);
      cancelNoLaterThan(cancelling);
      long destroyed = Long.MAX_VALUE;
      while (phase != ShutdownPhase.TERMINATED) {
        now = System.nanoTime();
        long until = giveUp;
        if (phase.atLeast(ShutdownPhase.QUIESCENT)) {
          if (destroyed == Long.MAX_VALUE) {
            destroyed = later(now, destructors);
          }
          until = destroyed;
        }
        long left = until == Long.MAX_VALUE ? Long.MAX_VALUE : until - now;
        if (left <= 0) {
          break;
        }
        try {
          moved.awaitNanos(left);
        } catch (InterruptedException e) {
          interrupted = true;
          now = System.nanoTime();
          cancelNoLaterThan(now);
          giveUp = Math.min(giveUp, later(now, cancel));
        }
      }
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (phase == ShutdownPhase.TERMINATED) {
      joinUninterruptibly(thread);
    }
    return report();
  }

  /** Lets the closing thread cancel at a time; under the lock. */
  private void cancelNoLaterThan(long time) {
    if (cancelAt == Long.MAX_VALUE || (time != Long.MAX_VALUE && time - cancelAt < 0)) {
      cancelAt = time;
      LockSupport.unpark(thread);
    }
  }

  boolean awaitTermination(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (phase != ShutdownPhase.TERMINATED) {
        if (left <= 0) {
          return false;
        }
        left = moved.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private static long later(long now, long nanos) {
    if (now == Long.MAX_VALUE || nanos >= Long.MAX_VALUE >> 1) {
      return Long.MAX_VALUE;
    }
    return now + nanos;
  }

  // ---- Those who end, fail or leak

  /** A task or guard has ended, which may have been the last. */
  void holderEnded() {
    if (phase == ShutdownPhase.RUNNING) {
      return;
    }
    // The count was written with release: without the fence it could be seen after the read.
    VarHandle.fullFence();
    if (waiting) {
      waiting = false;
      LockSupport.unpark(thread);
    }
  }

  void failed(ShutdownReport.Failure failure) {
    keep(failures, failure);
  }

  void leaked(ShutdownReport.Holder leak) {
    keep(leaks, leak);
  }

  private <E> void keep(List<E> list, E entry) {
    lock.lock();
    try {
      if (list.size() < ShutdownReport.MAX_LISTED) {
        list.add(entry);
      }
    } finally {
      lock.unlock();
    }
  }

  // ---- The thread

  private void watch() {
    scheduler.monitor().begin();
    while (phase != ShutdownPhase.TERMINATED) {
      try {
        long wait = scheduler.monitor().sample();
        if (phase != ShutdownPhase.RUNNING) {
          wait = Math.min(wait, step());
        }
        if (wait == Long.MAX_VALUE) {
          LockSupport.park(this);
        } else if (wait > 0) {
          LockSupport.parkNanos(this, wait);
        }
        Thread.interrupted();
      } catch (Throwable e) {
        // Memory ran out, or a look failed: the next one comes soon.
        notices.uncaught(e);
        LockSupport.parkNanos(this, LOOK_NANOS);
      }
    }
  }

  /** Does what the phase asks for; returns how long to wait before the next step. */
  private long step() {
    announce();
    if (ledger.quiescent()) {
      finish();
      return 0;
    }
    lock.lock();
    try {
      if (cancelAt != Long.MAX_VALUE && cancelAt - System.nanoTime() <= 0) {
        raise(ShutdownPhase.CANCELLING);
      }
    } finally {
      lock.unlock();
    }
    announce();
    if (phase == ShutdownPhase.CANCELLING) {
      interruptAll();
    }
    waiting = true;
    look = Math.min(2 * look, MAX_LOOK_NANOS);
    return ledger.quiescent() ? 0 : look;
  }

  /** Tells the listener of the phases that were entered, each in its turn. */
  private void announce() {
    ShutdownPhase now = phase;
    for (ShutdownPhase each : ShutdownPhase.values()) {
      if (!announced.atLeast(each) && now.atLeast(each)) {
        announced = each;
        notices.phaseEntered(each);
      }
    }
  }

  /** Interrupts each task and job once, those that were started since the last time included. */
  private void interruptAll() {
    for (BlockingJob<?> job : jobs.drainQueued()) {
      job.cancel(false);
    }
    jobs.cancelRunning();
    long started = ledger.tasksStarted();
    if (started != interruptedUpTo) {
      interruptedUpTo = started;
      ledger.forEachTask(task -> {
        if (task instanceof Cancellable cancellable) {
          cancellable.interruptOnce();
        }
      });
    }
  }

  /** The barrier was reached: everything from here on cannot be held up but by destructors. */
  private void finish() {
    enter(ShutdownPhase.QUIESCENT);
    List<Thread> threads = new ArrayList<>(jobs.close());
    enter(ShutdownPhase.DESTROYING);
    scheduler.stop();
    for (Worker worker : scheduler.workers()) {
      threads.add(worker.thread());
    }
    for (Thread each : threads) {
      joinUninterruptibly(each);
    }
    scheduler.close();
    try {
      Runtime.getRuntime().removeShutdownHook(exitHook);
    } catch (IllegalStateException e) {
      // The JVM is exiting; perhaps it is the hook that waits for this.
    }
    enter(ShutdownPhase.TERMINATED);
  }

  private void enter(ShutdownPhase to) {
    if (to != ShutdownPhase.TERMINATED) {
      raise(to);
      announce();
      return;
    }
    // Announced first: who waits for the end finds the listener told.
    announced = to;
    notices.phaseEntered(to);
    raise(to);
  }

  private static void joinUninterruptibly(Thread each) {
    boolean interrupted = false;
    while (true) {
      try {
        each.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- The report

  private ShutdownReport report() {
    ShutdownPhase reached = phase;
    long made = 0;
    long destroyed = 0;
    long leases = 0;
    List<ShutdownReport.Holder> holders = new ArrayList<>();
    long now = System.nanoTime();
    List<Worker> workers = scheduler.workers();
    boolean done = reached == ShutdownPhase.TERMINATED;
    for (Worker worker : workers) {
      made += worker.madeCount();
      destroyed += worker.destroyedCount();
      if (!done) {
        worker.guards().forEach(guard -> list(holders, guard, now));
        List<ShutdownReport.Holder> open = new ArrayList<>();
        worker.leases().forEach(lease -> list(open, lease, now));
        leases += open.size();
        open.forEach(lease -> list(holders, lease));
        String destroying = worker.destroying();
        if (destroying != null) {
          list(
              holders,
              new ShutdownReport.Holder(
                  ShutdownReport.Kind.DESTRUCTOR,
                  destroying,
                  worker.name(),
                  Duration.ofNanos(Math.max(0, now - worker.destroyingSince())),
                  List.of(worker.thread().getStackTrace())));
        }
      }
    }
    List<BlockingJob<?>> alive = done ? List.of() : jobs.alive();
    alive.forEach(job -> list(holders, job, now));
    if (!done) {
      ledger.forEachTask(task -> list(holders, task, now));
    }
    lock.lock();
    try {
      return new ShutdownReport(
          reached,
          Duration.ofNanos(now - beganAt),
          made,
          destroyed,
          failures,
          holders,
          leaks,
          new ShutdownReport.Counts(
              done ? 0 : ledger.tasksAlive(),
              alive.size(),
              leases,
              done ? 0 : ledger.guardsAlive()));
    } finally {
      lock.unlock();
    }
  }

  private static void list(List<ShutdownReport.Holder> holders, Object holder, long now) {
    if (holders.size() < ShutdownReport.MAX_LISTED && holder instanceof Holder each) {
      ShutdownReport.Holder described = each.describe(now);
      if (described != null) {
        holders.add(described);
      }
    }
  }

  private static void list(
      List<ShutdownReport.Holder> holders, ShutdownReport.@Nullable Holder described) {
    if (described != null && holders.size() < ShutdownReport.MAX_LISTED) {
      holders.add(described);
    }
  }
}
