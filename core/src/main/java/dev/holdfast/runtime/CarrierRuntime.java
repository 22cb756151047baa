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
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
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
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The runtime of the carrier tier: its workers are the carriers of its virtual threads.
 *
 * <p>Counts everything that can hold the barrier. A count is a pair of numbers that only grow, of
 * starts and of ends; each worker has pairs of its own, written by it alone, and one pair is shared
 * by all threads outside. See {@link #quiescent} for how they are read.
 */
final class CarrierRuntime extends AbstractExecutorService
    implements WorkerRuntime, Domain, Admission {

  private static final System.Logger LOG = System.getLogger("dev.holdfast");
  private static final AtomicLong NUMBER = new AtomicLong();
  private static final long SAMPLED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final RuntimeBuilder.Config config;
  private final String name;
  private final RuntimeListener listener;
  private final long startedAt = System.nanoTime();
  private final Scheduler scheduler;
  private final BlockingPool jobs;
  private final Closer closer;
  private final AtomicLong jobNumber = new AtomicLong();
  private final AtomicLong jobThreadNumber = new AtomicLong();

  // Live virtual threads that were not made by this runtime. Written by who starts one and by the
  // worker that sees its end.
  private final ConcurrentMap<Thread, StrayTask> strays = new ConcurrentHashMap<>();

  // Where a pinned block was warned of. The monitor's thread only.
  private final Set<StackTraceElement> warnedOf = new HashSet<>();

  // Tasks and guards counted by threads that are no workers: sharded by the adders themselves.
  private final LongAdder outsideStarted = new LongAdder();
  private final LongAdder outsideEnded = new LongAdder();
  private final LongAdder outsideGuardsClosed = new LongAdder();

  // Tasks started from outside; added to under its own lock.
  private final Registry outside = new Registry();

  // How many were added so far. Written under that lock, read by the closing thread: volatile, so
  // that it finds in the list all that it sees counted here.
  private volatile long outsideListed;

  private CarrierRuntime(RuntimeBuilder.Config config) {
    this.config = config;
    String given = config.name();
    this.name = given == null ? "holdfast-" + NUMBER.incrementAndGet() : given;
    this.listener = config.listener();
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
    this.scheduler = new Scheduler(this, this, config.workers(), config.spares(), trackNanos);
    this.closer = new Closer(this, scheduler, jobs);
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
    LOG.log(
        System.Logger.Level.DEBUG,
        () ->
            "runtime '"
                + runtime.name
                + "' runs in tier CARRIER with "
                + config.workers()
                + " workers: java.base opens java.lang");
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
      count(task, starter, membership);
      return;
    }
    StrayTask stray = new StrayTask(thread, name, now());
    // Before it is counted: what fails for want of memory must leave nothing counted.
    strays.put(thread, stray);
    scheduler.strayStarted();
    try {
      count(stray, starter, membership);
    } catch (Throwable e) {
      strays.remove(thread);
      scheduler.strayEnded();
      throw e;
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  private void count(Registry.Entry entry, Thread starter, @Nullable Membership membership) {
    if (starter.isVirtual() && membership instanceof Worker worker && worker.domain() == this) {
      // By a task that is itself counted: the barrier is not reached before this is.
      worker.taskStarted(entry);
      return;
    }
    scheduler.monitor().touch();
    // Listed, then counted: who sees it counted finds it in the list, to interrupt it.
    synchronized (outside) {
      outside.add(entry);
      outsideListed++;
    }
    boolean counted = false;
    boolean admitted = false;
    try {
      // Counted, then checked; who closes sets the phase, then counts: one of the two sees the
      // other.
      outsideStarted.increment();
      counted = true;
      admitted = mayStart(starter, membership);
    } finally {
      if (!admitted) {
        Registry.remove(entry);
        if (counted) {
          outsideEnded.increment();
        }
      }
    }
    if (!admitted) {
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
    Registry.remove(task);
    if (Here.worker() instanceof Worker worker && worker.domain() == this) {
      worker.taskEnded();
    } else {
      outsideEnded.increment();
    }
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
    outsideGuardsClosed.increment();
    closer.holderEnded();
  }

  /**
   * Says whether no task, job or guard is alive; exact once work from outside is rejected.
   *
   * <p>All ends are read before all starts. Whoever is seen to have ended is then also seen to have
   * started, and so is all that it started, because the ends are published with release and read
   * with acquire. If the numbers are equal, everyone seen to start is seen to have ended; a live
   * holder nobody saw would have been started by one that was seen, had ended and so would have
   * shown it. Starts from outside are ordered against the phase instead; see {@link #admit}.
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
   * Returns how many tasks were listed so far, for the cancelling phase; {@link #forEachTask} then
   * finds those of them that are alive. One that is started from outside is counted before.
   */
  long tasksListed() {
    long listed = outsideListed;
    for (Worker worker : scheduler.workers()) {
      listed += worker.tasksStarted();
    }
    return listed;
  }

  long tasksAlive() {
    long ended = outsideEnded.sum();
    for (Worker worker : scheduler.workers()) {
      ended += worker.tasksEnded();
    }
    long started = outsideStarted.sum();
    for (Worker worker : scheduler.workers()) {
      started += worker.tasksStarted();
    }
    return Math.max(0, started - ended);
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
      LOG.log(
          System.Logger.Level.WARNING,
          "close() of runtime '" + name + "' reached its deadline; the rest goes on: " + report);
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

  long startedAt() {
    return startedAt;
  }

  @Override
  public void leaked(ShutdownReport.Holder leak) {
    closer.leaked(leak);
    LOG.log(
        System.Logger.Level.WARNING,
        () ->
            "a "
                + leak.kind()
                + " of local '"
                + leak.name()
                + "' was not closed by "
                + leak.owner()
                + (leak.stack().isEmpty()
                    ? " (its place was not recorded; builder().placeTracking(ALL) records all)"
                    : ", taken at " + leak.stack().getFirst()));
    quietly(() -> listener.leaked(leak));
  }

  @Override
  public void failed(ShutdownReport.Failure failure) {
    closer.failed(failure);
  }

  @Override
  public void uncaught(Throwable failure) {
    Thread current = Thread.currentThread();
    Thread.UncaughtExceptionHandler handler = config.uncaught();
    if (handler == null) {
      handler = current.getUncaughtExceptionHandler();
    }
    try {
      handler.uncaughtException(current, failure);
    } catch (Throwable e) {
      try {
        if (e != failure) {
          e.addSuppressed(failure);
        }
        LOG.log(
            System.Logger.Level.ERROR, "the uncaught-exception handler of " + name + " threw", e);
      } catch (Throwable lost) {
        // The logger fails too: nobody is left to tell, and the worker must go on.
      }
    }
  }

  private void quietly(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      uncaught(e);
    }
  }

  void taskBegins(Task<?> task) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      quietly(() -> listener.taskStarted(task));
    }
  }

  void taskEnds(Task<?> task) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      quietly(() -> listener.taskEnded(task));
    }
  }

  void phaseEntered(ShutdownPhase phase) {
    quietly(() -> listener.phaseEntered(phase));
  }

  @Override
  public void workerStarted(Worker worker) {
    quietly(() -> listener.workerStarted(worker.index()));
  }

  @Override
  public void workerStopped(Worker worker) {
    quietly(() -> listener.workerStopped(worker.index()));
  }

  @Override
  public void workerParked(Worker worker) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      quietly(() -> listener.workerParked(worker.index()));
    }
  }

  @Override
  public void workerUnparked(Worker worker) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      quietly(() -> listener.workerUnparked(worker.index()));
    }
  }

  @Override
  public void blockedWhilePinned(Worker worker, StackTraceElement[] stack) {
    StackTraceElement place = usersFrame(stack);
    if (warnedOf.add(place)) {
      LOG.log(
          System.Logger.Level.WARNING,
          () ->
              worker.name()
                  + " is blocked by a task inside with(), update() or an initialiser, at "
                  + place
                  + ": use lease() or ref() where the code may block (said once for this place)");
    }
    quietly(() -> listener.blockedWhilePinned(worker.index(), stack));
  }

  /** Returns the innermost frame that is neither the JDK's nor ours: the one to change. */
  private static StackTraceElement usersFrame(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String type = frame.getClassName();
      if (!type.startsWith("java.")
          && !type.startsWith("jdk.")
          && !type.equals(CarrierRuntime.class.getName())
          && !type.equals(TaskBody.class.getName())) {
        return frame;
      }
    }
    return stack[0];
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
