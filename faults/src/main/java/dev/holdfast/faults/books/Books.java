// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.books;

import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The books of one runtime: every body that was handed to it, and every value that was made on it.
 *
 * <p>A body is to run once, or to be refused, or to be cancelled before it began. A value is to be
 * destroyed once, on its owner, and a worker's value not before the last body has ended. What is
 * otherwise is a finding, at once where it can be seen at once, else by {@link #close}. Any thread.
 */
public final class Books {

  /** Who destroys a value, and when. */
  public enum Owner {
    /** A worker, after the barrier. */
    WORKER,
    /** A worker, at any time: of a lease that was temporary, or of a loader that is released. */
    WORKER_EARLY,
    /** A task, at its end. */
    TASK
  }

  /** The number of runs of a body that was counted as cancelled before it ran. */
  private static final int SWEPT = Integer.MIN_VALUE;

  private static final Duration SOON = Duration.ofSeconds(5);

  private final String runtime;
  private final Findings findings;
  private final Set<Body> open = ConcurrentHashMap.newKeySet();
  private final Set<Value> alive = ConcurrentHashMap.newKeySet();
  private final AtomicInteger running = new AtomicInteger();
  private final Set<Thread> runners = ConcurrentHashMap.newKeySet();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder ran = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder cancelled = new LongAdder();
  private final LongAdder made = new LongAdder();
  private final LongAdder madeOnWorkers = new LongAdder();
  private final LongAdder destroyed = new LongAdder();
  private final AtomicInteger failedDestructors = new AtomicInteger();

  /**
   * Opens the books of a runtime.
   *
   * @param runtime its name
   */
  public Books(String runtime, Findings findings) {
    this.runtime = runtime;
    this.findings = findings;
  }

  /** Returns the name of the runtime. */
  public String runtime() {
    return runtime;
  }

  /** Returns where findings go. */
  public Findings findings() {
    return findings;
  }

  // ---- Bodies

  /** What is handed in; the inner body is what it does. */
  public final class Body implements Callable<Integer>, Runnable {
    private final String name;
    private final Callable<?> inner;
    private final AtomicInteger runs = new AtomicInteger();
    private volatile @Nullable Future<?> handle;
    private volatile boolean late;

    private Body(String name, Callable<?> inner) {
      this.name = name;
      this.inner = inner;
    }

    /** Runs once; the result is 1. */
    @Override
    public Integer call() throws Exception {
      int times = runs.incrementAndGet();
      if (times == SWEPT + 1) {
        // It had begun to run as it was cancelled.
        cancelled.decrement();
        runs.set(1);
        times = 1;
      }
      if (times != 1) {
        findings.add("body '" + name + "' of " + runtime + " runs for the " + times + ". time");
      }
      running.incrementAndGet();
      ran.increment();
      Thread current = Thread.currentThread();
      boolean outermost = runners.add(current);
      try {
        inner.call();
        return times;
      } finally {
        open.remove(this);
        if (outermost) {
          runners.remove(current);
        }
        running.decrementAndGet();
      }
    }

    /** As {@link #call}; what the inner body throws is thrown as it is. */
    @Override
    public void run() {
      try {
        call();
      } catch (Exception e) {
        throw Books.<RuntimeException>sneaked(e);
      }
    }

    /** Notes that nobody promised to run it: it was handed in when it may have been too late. */
    public void handedInLate() {
      late = true;
    }

    /** Notes the future, by which is known whether it was cancelled before it ran. */
    public void handle(Future<?> future) {
      handle = future;
    }
  }

  /** Throws any throwable as it is, declared or not. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // erased: nothing is cast
  public static <X extends Throwable> X sneaked(Throwable failure) throws X {
    throw (X) failure;
  }

  /** Makes the body of something that is about to be handed in. */
  public Body body(String name, Callable<?> inner) {
    Body body = new Body(name, inner);
    open.add(body);
    accepted.increment();
    return body;
  }

  /** Notes that a body was refused: its way in threw. */
  public void refused(Body body) {
    if (body.runs.get() != 0) {
      findings.add("body '" + body.name + "' of " + runtime + " was refused, and runs");
    }
    open.remove(body);
    refused.increment();
  }

  /** Forgets the bodies that were cancelled before they ran, of which nobody tells. */
  public void sweep() {
    open.removeIf(each -> {
      Future<?> handle = each.handle;
      boolean dropped = handle != null && handle.isCancelled() && each.runs.compareAndSet(0, SWEPT);
      if (dropped) {
        cancelled.increment();
      }
      return dropped;
    });
  }

  /** Returns how many bodies were handed in and have not ended. */
  public int open() {
    return open.size();
  }

  /** Returns the threads on which bodies run at the moment. */
  public Set<Thread> runners() {
    return runners;
  }

  /** Returns how many bodies were handed in, refused ones included. */
  public long accepted() {
    return accepted.sum();
  }

  /** Returns how many bodies ran. */
  public long ran() {
    return ran.sum();
  }

  // ---- Values

  /** A value; made by initialisers, given to users, ended by destructors. */
  public final class Value implements AutoCloseable {
    private final String kind;
    private final Owner owner;
    private final AtomicInteger destructions = new AtomicInteger();

    // Written by who is on the owner's thread, or knows its name.
    private volatile @Nullable String ownersThread;

    private Value(String kind, Owner owner, @Nullable String ownersThread) {
      this.kind = kind;
      this.owner = owner;
      this.ownersThread = ownersThread;
    }

    /** Uses it. */
    public int touch() {
      if (destructions.get() != 0) {
        findings.add(this + " is used after its destructor began");
      }
      return 1;
    }

    /** Uses it on its owner's platform thread, inside {@code onOwner}. */
    public int touchOnOwner() {
      String here = Thread.currentThread().getName();
      String known = ownersThread;
      if (known == null) {
        ownersThread = here;
      } else if (!known.equals(here)) {
        findings.add(this + " is used on " + here + " as its owner, and belongs to " + known);
      }
      return touch();
    }

    /** Says whether its destructor has begun. */
    public boolean isDestroyed() {
      return destructions.get() != 0;
    }

    /** Destroys it. */
    @Override
    public void close() {
      int times = destructions.incrementAndGet();
      if (times != 1) {
        findings.add(this + " is destroyed for the " + times + ". time");
      }
      alive.remove(this);
      destroyed.increment();
      if (owner != Owner.TASK) {
        checkOwner();
      }
      if (owner == Owner.WORKER && running.get() != 0) {
        findings.add(this + " is destroyed while " + running.get() + " bodies run");
      }
    }

    private void checkOwner() {
      Thread current = Thread.currentThread();
      String here = current.getName();
      String known = ownersThread;
      if (current.isVirtual() || !isWorker(here)) {
        findings.add(this + " is destroyed on " + current + ", which is no worker");
      } else if (known != null && !known.equals(here)) {
        findings.add(this + " is destroyed on " + here + ", and belongs to " + known);
      }
    }

    @Override
    public String toString() {
      return "value '" + kind + "' of " + runtime;
    }
  }

  private boolean isWorker(String thread) {
    return thread.startsWith(runtime + "-worker-") || thread.startsWith(runtime + "-spare-");
  }

  /**
   * Makes a value; the last thing that an initialiser does.
   *
   * @param kind what it is, for findings
   */
  public Value make(String kind, Owner owner) {
    Value value = new Value(kind, owner, owner == Owner.TASK ? null : workersThread());
    alive.add(value);
    made.increment();
    if (owner != Owner.TASK) {
      madeOnWorkers.increment();
    }
    return value;
  }

  /** Returns the name of the worker's thread that this runs on; null where that cannot be told. */
  private @Nullable String workersThread() {
    Thread current = Thread.currentThread();
    if (!current.isVirtual()) {
      return current.getName();
    }
    String text = current.toString();
    String carrier = text.substring(text.lastIndexOf('@') + 1);
    return isWorker(carrier) ? carrier : null;
  }

  /** Notes that a destructor of a worker's value is about to throw: the report is to have it. */
  public void destructorFails() {
    failedDestructors.incrementAndGet();
  }

  /** Returns how many values were made. */
  public long made() {
    return made.sum();
  }

  /** Returns how many destructors have begun. */
  public long destroyed() {
    return destroyed.sum();
  }

  // ---- The end

  /** Checks what holds when a close has reported the end of everything. */
  public void close(ShutdownReport report) {
    if (!report.terminated()) {
      findings.add(runtime + " did not end: " + report);
      return;
    }
    for (Body each : open) {
      Future<?> handle = each.handle;
      boolean dropped =
          each.runs.get() == 0 && (each.late || (handle != null && handle.isCancelled()));
      if (dropped) {
        cancelled.increment();
      } else {
        findings.add(
            "body '"
                + each.name
                + "' of "
                + runtime
                + (each.runs.get() == 0 ? " was accepted and never ran" : " has not ended"));
      }
    }
    for (Value each : alive) {
      findings.add(each + " was never destroyed");
    }
    check("values of workers made", madeOnWorkers.sum(), report.made());
    check("values of workers destroyed", madeOnWorkers.sum(), report.destroyed());
    check("bodies", accepted.sum(), ran.sum() + refused.sum() + cancelled.sum());
    long destructors =
        report.failures().stream()
            .filter(each -> each.kind() == ShutdownReport.Kind.DESTRUCTOR)
            .count();
    if (report.unlisted().failures() == 0) {
      check("destructors that threw", failedDestructors.get(), destructors);
    }
    leftThreads();
  }

  private void check(String what, long counted, long reported) {
    if (counted != reported) {
      findings.add(what + " of " + runtime + ": counted " + counted + ", reported " + reported);
    }
  }

  /** Threads that run for others, as a late carrier, end a moment later. */
  private void leftThreads() {
    if (!Until.holds(SOON, () -> Threads.named(runtime + "-").isEmpty())) {
      findings.add("threads of " + runtime + " are left: " + Threads.named(runtime + "-"));
    }
  }

  @Override
  public String toString() {
    return runtime
        + ": bodies "
        + accepted
        + ", ran "
        + ran
        + ", refused "
        + refused
        + ", cancelled "
        + cancelled
        + "; values "
        + made
        + ", destroyed "
        + destroyed;
  }
}
