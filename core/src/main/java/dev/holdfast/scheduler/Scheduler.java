// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.WorkerEvents;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The workers of one runtime, and what they share: the global queue, who sleeps, who is spare.
 *
 * <p>A task is queued where it was made ready: on the worker whose task did it, or in the global
 * queue. Idle workers steal half of another's queue. Of the idle ones at most half search at a
 * time; the others sleep, and one is woken when work appears that nobody searches for.
 */
public final class Scheduler implements Carriers {

  /** How often a thief looks at a slot again before it takes from it; see {@link #steal}. */
  private static final int SLOT_PATIENCE = 8;

  /** The longest wait before a spare worker that could not be started is tried again. */
  private static final long MAX_SPARE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  static {
    EarlyClasses.initialize(MethodHandles.lookup(), Timer.class);
  }

  private final Admission admission;
  private final WorkerEvents events;
  private final Domain domain;
  private final int workers;
  private final long trackNanos;
  private final GlobalQueue global;
  private final SleeperSet sleepers;
  private final SlotWatch slotWatch = new SlotWatch();
  private final CarrierBridge bridge;
  private final Monitor monitor;
  private final LateCarrier late;

  // Filled in order, each place once, by the starting thread and then by the monitor; read by all.
  private final AtomicReferenceArray<@Nullable Worker> all;

  // How many places of `all` are filled. Written after the place, read before it: volatile.
  private volatile int count;

  // How many spare workers are to run. Written by the monitor, read by spare workers.
  private volatile int spareTarget;

  // How long to wait after the last attempt to start a spare worker, 0 if that did not fail, and
  // when to try again. The monitor's thread only.
  private long spareWait;
  private long spareAgainAt;

  // Written once by the closing thread, read by workers.
  private volatile boolean stopped;

  // Written once by the closing thread after the workers have ended, read by who injects.
  private volatile boolean closed;

  // How many spare workers stand by, neither at work nor among the sleepers.
  private final AtomicInteger standingBy = new AtomicInteger();

  // How many live virtual threads were not made by the runtime. Written when one starts or ends.
  private final AtomicInteger strays = new AtomicInteger();

  /**
   * Makes a scheduler whose workers are not started yet.
   *
   * @param trackNanos see {@link dev.holdfast.slot.WorkerOwner}
   */
  public Scheduler(
      Admission admission,
      WorkerEvents events,
      Domain domain,
      int workers,
      int spares,
      long trackNanos) {
    this.admission = admission;
    this.events = events;
    this.domain = domain;
    this.workers = workers;
    this.trackNanos = trackNanos;
    this.global = new GlobalQueue(workers);
    this.all = new AtomicReferenceArray<>(workers + spares);
    this.sleepers = new SleeperSet(workers + spares);
    this.bridge = new CarrierBridge(this);
    this.monitor = new Monitor(this);
    this.late = new LateCarrier(domain.name());
  }

  /**
   * Starts the configured workers.
   *
   * @throws RuntimeException what the thread factory threw, as any error of starting a thread; the
   *     workers that were started are then stopped, and have ended when this returns
   */
  @Override
  public void start() {
    try {
      for (int i = 0; i < workers; i++) {
        startWorker(-1);
      }
    } catch (Throwable e) {
      stop();
      for (Worker worker : workers()) {
        Here.awaitEnd(worker.thread());
      }
      throw e;
    }
  }

  private void startWorker(int rank) {
    int index = count;
    Worker worker = new Worker(this, domain, index, rank, trackNanos);
    // Before the thread starts: a waker must find a worker that has announced its sleep, and who
    // looks for tasks or values must find what a listener starts or makes there.
    all.set(index, worker);
    count = index + 1;
    try {
      worker.thread().start();
    } catch (Throwable e) {
      // It stays where who has read the count before may look at it, and finds nothing.
      count = index;
      Here.release(worker.thread());
      throw e;
    }
  }

