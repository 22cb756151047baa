// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.scheduler.Admission;
import dev.holdfast.scheduler.Scheduler;
import dev.holdfast.scheduler.Worker;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.TaskScope;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The runtime of the carrier tier: its workers are the carriers of its virtual threads. */
final class CarrierRuntime extends AbstractExecutorService
    implements WorkerRuntime, Domain, Admission {

  private static final AtomicLong NUMBER = new AtomicLong();
  private static final long SAMPLED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final RuntimeBuilder.Config config;
  private final String name;
  private final Notices notices;
  private final long startedAt = System.nanoTime();
  private final Scheduler scheduler;
  private final BlockingPool jobs;
  private final Ledger ledger;
  private final Closer closer;
  private final AtomicLong jobNumber = new AtomicLong();
  private final AtomicLong jobThreadNumber = new AtomicLong();

  // Live virtual threads that were not made by this runtime. Written by who starts one and by the
  // worker that sees its end.
  private final ConcurrentMap<Thread, StrayTask> strays = new ConcurrentHashMap<>();

  private CarrierRuntime(RuntimeBuilder.Config config) {
    this.config = config;
    String given = config.name();
    this.name = given == null ? "holdfast-" + NUMBER.incrementAndGet() : given;
    this.notices = new Notices(name, config.listener(), config.uncaught());
    long trackNanos =
        switch (config.tracking()) {
          case NONE -> Long.MAX_VALUE;
          case SAMPLED -> SAMPLED_NANOS;
          case ALL -> 0;
        };
    this.jobs =
        new BlockingPool(
            this,
            config.blockingThreads(),
            saturatedNanos(config.blockingKeepAlive()),
            this::newJobThread,
            this::jobEnded);
    this.scheduler =
        new Scheduler(this, notices, this, config.workers(), config.spares(), trackNanos);
    this.ledger = new Ledger(this, scheduler, jobs);
    this.closer = new Closer(this, scheduler, jobs, ledger, notices);
  }

  static CarrierRuntime start(RuntimeBuilder.Config config) {
    if (config.tier() == Tier.OWNED) {
      throw new TierUnavailableException(
          Tier.OWNED,
          "tier OWNED is not part of this version: leave tier() out, or ask for CARRIER");
    }
    String missing = VirtualThreads.missing();
    if (missing != null) {
      throw new TierUnavailableException(Tier.CARRIER, "tier CARRIER is not available: " + missing);
    }
    CarrierRuntime runtime = new CarrierRuntime(config);
    runtime.scheduler.start();
    try {
      runtime.closer.start();
    } catch (Throwable e) {
      runtime.scheduler.stop();
      throw e;
    }
    runtime.notices.started(config.workers());
    return runtime;
  }

  // ---- Threads

  @Override
  public Thread newThread(Worker worker) {
    return newThread(worker, worker, worker.name());
  }

  private Thread newJobThread(Runnable body) {
    return newThread(jobs, body, name + "-blocking-" + jobThreadNumber.incrementAndGet());
  }

  private Thread newThread(Membership membership, Runnable body, String threadName) {
    ThreadFactory factory = config.threadFactory();
    if (factory == null) {
      return new OwnerThread(membership, body, threadName);
    }
    // One that is refused below may have been started by the factory: it runs nothing.
    Thread thread =
        factory.newThread(() -> {
          if (Here.membership() == membership) {
            body.run();
          }
        });
    if (thread == null || thread.isVirtual() || thread.getState() != Thread.State.NEW) {
      throw new IllegalStateException(
          "the thread factory must return a new platform thread that is not started, but returned "
              + thread
              + " for "
              + threadName);
    }
    Here.adopt(thread, membership);
    return thread;
  }

  // ---- Work

  Executor executor() {
    return scheduler.executor();
  }

  @Override
  public <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body) {
    return start(new VirtualTask<>(this, null, checked(body), true));
  }

  @Override
  public <T extends @Nullable Object> Task<T> spawn(String taskName, Callable<? extends T> body) {
    if (Objects.requireNonNull(taskName, "name must not be null").isEmpty()) {
      throw new IllegalArgumentException("the name of a task must not be empty");
    }
    return start(new VirtualTask<>(this, taskName, checked(body), true));
  }

  /** Lets a body of a subtype stand for its supertype: it only hands results out. */
  @SuppressWarnings("unchecked")
  private static <T extends @Nullable Object> Callable<T> checked(Callable<? extends T> body) {
    return (Callable<T>) Objects.requireNonNull(body, "body must not be null");
  }

  private static <T extends @Nullable Object> VirtualTask<T> start(VirtualTask<T> task) {
    task.thread().start();
    return task;
  }

  @Override
  public void execute(Runnable command) {
    if (command instanceof VirtualTask<?> task
        && task.runtime() == this
        && task.thread().getState() == Thread.State.NEW) {
      task.thread().start();
      return;
    }
    Objects.requireNonNull(command, "command must not be null");
    new VirtualTask<>(this, null, Executors.callable(command), false).thread().start();
  }

  @Override
  protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
    return new VirtualTask<>(this, null, Executors.callable(runnable, value), true);
  }

  @Override
  protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
    return new VirtualTask<>(this, null, callable, true);
  }

  @Override
  public <T extends @Nullable Object> Task<T> spawnBlocking(Callable<? extends T> job) {
    BlockingJob<T> task =
        new BlockingJob<>(this, name + "-job-" + jobNumber.incrementAndGet(), checked(job));
    Thread current = Thread.currentThread();
    Membership membership = Here.membershipOf(current);
    if (!jobs.submit(task, () -> mayStart(current, membership))) {
      throw closed("a blocking job was submitted");
    }
    return task;
  }

  @Override
  public <T extends @Nullable Object> T run(Callable<? extends T> body) throws Exception {
    Membership membership = Here.membership();
    if (membership != null && membership.domain() == this && membership.worker() != null) {
      throw new BlockingEntryException(
          "run() was called inside runtime '"
              + name
              + "', on "
              + Thread.currentThread()
              + ": call the body directly, or spawn(body).join() for a task of its own");
    }
    Task<T> task = spawn(body);
    try {
      return task.get();
    } catch (InterruptedException e) {
      task.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    }
  }

  @Override
  public ThreadFactory threadFactory() {
    return body ->
        new VirtualTask<>(this, null, Executors.callable(Objects.requireNonNull(body)), false)
            .thread();
  }

  // ---- Counting

  @Override
  public void admit(Thread thread, Thread starter, @Nullable Membership membership) {
    if (VirtualThreads.body(thread) instanceof VirtualTask<?> task && task.thread() == thread) {
      started(task, starter, membership);
      return;
    }
    StrayTask stray = new StrayTask(thread, name, now());
    // Before it is counted: what fails for want of memory must leave nothing counted.
    strays.put(thread, stray);
    scheduler.strayStarted();
    try {
      started(stray, starter, membership);
    } catch (Throwable e) {
      strays.remove(thread);
      scheduler.strayEnded();
      throw e;
    }
  }

  private void started(Registry.Entry task, Thread starter, @Nullable Membership membership) {
    if (starter.isVirtual() && membership instanceof Worker worker && worker.domain() == this) {
      // By a task that is itself counted: the barrier is not reached before this is.
      worker.taskStarted(task);
      return;
    }
    scheduler.monitor().touch();
    if (!ledger.startedOutside(task, () -> mayStart(starter, membership))) {
      throw closed("a task was started");
    }
  }

  /**
   * Says whether a thread may start work: any while running, then only those the barrier awaits.
   */
  private boolean mayStart(Thread current, @Nullable Membership membership) {
    ShutdownPhase phase = closer.phase();
    if (phase == ShutdownPhase.RUNNING) {
      return true;
    }
    if (membership == null
        || membership.domain() != this
        || phase.atLeast(ShutdownPhase.QUIESCENT)) {
      return false;
    }
    // A task, a job, or a call that a task waits for on its worker's own thread.
    return current.isVirtual()
        || membership.worker() == null
        || (membership instanceof Worker worker && worker.isRunning());
  }

  private RuntimeClosedException closed(String what) {
    return new RuntimeClosedException(
        what
            + " on "
            + Thread.currentThread()
            + " after runtime '"
            + name
            + "' began to shut down (phase "
            + closer.phase()
            + "): from then on only its own live tasks and jobs may start more");
  }

  @Override
  public void retract(Thread thread) {
    if (VirtualThreads.body(thread) instanceof VirtualTask<?> task && task.thread() == thread) {
      ended(task);
    } else {
      strayEnded(thread);
    }
  }

  @Override
  public void strayEnded(Thread thread) {
    StrayTask stray = strays.remove(thread);
    if (stray != null) {
      scheduler.strayEnded();
      try {
        stray.abandonHeld();
      } finally {
        ended(stray);
      }
    }
  }

  /** Counts the end of a task; on the thread it ends on. */
  void ended(Registry.Entry task) {
    ledger.ended(task);
    closer.holderEnded();
  }

  private void jobEnded() {
    closer.holderEnded();
  }

  @Override
  public @Nullable TaskScope strayScope(Thread thread) {
    return strays.get(thread);
  }

  @Override
  public void guardClosedOutside() {
    ledger.guardClosedOutside();
    closer.holderEnded();
  }

  // ---- Shutdown

  @Override
  public void shutdown() {
    closer.begin();
  }

  @Override
  @SuppressWarnings({"unchecked", "rawtypes"}) // jobs are runnables
  public List<Runnable> shutdownNow() {
    closer.begin();
    // Before the cancelling phase, in which the closing thread cancels what it finds queued.
    List<BlockingJob<?>> queued = jobs.drainQueued();
    closer.cancel();
    return (List) queued;
  }

  @Override
  public ShutdownReport shutdown(Duration drain, Duration cancel) {
    long drainNanos = notNegative("drain", drain);
    long cancelNanos = notNegative("cancel", cancel);
    refuseInside("shutdown(Duration, Duration)");
    return closer.shutdown(drainNanos, cancelNanos, saturatedNanos(config.destructorDeadline()));
  }

  @Override
  public void close() {
    refuseInside("close()");
    Duration drain = config.drain();
    Duration cancel = config.cancel();
    ShutdownReport report =
        closer.shutdown(
            drain == null ? Long.MAX_VALUE : saturatedNanos(drain),
            cancel == null ? Long.MAX_VALUE : saturatedNanos(cancel),
            saturatedNanos(config.destructorDeadline()));
    if (!report.terminated()) {
      notices.deadlineMissed(report);
    }
  }

  /** Closes at the exit of the JVM, within the configured deadline. */
  void closeAtExit() {
    long half = saturatedNanos(config.exitDeadline()) / 2;
    long destructors = Math.min(saturatedNanos(config.destructorDeadline()), 2 * half);
    closer.shutdown(half, half, destructors);
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    refuseInside("awaitTermination()");
    return closer.awaitTermination(unit.toNanos(timeout));
  }

  private void refuseInside(String call) {
    Membership membership = Here.membership();
    if (closer.isOwnThread() || (membership != null && membership.domain() == this)) {
      throw new BlockingEntryException(
          call
              + " was called inside runtime '"
              + name
              + "', on "
              + Thread.currentThread()
              + ", for whose end it would wait: call shutdown(), which does not wait, or close from"
              + " a thread outside");
    }
  }

  @Override
  public boolean isShutdown() {
    return closer.phase() != ShutdownPhase.RUNNING;
  }

  @Override
  public boolean isTerminated() {
    return closer.phase() == ShutdownPhase.TERMINATED;
  }

  private static long notNegative(String what, Duration duration) {
    if (Objects.requireNonNull(duration, () -> what + " must not be null").isNegative()) {
      throw new IllegalArgumentException(what + " must not be negative, was " + duration);
    }
    return saturatedNanos(duration);
  }

  private static long saturatedNanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  // ---- What is told to others

  @Override
  public ShutdownPhase phase() {
    return closer.phase();
  }

  @Override
  public long now() {
    return scheduler.monitor().now();
  }

  Notices notices() {
    return notices;
  }

  long startedAt() {
    return startedAt;
  }

  @Override
  public void leaked(ShutdownReport.Holder leak) {
    closer.leaked(leak);
    notices.leaked(leak);
  }

  @Override
  public void failed(ShutdownReport.Failure failure) {
    closer.failed(failure);
  }

  @Override
  public Tier tier() {
    return Tier.CARRIER;
  }

  @Override
  public int workers() {
    return config.workers();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String toString() {
    return "WorkerRuntime[" + name + ", " + config.workers() + " workers, " + phase() + "]";
  }
}
