// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * One worker: a platform thread that carries virtual threads, with its queue, timers and values.
 *
 * <p>It looks for the next task in this order: calls for its own thread, due timers, now and then
 * the global queue, the next-task slot, its queue, the global queue, other workers. The slot holds
 * what the running task woke or started last, which is likely to use the same data; it is passed
 * over after a few turns in a row, so that two tasks that wake each other do not starve the rest.
 */
public final class Worker extends WorkerOwner implements Runnable {

  /** How often the global queue is looked at first; prime, so as not to fall in step with tasks. */
  private static final int GLOBAL_INTERVAL = 61;

  /** How often the clock is read for timers while there are tasks to run; a power of two. */
  private static final int TIMER_INTERVAL = 16;

  /** How often in a row the slot goes before the queue. */
  private static final int NEXT_STREAK = 3;

  private static final int TIMER_BATCH = 64;
  private static final int GLOBAL_BATCH = 32;

  private static final VarHandle NEXT;
  private static final VarHandle TICKS;
  private static final VarHandle CURRENT;
  private static final VarHandle TASKS_STARTED;
  private static final VarHandle TASKS_ENDED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      NEXT = lookup.findVarHandle(Worker.class, "next", Runnable.class);
      TICKS = lookup.findVarHandle(Worker.class, "ticks", int.class);
      CURRENT = lookup.findVarHandle(Worker.class, "current", Runnable.class);
      TASKS_STARTED = lookup.findVarHandle(Worker.class, "tasksStarted", long.class);
      TASKS_ENDED = lookup.findVarHandle(Worker.class, "tasksEnded", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Scheduler scheduler;
  private final Monitor monitor;
  private final int index;
  private final int rank;
  private final String name;
  private final Thread thread;
  private final IdleWait idle;
  private final RunQueue queue = new RunQueue();
  private final TimerHeap timers;
  private final Registry tasks = new Registry();
  private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();

  // Written by the worker (and tasks on it) and by thieves, by getAndSet: volatile, because it
  // hands
  // a task over, and because a thief and the worker must not both get it.
  private volatile @Nullable Runnable next;

  // Set by who adds a call, after adding; cleared by the worker, before taking: volatile for that
  // order, or a call could stay unseen.
  private volatile boolean called;

  // Written by the worker's thread, read by the monitor: opaque, it only has to see change.
  private int ticks;

  @SuppressWarnings("UnusedVariable") // through CURRENT
  private @Nullable Runnable current;

  // Written by the worker and tasks on it, read by the closing thread: release and acquire, so that
  // who sees a task ended sees all that it started. See Scheduler#quiescent.
  private long tasksStarted;
  private long tasksEnded;

  // Set by the worker's thread as it ends, read by who wants to post: volatile.
  private volatile boolean finished;

  // The worker's thread only.
  private boolean searching;
  private int streak;
  private int random;
  private boolean leftLoop;

  /**
   * Makes a worker with an unstarted thread.
   *
   * @param rank -1 for a configured worker, else the number of a spare worker
   */
  Worker(Scheduler scheduler, Domain domain, int index, int rank, long trackNanos) {
    super(domain, trackNanos);
    this.scheduler = scheduler;
    this.monitor = scheduler.monitor();
    this.index = index;
    this.rank = rank;
    this.name = domain.name() + (rank < 0 ? "-worker-" + index : "-spare-" + rank);
    this.timers = new TimerHeap(scheduler.events()::uncaught);
    this.random = (index + 1) * 0x9E3779B9;
    this.thread = scheduler.admission().newThread(this);
    this.idle = IdleWait.parking(thread);
  }

  @Override
  public String name() {
    return name;
  }

  /** Returns the number of this worker; spare workers come after the configured ones. */
  public int index() {
    return index;
  }

  int rank() {
    return rank;
  }

  @Override
  public long now() {
    return monitor.now();
  }

  @Override
  public Thread thread() {
    return thread;
  }

  /** Returns the tasks that were started on this worker and have not ended; any thread. */
  public Registry tasks() {
    return tasks;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  RunQueue queue() {
    return queue;
  }

  TimerHeap timers() {
    return timers;
  }

  boolean hasNext() {
    return next != null;
  }

  /** Says whether this worker runs a task or a call, and not a destructor; any thread. */
  public boolean isRunning() {
    return current() != null;
  }

  int ticks() {
    return (int) TICKS.getOpaque(this);
  }

  @Nullable Runnable current() {
    return (Runnable) CURRENT.getOpaque(this);
  }

  void wake() {
    idle.wake();
  }

  /** Counts and lists a task that is started here; on this worker only. */
  public void taskStarted(Registry.Entry task) {
    tasks.add(task);
    TASKS_STARTED.setRelease(this, tasksStarted + 1);
  }

  /** Counts a task that ends here, wherever it was started; on this worker only. */
  public void taskEnded() {
    TASKS_ENDED.setRelease(this, tasksEnded + 1);
  }

  /** Returns how many tasks were started here; any thread. */
  public long tasksStarted() {
    return (long) TASKS_STARTED.getAcquire(this);
  }

  /** Returns how many tasks ended here; any thread. */
  public long tasksEnded() {
    return (long) TASKS_ENDED.getAcquire(this);
  }

  @Override
  public boolean post(Runnable action) {
    if (finished) {
      return false;
    }
    calls.add(action);
    called = true;
    idle.wake();
    return true;
  }

  /** Queues what the running task woke or started; by a task that is mounted here. */
  void pushNext(Runnable task) {
    // Room is made first: what fails for want of memory must fail before anything is moved.
    if (next != null && queue.size() == RunQueue.CAPACITY) {
      overflow();
    }
    Runnable before = (Runnable) NEXT.getAndSet(this, task);
    if (before != null) {
      pushBack(before);
      scheduler.wakeForWork();
    }
  }

  /** Queues what this worker's own thread makes ready: a yielding task, a timer's, a call's. */
  void pushOwn(Runnable task) {
    if (leftLoop) {
      scheduler.inject(task);
      return;
    }
    boolean alone = next == null && queue.isEmpty();
    pushBack(task);
    if (!alone) {
      scheduler.wakeForWork();
    }
  }

  private void pushBack(Runnable task) {
    while (!queue.offer(task)) {
      overflow();
    }
  }

  private void overflow() {
    queue.drainHalf(scheduler.globalQueue()::add);
  }

  /** Takes the task in the slot; by a thief or by this worker. */
  @Nullable Runnable takeNext() {
    return next == null ? null : (Runnable) NEXT.getAndSet(this, null);
  }

  @Override
  public void run() {
    scheduler.events().workerStarted(this);
    try {
      while (!runNext()) {
        Thread.onSpinWait();
      }
      leftLoop = true;
      handBack();
      runCalls();
      destroyAll();
    } finally {
      finished = true;
      scheduler.events().workerStopped(this);
      Here.release(thread);
    }
  }

  /** Runs tasks until the scheduler stops; returns false if it must be called again. */
  private boolean runNext() {
    try {
      for (Runnable task = nextTask(); task != null; task = nextTask()) {
        run(task);
      }
      return true;
    } catch (Throwable e) {
      // Memory ran out between two tasks; what is queued is still queued.
      scheduler.events().uncaught(e);
      return false;
    }
  }

  private void run(Runnable task) {
    TICKS.setOpaque(this, ticks + 1);
    CURRENT.setOpaque(this, task);
    if (thread instanceof OwnerThread own) {
      own.owed = 0;
    }
    try {
      task.run();
    } catch (Throwable e) {
      // A virtual thread keeps what its body throws; this is the VM at its limits.
      scheduler.events().uncaught(e);
    }
    CURRENT.setOpaque(this, null);
    scheduler.afterRun(task);
  }

  /** Returns the next task to run, waiting for one; null when the scheduler has stopped. */
  private @Nullable Runnable nextTask() {
    for (; ; ) {
      if (called) {
        runCalls();
      }
      int tick = ticks;
      if (tick % TIMER_INTERVAL == 0) {
        fireTimers();
      }
      if (scheduler.isExcess(rank)) {
        standBy();
        continue;
      }
      Runnable task = null;
      if (tick % GLOBAL_INTERVAL == 0) {
        task = scheduler.globalQueue().poll();
      }
      if (task == null) {
        task = local();
      }
      if (task == null) {
        task = global();
      }
      if (task == null && fireTimers()) {
        continue;
      }
      if (task == null) {
        task = search();
      }
      if (task != null) {
        endSearch();
        return task;
      }
      if (scheduler.isStopped()) {
        endSearch();
        return null;
      }
      sleep();
    }
  }

  private @Nullable Runnable local() {
    if (streak < NEXT_STREAK) {
      Runnable task = takeNext();
      if (task != null) {
        streak++;
        return task;
      }
    }
    streak = 0;
    Runnable task = queue.poll();
    return task != null ? task : takeNext();
  }

  /** Takes a task from the global queue, and a few more to the own one. */
  private @Nullable Runnable global() {
    Queue<Runnable> from = scheduler.globalQueue();
    Runnable first = from.poll();
    if (first == null) {
      return null;
    }
    int moved = 0;
    while (moved < GLOBAL_BATCH) {
      Runnable more = from.poll();
      if (more == null) {
        break;
      }
      pushBack(more);
      moved++;
    }
    if (moved > 0) {
      scheduler.wakeForWork();
    }
    return first;
  }

  private @Nullable Runnable search() {
    if (!searching) {
      if (!scheduler.sleepers().tryStartSearching(scheduler.searchLimit())) {
        return null;
      }
      searching = true;
    }
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    Runnable task = scheduler.steal(this, random);
    return task != null ? task : global();
  }

  /** Lets another worker search on if this one was the last to do so and has found something. */
  private void endSearch() {
    if (searching) {
      searching = false;
      if (scheduler.sleepers().stopSearching()) {
        scheduler.wakeForWork();
      }
    }
  }

  /** Waits until woken or until a timer is due, unless work turns up as the sleep is announced. */
  private void sleep() {
    SleeperSet sleepers = scheduler.sleepers();
    // Before the announcement: from there to the wait nothing foreign may run, for it could push a
    // task here after the last look, or use up the wake-up of who claims this worker.
    scheduler.events().workerParked(this);
    sleepers.announce(index);
    if (searching) {
      searching = false;
      sleepers.stopSearching();
    }
    if (!scheduler.hasWork() && !called && !scheduler.isStopped() && !scheduler.isExcess(rank)) {
      idle.await(untilTimer());
      scheduler.monitor().touch();
    }
    if (!sleepers.retract(index)) {
      searching = true;
    }
    // After retract: the monitor, before it waits for this call, counts who sleeps.
    scheduler.monitor().active();
    scheduler.events().workerUnparked(this);
  }

  private long untilTimer() {
    long deadline = timers.nextDeadline();
    return deadline == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, deadline - System.nanoTime());
  }

  /** Waits as a spare worker that is not needed: gives its tasks away, keeps timers and values. */
  private void standBy() {
    endSearch();
    handBack();
    scheduler.standingBy().getAndIncrement();
    if (scheduler.isExcess(rank) && !called && !scheduler.isStopped()) {
      idle.await(untilTimer());
    }
    scheduler.standingBy().getAndDecrement();
    scheduler.monitor().active();
    fireTimers();
  }

  /** Hands what is queued here to the others. */
  private void handBack() {
    Runnable task = takeNext();
    if (task == null) {
      task = queue.poll();
    }
    while (task != null) {
      try {
        scheduler.inject(task);
      } catch (Throwable e) {
        pushBack(task);
        throw e;
      }
      task = queue.poll();
    }
  }

  private boolean fireTimers() {
    return timers.nextDeadline() != Long.MAX_VALUE
        && timers.fireDue(System.nanoTime(), TIMER_BATCH) > 0;
  }

  private void runCalls() {
    called = false;
    for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
      TICKS.setOpaque(this, ticks + 1);
      CURRENT.setOpaque(this, call);
      try {
        call.run();
      } catch (Throwable e) {
        scheduler.events().uncaught(e);
      }
      Thread.interrupted();
      CURRENT.setOpaque(this, null);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