  /** Returns what is given to the JDK as the scheduler of our virtual threads. */
  @Override
  public Executor executor() {
    return bridge;
  }

  /** Returns the monitor of the workers. */
  public Monitor monitor() {
    return monitor;
  }

  /** Returns the workers started so far, the spare ones last. */
  @Override
  public List<Worker> workers() {
    int started = count;
    List<Worker> list = new ArrayList<>(started);
    for (int i = 0; i < started; i++) {
      Worker worker = all.get(i);
      if (worker != null) {
        list.add(worker);
      }
    }
    return list;
  }

  /** Tells the workers to end once they find nothing to run, and wakes them. */
  @Override
  public void stop() {
    stopped = true;
    for (Worker worker : workers()) {
      worker.wake();
    }
  }

  /**
   * Hands what is still queued, and all that will be, to a carrier of its own; after the workers
   * have ended. So a late wake-up neither throws nor strands a virtual thread.
   */
  @Override
  public void close() {
    closed = true;
    drainLate();
  }

  /** Counts a virtual thread that the runtime did not make. */
  @Override
  public void strayStarted() {
    strays.getAndIncrement();
  }

  /** Counts such a thread as ended. */
  @Override
  public void strayEnded() {
    strays.getAndDecrement();
  }

  Admission admission() {
    return admission;
  }

  WorkerEvents events() {
    return events;
  }

  GlobalQueue globalQueue() {
    return global;
  }

  SleeperSet sleepers() {
    return sleepers;
  }

  SlotWatch slotWatch() {
    return slotWatch;
  }

  LateCarrier late() {
    return late;
  }

  boolean isStopped() {
    return stopped;
  }

  boolean isExcess(int rank) {
    return rank >= 0 && rank >= spareTarget && !stopped;
  }

  /** Says whether no worker is at work, or is about to be, except by a wake-up. */
  boolean allRest() {
    return standingBy.get() + sleepers.announced() >= count;
  }

  AtomicInteger standingBy() {
    return standingBy;
  }

  int configured() {
    return workers;
  }

  int searchLimit() {
    return Math.max(1, (workers + 1) / 2);
  }

  /** Returns how many there are in {@link #workers}; needs no memory. */
  @Override
  public int count() {
    return count;
  }

  /** Returns one of them, by its number. */
  @Override
  public Worker worker(int index) {
    return Objects.requireNonNull(all.get(index));
  }

  /** Queues a task from a thread that is no worker. */
  void inject(Runnable task) {
    global.add(task, Thread.currentThread().threadId());
    if (closed) {
      // Volatile after the add, as close() sets it before it drains: one of the two takes the task.
      drainLate();
      return;
    }
    try {
      wakeForWork();
    } catch (StackOverflowError e) {
      // The task is queued, and so this call has done what it was asked for. To wake a worker takes
      // more stack than there is left here, and the monitor has it.
      try {
        monitor.wake();
      } catch (StackOverflowError again) {
        // Nor is there room for that. It looks by itself, if late: see Monitor#REST_NANOS.
      }
    }
  }

  private void drainLate() {
    GlobalQueue.Rest rest =
        (batch, from) -> {
          for (int i = from; i < batch.length; i++) {
            late.carry(batch[i]);
          }
        };
    for (Runnable task = global.poll(rest); task != null; task = global.poll(rest)) {
      late.carry(task);
    }
  }

  /** Queues what threads outside could not, as they came to the end of their stacks. */
  void settle() {
    bridge.settle();
  }

  /** Wakes a sleeping worker unless one is searching. */
  void wakeForWork() {
    int index = sleepers.wakeOne();
    if (index >= 0) {
      worker(index).wake();
    }
  }

  /** Wakes a sleeping worker even if one is searching. */
  void wakeAnyway() {
    int index = sleepers.wakeAny();
    if (index >= 0) {
      worker(index).wake();
    }
  }

