// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.Uninterruptibly;
import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.sanitizer.Trace;
import dev.holdfast.sanitizer.Unclosed;
import dev.holdfast.scheduler.Surroundings;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.VarHandle;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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

  /** How long to wait between two looks for what the sanitiser tracks and was collected. */
  private static final long UNCLOSED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final TieredRuntime runtime;
  private final Workforce workforce;
  private final Surroundings around;
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
  private final Excerpt<ShutdownReport.Failure> failures = new Excerpt<>();
  private final Excerpt<ShutdownReport.Holder> leaks = new Excerpt<>();

  // Set by the exit hook before it waits, read by the closing thread: volatile, for a look to see
  // it.
  private volatile boolean jvmExits;

  // Guarded by the lock: whether only callers of System.exit are alive.
  private boolean onlyExitCallers;

  // Threads of the runtime that destroy values of their own. Each adds and removes itself; read by
  // who makes a report.
  private final Set<Holder> exiting = ConcurrentHashMap.newKeySet();

  // Filled by the collector, emptied by the thread.
  private final ReferenceQueue<Object> unclosed = new ReferenceQueue<>();

  // Written by the first who closes, read by workers that destroy values and by reports.
  private volatile @Nullable Trace closedBy;

  // The closing thread only.
  private ShutdownPhase announced = ShutdownPhase.RUNNING;
  private long interruptedUpTo = -1;
  private long look = LOOK_NANOS / 2;

  Closer(
      TieredRuntime runtime,
      Workforce workforce,
      BlockingPool jobs,
      Ledger ledger,
      Notices notices) {
    this.runtime = runtime;
    this.workforce = workforce;
    this.jobs = jobs;
    this.ledger = ledger;
    this.notices = notices;
    this.around = workforce.surroundings();
    this.thread = around.newWatch(runtime.name() + "-monitor", this::watch);
    this.exitHook = new Thread(null, runtime::closeAtExit, runtime.name() + "-exit", 0, false);
  }

  /** Starts watching, and registers for the exit of the JVM. */
  void start() {
    thread.start();
    if (!around.closesAtExit()) {
      return;
    }
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
    if (Sanitizer.ON && closedBy == null) {
      closedBy = Trace.here();
    }
    lock.lock();
    try {
      if (phase.atLeast(to)) {
        return;
      }
      if (phase == ShutdownPhase.RUNNING) {
        beganAt = around.nanoTime();
      }
      phase = to;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
    LockSupport.unpark(thread);
  }

  /**
   * As {@link #shutdown}, in the exit hook; ends when only callers of {@link System#exit} are
   * alive, which never end. No value is destroyed then, for they may use any.
   */
  void shutdownAtExit(long drain, long cancel, long destructors) {
    jvmExits = true;
    shutdown(drain, cancel, destructors);
  }

  /** Begins, cancels after {@code drain}, and waits; see {@link WorkerRuntime#shutdown}. */
  ShutdownReport shutdown(long drain, long cancel, long destructors) {
    begin();
    boolean interrupted = Thread.interrupted();
    boolean atExit = Thread.currentThread() == exitHook;
    lock.lock();
    try {
      long now = around.nanoTime();
      long cancelling = interrupted ? now : later(now, drain);
      long giveUp = later(cancelling, cancel);
      cancelNoLaterThan(cancelling);
      long destroyed = Long.MAX_VALUE;
      while (phase != ShutdownPhase.TERMINATED && !(atExit && onlyExitCallers)) {
        now = around.nanoTime();
        long until = giveUp;
        if (phase.atLeast(ShutdownPhase.QUIESCENT)) {
          if (destroyed == Long.MAX_VALUE) {
            destroyed = later(now, destructors);
          }
          until = destroyed;
        }
        long left = until == Long.MAX_VALUE ? Long.MAX_VALUE : until - now;
        if (left <= 0) {
          // The thread that leads may be late, and the report must not say that nothing was told
          // to end.
          raise(ShutdownPhase.CANCELLING);
          break;
        }
        try {
          moved.awaitNanos(left);
        } catch (InterruptedException e) {
          interrupted = true;
          now = around.nanoTime();
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
      Uninterruptibly.join(thread);
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

  void exiting(Holder each) {
    exiting.add(each);
  }

  void exited(Holder each) {
    exiting.remove(each);
  }

  void failed(ShutdownReport.Failure failure) {
    keep(failures, failure);
  }

  void leaked(ShutdownReport.Holder leak) {
    keep(leaks, leak);
  }

  ReferenceQueue<Object> unclosed() {
    return unclosed;
  }

  @Nullable Trace closedBy() {
    return closedBy;
  }

  private <E> void keep(Excerpt<E> list, E entry) {
    lock.lock();
    try {
      list.add(entry);
    } finally {
      lock.unlock();
    }
  }

  // ---- The thread

  private void watch() {
    workforce.beginWatch();
    while (phase != ShutdownPhase.TERMINATED) {
      try {
        long wait = workforce.look();
        if (phase != ShutdownPhase.RUNNING) {
          wait = Math.min(wait, step());
        }
        if (Sanitizer.ON) {
          lookForUnclosed();
          wait = Math.min(wait, UNCLOSED_NANOS);
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

  /**
   * Reports what was collected unclosed. It goes on to hold what it holds: the value that it gave
   * out may be in use, see ADR 0017.
   */
  private void lookForUnclosed() {
    for (Unclosed lost = Unclosed.lost(unclosed); lost != null; lost = Unclosed.lost(unclosed)) {
      ShutdownReport.Holder leak = lost.describe(System.nanoTime());
      leaked(leak);
      History history = lost.history();
      // On a thread of its own: a listener that waits must not keep the runtime from its end.
      Thread.ofPlatform()
          .daemon()
          .inheritInheritableThreadLocals(false)
          .name(runtime.name() + "-notice")
          .start(() -> notices.leaked(leak, history));
    }
  }

  /** Does what the phase asks for; returns how long to wait before the next step. */
  private long step() {
    announce();
    if (quiescent()) {
      finish();
      return 0;
    }
    boolean inVain = jvmExits && ExitCallers.areAllOf(ledger.alive(), ledger, jobs);
    lock.lock();
    try {
      if (inVain && !onlyExitCallers) {
        onlyExitCallers = true;
        moved.signalAll();
      }
      if (cancelAt != Long.MAX_VALUE && cancelAt - around.nanoTime() <= 0) {
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
    return quiescent() ? 0 : look;
  }

  private boolean quiescent() {
    workforce.lookForEnded();
    return ledger.quiescent() && workforce.seal() && ledger.quiescent();
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
    workforce.stop();
    for (WorkerOwner worker : workforce.workers()) {
      threads.add(worker.thread());
    }
    for (Thread each : threads) {
      Here.awaitEnd(each);
    }
    workforce.close();
    try {
      Runtime.getRuntime().removeShutdownHook(exitHook);
    } catch (IllegalStateException e) {
      // The JVM is exiting; perhaps it is the hook that waits for this.
    }
    LiveRuntimes.ended(runtime);
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

  // ---- The report

  private ShutdownReport report() {
    ShutdownPhase reached = phase;
    long made = 0;
    long destroyed = 0;
    Excerpt<ShutdownReport.Holder> holders = new Excerpt<>();
    LongAdder leases = new LongAdder();
    long now = around.nanoTime();
    List<? extends WorkerOwner> workers = workforce.workers();
    boolean done = reached == ShutdownPhase.TERMINATED;
    for (WorkerOwner worker : workers) {
      made += worker.madeCount();
      destroyed += worker.destroyedCount();
      if (!done) {
        worker.forEachGuard(guard -> list(holders, guard, now));
        worker.leases().forEach(lease -> leases.add(listLease(holders, lease, now) ? 1 : 0));
        ShutdownReport.Holder destroying = worker.destroying(now);
        if (destroying != null) {
          holders.add(destroying);
        }
      }
    }
    if (!done) {
      exiting.forEach(each -> list(holders, each, now));
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
          failures.listed(),
          holders.listed(),
          leaks.listed(),
          new ShutdownReport.Counts(
              done ? 0 : ledger.tasksAlive(),
              alive.size(),
              leases.sum(),
              done ? 0 : ledger.guardsAlive()),
          new ShutdownReport.Unlisted(failures.unlisted(), holders.unlisted(), leaks.unlisted()));
    } finally {
      lock.unlock();
    }
  }

  /** Lists a holder; without a description, which may be dear, when it would not be listed. */
  private static void list(Excerpt<ShutdownReport.Holder> holders, Object holder, long now) {
    if (holders.isFull()) {
      holders.count();
    } else if (holder instanceof Holder each) {
      ShutdownReport.Holder described = each.describe(now);
      if (described != null) {
        holders.add(described);
      }
    }
  }

  /** Lists a lease if it is open, and returns whether it is. */
  private static boolean listLease(Excerpt<ShutdownReport.Holder> holders, Object lease, long now) {
    ShutdownReport.Holder described = lease instanceof Holder each ? each.describe(now) : null;
    if (described == null) {
      return false;
    }
    holders.add(described);
    return true;
  }
}
