// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.sanitizer.Trace;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Destructible;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.Service;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.ThreadOwner;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The runtime: what is the same in both tiers, over the {@link Workforce} in which they differ. */
final class TieredRuntime extends AbstractExecutorService implements WorkerRuntime, Domain {

  static {
    EarlyClasses.initialize(
        MethodHandles.lookup(),
        Releases.class,
        Sanitizer.class,
        History.class,
        ShutdownReport.Kind.class,
        ShutdownReport.Unlisted.class);
  }

  private static final AtomicLong NUMBER = new AtomicLong();
  private static final long SAMPLED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final RuntimeBuilder.Config config;
  private final String name;
  private final Notices notices;
  private final long startedAt = System.nanoTime();
  private final Workforce workforce;
  private final BlockingPool jobs;
  private final Ledger ledger;
  private final Closer closer;
  private final AtomicLong jobNumber = new AtomicLong();
  private final AtomicLong jobThreadNumber = new AtomicLong();

  private TieredRuntime(RuntimeBuilder.Config config, Tier tier) {
    this.config = config;
    String given = config.name();
    this.name = given == null ? "holdfast-" + NUMBER.incrementAndGet() : given;
    this.notices = new Notices(name, config.listener(), config.uncaught(), this::hookFailed);
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
            NANOSECONDS.convert(config.blockingKeepAlive()),
            this::newJobThread,
            this::jobEnded);
    this.workforce =
        tier == Tier.CARRIER
            ? new CarrierTier(this, config, trackNanos)
            : new OwnedTier(this, config, trackNanos);
    this.ledger = new Ledger(this, workforce, jobs);
    this.closer = new Closer(this, workforce, jobs, ledger, notices);
  }

  static TieredRuntime start(RuntimeBuilder.Config config) {
    Sanitizer.check();
    TieredRuntime runtime = new TieredRuntime(config, TierChoice.of(config.tier()));
    // First: the listener may use values on a worker before all have started.
    LiveRuntimes.started(runtime);
    boolean started = false;
    try {
      runtime.workforce.start();
      started = true;
      runtime.closer.start();
    } catch (Throwable e) {
      LiveRuntimes.ended(runtime);
      if (started) {
        runtime.stopWorkers();
      }
      // For what a listener started on the workers meanwhile, and is ready only later.
      runtime.workforce.close();
      throw e;
    }
    runtime.notices.started(runtime.tier(), config.workers());
    return runtime;
  }

  /** There is no thread that would close it. */
  private void stopWorkers() {
    workforce.stop();
    for (int i = 0; i < workforce.started(); i++) {
      Here.awaitEnd(workforce.worker(i).thread());
    }
  }

  // ---- Threads

  private Thread newJobThread(Runnable body) {
    String threadName = name + "-blocking-" + jobThreadNumber.incrementAndGet();
    Thread other = workforce.surroundings().newJobThread(jobs, threadName, body);
    return other == null ? newThread(jobs, body, threadName) : other;
  }

  /** Makes the platform thread of a worker or for the blocking pool, unstarted. */
  Thread newThread(Membership membership, Runnable body, String threadName) {
    // The pool sees to its threads itself: it knows when they are no longer its own.
    Runnable whole = membership.worker() == null ? body : ThreadOwner.around(body);
    ThreadFactory factory = config.threadFactory();
    if (factory == null) {
      return new OwnerThread(membership, whole, threadName);
    }
    // One that is refused below may have been started by the factory: it runs nothing.
    Thread thread =
        factory.newThread(() -> {
          if (Here.membership() == membership) {
            try {
              whole.run();
            } finally {
              Here.release(Thread.currentThread());
            }
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

  Workforce workforce() {
    return workforce;
  }

  @Override
  public <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body) {
    return spawn(new VirtualTask<>(this, null, checked(body), true), body);
  }

  @Override
  public <T extends @Nullable Object> Task<T> spawn(String taskName, Callable<? extends T> body) {
    if (Objects.requireNonNull(taskName, "name must not be null").isEmpty()) {
      throw new IllegalArgumentException("the name of a task must not be empty");
    }
    return spawn(new VirtualTask<>(this, taskName, checked(body), true), body);
  }

  /** Lets a body of a subtype stand for its supertype: it only hands results out. */
  @SuppressWarnings("unchecked")
  private static <T extends @Nullable Object> Callable<T> checked(Callable<? extends T> body) {
    return (Callable<T>) Objects.requireNonNull(body, "body must not be null");
  }

  private <T extends @Nullable Object> VirtualTask<T> spawn(VirtualTask<T> task, Object body) {
    if (body instanceof Destructible bound) {
      task.handOver(bound);
    }
    start(task);
    return task;
  }

  /** Lets a task inherit from the one that the current thread is, and starts it. */
  private void start(VirtualTask<?> task) {
    try {
      task.inherit(Here.scope(Thread.currentThread()));
      workforce.start(task);
    } catch (Throwable e) {
      // It never runs: what it has by now ends here.
      task.beforeOutcome();
      throw e;
    }
  }

  @Override
  public void serve(String taskName, Service body) {
    VirtualTask<?> task = new VirtualTask<>(this, taskName, body, false);
    workforce.start(task);
  }

  @Override
  public void execute(Runnable command) {
    if (command instanceof VirtualTask<?> task
        && task.runtime() == this
        && task.thread().getState() == Thread.State.NEW) {
      if (task.claim()) {
        start(task);
      }
      return;
    }
    Objects.requireNonNull(command, "command must not be null");
    start(new VirtualTask<>(this, null, command, false));
  }

  @Override
  protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
    return new VirtualTask<>(
        this, null, new WithResult<>(Objects.requireNonNull(runnable), value), true);
  }

  @Override
  protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
    // Not every caller looks: invokeAll() does not.
    return new VirtualTask<>(this, null, Objects.requireNonNull(callable), true);
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
    tellReleases(task);
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
        workforce.offer(new VirtualTask<>(this, null, Objects.requireNonNull(body), false));
  }

  // ---- Counting

  /**
   * Counts and lists a task that is being started.
   *
   * @param on the worker that the task is on that starts it, or null
   * @param membership what the starter is to a runtime, if anything
   * @throws RuntimeClosedException if it may not start
   */
  void started(
      Registry.Entry task,
      @Nullable WorkerOwner on,
      Thread starter,
      @Nullable Membership membership) {
    if (on != null) {
      // By a task that is itself counted: the barrier is not reached before this is.
      on.taskStarted(task);
    } else {
      workforce.touch();
      if (!ledger.startedOutside(task, () -> mayStart(starter, membership))) {
        throw closed("a task was started");
      }
    }
    tellReleases(task);
  }

  private static void tellReleases(Object task) {
    if (task instanceof TaskBody<?> body) {
      try {
        Releases.started(body);
      } catch (StackOverflowError e) {
        // It is counted, and listed, and must start: all but a release that looks through the lists
        // at this very moment find it there.
        Thread.onSpinWait();
      }
    }
  }

  /**
   * Counts a task that was started by nobody knows whom, on its own thread.
   *
   * @param admitted says, once it is counted, whether it may run
   * @throws RuntimeClosedException if it may not
   */
  void startedLate(VirtualTask<?> task, BooleanSupplier admitted) {
    StackRoom.ensure();
    if (!ledger.startedOutside(task, admitted)) {
      throw closed("a task was started");
    }
    tellReleases(task);
  }

  /** Returns the names of the options that are of a class loader. */
  List<String> optionsFrom(Origin origin) {
    List<String> found = new ArrayList<>();
    if (origin.isOf(config.listener())) {
      found.add("listener");
    }
    if (origin.isOf(config.threadFactory())) {
      found.add("threadFactory");
    }
    if (origin.isOf(config.uncaught())) {
      found.add("uncaughtExceptionHandler");
    }
    return found;
  }

  Ledger ledger() {
    return ledger;
  }

  BlockingPool jobs() {
    return jobs;
  }

  long tasksAlive() {
    return ledger.tasksAlive();
  }

  /**
   * Checks that the current thread may start work.
   *
   * @param what what it does, for the message
   * @throws RuntimeClosedException if it may not
   */
  void mayStart(String what) {
    Thread current = Thread.currentThread();
    if (!mayStart(current, Here.membershipOf(current))) {
      throw closed(what);
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
    return membership != null
        && membership.domain() == this
        && membership.pass() != null
        && !phase.atLeast(ShutdownPhase.QUIESCENT)
        && workforce.isAtWork(current, membership);
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

  /** Counts the end of a task; on the thread it ends on. */
  void ended(Registry.Entry task) {
    ledger.ended(task);
    closer.holderEnded();
  }

  /** Counts the end of a task that was nothing to the runtime yet; on the thread it ends on. */
  void endedOutside(Registry.Entry task) {
    ledger.endedOutside(task);
    closer.holderEnded();
  }

  private void jobEnded() {
    closer.holderEnded();
  }

  @Override
  public @Nullable TaskScope strayScope(Thread thread) {
    return workforce.strayScope(thread);
  }

  @Override
  public void heldOutside(Registry.Entry holder) {
    ledger.heldOutside(holder);
  }

  @Override
  public void releasedOutside(Registry.Entry holder) {
    Registry.remove(holder);
    guardClosedOutside();
  }

  @Override
  public void guardOpenedOutside() {
    ledger.guardOpenedOutside();
  }

  @Override
  public void guardClosedOutside() {
    ledger.guardClosedOutside();
    closer.holderEnded();
  }

  @Override
  public void released() {
    closer.holderEnded();
  }

  @Override
  public int workersStarted() {
    return workforce.started();
  }

  @Override
  public WorkerOwner worker(int number) {
    return workforce.worker(number);
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
    return closer.shutdown(
        drainNanos, cancelNanos, NANOSECONDS.convert(config.destructorDeadline()));
  }

  @Override
  public void close() {
    refuseInside("close()");
    Duration drain = config.drain();
    Duration cancel = config.cancel();
    ShutdownReport report =
        closer.shutdown(
            drain == null ? Long.MAX_VALUE : NANOSECONDS.convert(drain),
            cancel == null ? Long.MAX_VALUE : NANOSECONDS.convert(cancel),
            NANOSECONDS.convert(config.destructorDeadline()));
    if (!report.terminated()) {
      notices.deadlineMissed(report);
    }
  }

  /** Closes at the exit of the JVM, within the configured deadline. */
  void closeAtExit() {
    long half = NANOSECONDS.convert(config.exitDeadline()) / 2;
    long destructors = Math.min(NANOSECONDS.convert(config.destructorDeadline()), 2 * half);
    closer.shutdownAtExit(half, half, destructors);
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
    return NANOSECONDS.convert(duration);
  }

  // ---- What is told to others

  @Override
  public ShutdownPhase phase() {
    return closer.phase();
  }

  @Override
  public long now() {
    return workforce.now();
  }

  Stream<Thread> threadsStartedHere() {
    return ledger.threadsStartedHere();
  }

  Notices notices() {
    return notices;
  }

  long startedAt() {
    return startedAt;
  }

  @Override
  public void leaked(ShutdownReport.Holder leak, @Nullable History history) {
    closer.leaked(leak);
    notices.leaked(leak, history);
  }

  @Override
  public ReferenceQueue<Object> unclosed() {
    return closer.unclosed();
  }

  @Override
  public @Nullable Trace closedBy() {
    return closer.closedBy();
  }

  @Override
  public void exiting(Holder thread) {
    closer.exiting(thread);
  }

  @Override
  public void exited(Holder thread) {
    closer.exited(thread);
  }

  private void hookFailed(ShutdownReport.Failure failure) {
    if (phase() != ShutdownPhase.RUNNING) {
      closer.failed(failure);
    }
  }

  @Override
  public void failed(ShutdownReport.Failure failure) {
    closer.failed(failure);
  }

  @Override
  public void destructorFailed(ShutdownReport.Failure failure) {
    closer.failed(failure);
    notices.destructorFailed(failure);
  }

  @Override
  public Tier tier() {
    return workforce.tier();
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