  /** Says whether a worker that is about to sleep should look again. */
  boolean hasWork() {
    if (!global.isEmpty()) {
      return true;
    }
    for (int i = 0, n = count; i < n; i++) {
      if (!worker(i).queue().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Says whether a worker that is at work empties its slot soon: only then is there one to watch.
   */
  boolean someSlotIsQuick() {
    for (int i = 0, n = count; i < n; i++) {
      Worker each = worker(i);
      if (each.seemsQuick() && each.isRunning()) {
        return true;
      }
    }
    return false;
  }

  boolean someSlotIsFull() {
    for (int i = 0, n = count; i < n; i++) {
      if (worker(i).hasNext()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Steals half of another worker's queue; if all are empty, the task in another's slot, provided
   * that it stays there for a moment: mostly its own worker is about to take it.
   */
  @Nullable Runnable steal(Worker thief, int random) {
    int n = count;
    if (n == 0) {
      return null;
    }
    int start = Integer.remainderUnsigned(random, n);
    boolean slots = false;
    for (int i = 0; i < n; i++) {
      Worker victim = worker(start + i < n ? start + i : start + i - n);
      if (victim != thief) {
        Runnable task = victim.queue().stealHalfInto(thief.queue());
        if (task != null) {
          return task;
        }
        slots |= victim.hasNext();
      }
    }
    for (int i = 0; slots && i < n; i++) {
      Worker victim = worker(start + i < n ? start + i : start + i - n);
      if (victim != thief && stays(victim)) {
        Runnable task = victim.takeNext();
        if (task != null) {
          return task;
        }
      }
    }
    return null;
  }

  private static boolean stays(Worker victim) {
    for (int i = 0; i < SLOT_PATIENCE; i++) {
      if (!victim.hasNext()) {
        return false;
      }
      Thread.onSpinWait();
    }
    return true;
  }

  /** Looks, after a run on a worker, whether a virtual thread of somebody else's has ended. */
  void afterRun(Runnable task) {
    if (strays.getPlain() != 0 && VirtualThreads.isContinuation(task)) {
      Thread thread = VirtualThreads.threadOf(task);
      if (VirtualThreads.isTerminated(thread)) {
        admission.strayEnded(thread);
      }
    }
  }

  int spareTarget() {
    return spareTarget;
  }

  /** Sets how many spare workers run, starting or waking them; by the monitor only. */
  void spareTarget(int target) {
    int before = spareTarget;
    if (target == before) {
      return;
    }
    spareTarget = target;
    for (int rank = before; rank < target; rank++) {
      if (workers + rank < count) {
        worker(workers + rank).wake();
      } else if (!startSpare(rank)) {
        spareTarget = rank;
        return;
      }
    }
  }

  /**
   * Starts a spare worker, unless that failed a short time ago. Of failures in a row the first is
   * reported; each doubles the time to the next attempt, for it may last, and cost much each time.
   */
  private boolean startSpare(int rank) {
    if (spareWait != 0 && spareAgainAt - monitor.now() > 0) {
      return false;
    }
    try {
      startWorker(rank);
      spareWait = 0;
      return true;
    } catch (Throwable e) {
      boolean first = spareWait == 0;
      spareWait = Math.clamp(2 * spareWait, 2 * Monitor.INTERVAL_NANOS, MAX_SPARE_WAIT_NANOS);
      spareAgainAt = System.nanoTime() + spareWait;
      if (first) {
        events.uncaught(
            new IllegalStateException(
                "a spare worker could not be started, which is tried again from time to time;"
                    + " blocked workers of runtime '"
                    + domain.name()
                    + "' have "
                    + rank
                    + " stand-ins",
                e));
      }
      return false;
    }
  }

  int maxSpares() {
    return all.length() - workers;
  }

  // ---- Watching

  @Override
  public void beginWatch() {
    monitor.begin();
  }

  @Override
  public long look() {
    return monitor.sample();
  }

  @Override
  public long now() {
    return monitor.now();
  }

  @Override
  public void touch() {
    monitor.touchIfIdle();
  }
}
