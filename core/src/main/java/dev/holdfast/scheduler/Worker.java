// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.jdk.Sockets;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.OutOfLine;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.WorkerEvents;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One worker: a platform thread that carries virtual threads, with its queue, timers and values.
 *
 * <p>It looks for the next task in this order: calls for its own thread, due timers, now and then
 * sockets and the global queue, the next-task slot, its queue, the global queue, timers and sockets
 * again, other workers. The slot holds what the running task woke or started last, which is likely
 * to use the same data; after a few turns in a row it goes behind the queue, so that two tasks that
 * wake each other do not starve the rest.
 */
public final class Worker extends WorkerOwner implements Runnable {

  /** How often the global queue is looked at first; prime, so as not to fall in step with tasks. */
  private static final int GLOBAL_INTERVAL = 61;

  /** How often the clock is read for timers while there are tasks to run; a power of two. */
  private static final int TIMER_INTERVAL = 16;

  /**
   * How often in a row the slot goes before the queue; then what is there goes behind it. A task in
   * the queue waits for so many others at most; Tokio's limit is 3.
   */
  private static final int NEXT_STREAK = 4;

  /** After so many tasks in a row from the slot the global queue is looked at. */
  private static final int SLOT_TURNS = 3;

  /** Of so many tasks that come into the slot, the time of one there is taken; a power of two. */
  private static final int SLOT_SAMPLE = 8;

  /** A slot that is emptied within this is not worth a wake-up, which takes as long. */
  private static final long SLOT_QUICK_NANOS = 500;

  private static final int TIMER_BATCH = 64;

  /** For about how long a worker takes tasks from outside at once. */
  private static final long SHARE_NANOS = 50_000;

  /** What a worker is at while its listener is told of it: it may block there like a task. */
  private static final Runnable NOTICE =
      new Runnable() {
        @Override
        public void run() {
          throw new IllegalStateException("stands for a notice, and is never run");
        }
      };

  /** How long the own queue is at most when a batch of the global one is sure to fit. */
  private static final int GLOBAL_ROOM = RunQueue.CAPACITY / 2;

  private static final VarHandle NEXT;
  private static final VarHandle TICKS;
  private static final VarHandle CURRENT;
  private static final VarHandle QUICK;
  private static final VarHandle SLOT_COUNT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      EarlyClasses.initialize(
          lookup,
          Object.class,
          Throwable.class,
          VirtualMachineError.class,
          LinkageError.class,
          StackOverflowError.class);
      NEXT = lookup.findVarHandle(Worker.class, "next", Runnable.class);
      TICKS = lookup.findVarHandle(Worker.class, "ticks", int.class);
      CURRENT = lookup.findVarHandle(Worker.class, "current", Runnable.class);
      QUICK = lookup.findVarHandle(Worker.class, "quick", boolean.class);
      SLOT_COUNT = lookup.findVarHandle(Worker.class, "slotCount", int.class);
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
  private final GlobalQueue.Rest moveHere = this::pushBack;
  private final TimerHeap timers;
  private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
  private final Runnable runCalls = this::runCalls;

  // Written by the worker (and tasks on it) and by thieves, by getAndSet: volatile, because it
  // hands a task over, and because a thief and the worker must not both get it.
  private volatile @Nullable Runnable next;

  // Set by who adds a call, after adding; cleared by the worker, before taking: volatile for that
  // order, or a call could stay unseen.
  private volatile boolean called;

  // Written by the worker's thread, read by the monitor: opaque, it only has to see change.
  private int ticks;

  @SuppressWarnings("UnusedVariable") // through CURRENT
  private @Nullable Runnable current;

  // Set by the worker's thread as it ends, read by who wants to post: volatile.
  private volatile boolean finished;

  /**
   * What the tasks that were mounted here, and calls on the worker's own thread, left undone as
   * they came to the end of their stacks, or of the memory: a list, each of whose arrays holds an
   * item and the rest; see {@link #settle}.
   *
   * <p>A field that is written without a call, for which there may be no stack left. By tasks on
   * the worker and by its own thread, between two tasks.
   */
  @Nullable Object @Nullable [] undone;

  // Whether the slot was emptied soon by this worker, when that was last looked at. Written by its
  // thread (and tasks on it), read by those that may watch: opaque, it decides on cost alone.
  private boolean quick;

  // How many came into the slot while it was empty. By the worker's thread, and tasks on it, after
  // the slot is filled; read by who watches: opaque, what it misses it sees at the next look.
  private int slotCount;

  // When the task came into the slot whose time is taken, or 0. On the worker only.
  private long slotFilledAt;

  // What who watches the slots saw here last.
  private final SlotWatch.Sight sight = new SlotWatch.Sight();

  // The worker's thread only.
  private boolean searching;
  private int streak;
  private boolean yielded;
  private int random;
  private int globalTurn;
  private int shareTicks;
  private long shareTime;

  /** Whether this worker runs no task any more; read by what its own thread calls. */
  boolean leftLoop;

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
    this.thread = scheduler.admission().newThread(this, this);
    try {
      this.idle = IdleWait.parking(thread);
    } catch (Throwable e) {
      Here.release(thread);
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
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

  /** Says whether this worker runs a task or a call, not a destructor or a notice; any thread. */
  @Override
  public boolean isRunning() {
    Runnable running = current();
    return running != null && running != NOTICE;
  }

  @Override
  public int turns() {
    return ticks;
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

  @Override
  public boolean post(Runnable action) {
    if (finished) {
      return false;
    }
    // A call that is queued and not heard of would be counted as ended by who posts, and run.
    StackRoom.ensure();
    calls.add(action);
    called = true;
    idle.wake();
    return true;
  }

  /**
   * Queues what the running task started; by that task, mounted here. The first of several goes to
   * the slot, the others behind it, in their order.
   */
  void pushStarted(Runnable task) {
    if (next == null) {
      pushNext(task);
      return;
    }
    pushBack(task);
    try {
      scheduler.wakeForWork();
    } catch (VirtualMachineError | LinkageError e) {
      // The task is queued, and so this call has done what it was asked for; the monitor wakes who
      // was not woken.
    }
  }

  /** Queues what the running task woke, before what it woke last; by that task, mounted here. */
  void pushNext(Runnable task) {
    // Room is made first: what fails for want of memory must fail before anything is moved.
    if (next != null && queue.size() == RunQueue.CAPACITY) {
      overflow();
    }
    Runnable seen = next;
    Runnable before;
    try {
      before = (Runnable) NEXT.getAndSet(this, task);
    } catch (VirtualMachineError | LinkageError e) {
      // It may have failed behind the exchange, as it casts the result: what was in the slot would
      // be lost. It may be queued twice by this, or be with a thief, and runs once all the same.
      if (seen != null) {
        undone = new Object[] {seen, undone};
      }
      if (next == task) {
        return;
      }
      throw e;
    }
    boolean queued = before == null;
    try {
      if (before != null) {
        pushBack(before);
        queued = true;
      } else if (isQuick() && scheduler.slotWatch().isOn()) {
        return;
      }
      scheduler.wakeForWork();
    } catch (VirtualMachineError | LinkageError e) {
      // The task is in the slot, and so this call has done what it was asked for. What was there
      // before is another's, and must not be lost; the monitor wakes who was not woken.
      if (!queued) {
        undone = new Object[] {before, undone};
      }
    }
  }

  /**
   * Says whether what has just come into the empty slot is likely to be taken by this worker soon,
   * before another could be woken for it: as when two tasks wait for each other in turn.
   */
  private boolean isQuick() {
    int count = slotCount + 1;
    SLOT_COUNT.setOpaque(this, count);
    if ((count & (SLOT_SAMPLE - 1)) == 0) {
      if (slotFilledAt != 0) {
        // Somebody else has taken the one whose time was to be taken.
        quick(false);
      }
      slotFilledAt = System.nanoTime();
    }
    return quick;
  }

  private void quick(boolean is) {
    if (is != quick) {
      QUICK.setOpaque(this, is);
    }
  }

  /** Returns how often the slot was filled while it was empty; any thread. */
  int slotCount() {
    return (int) SLOT_COUNT.getOpaque(this);
  }

  /** Says whether its slot is mostly emptied soon; any thread. */
  boolean seemsQuick() {
    return (boolean) QUICK.getOpaque(this);
  }

  /** Queues what was left undone. */
  private void settle() {
    for (@Nullable Object @Nullable [] each = undone; each != null; each = undone) {
      @Nullable Object @Nullable [] rest = (@Nullable Object @Nullable []) each[1];
      undone = rest;
      if (!queue.offer((Runnable) Objects.requireNonNull(each[0]))) {
        // A task of the queue is run before this is tried again. To make room at once would take
        // memory, for want of which the task may be here.
        undone = each;
        return;
      }
    }
  }

  /** Queues what this worker's own thread makes ready: a yielding task, a timer's, a call's. */
  void pushOwn(Runnable task) {
    if (leftLoop) {
      scheduler.inject(task);
      return;
    }
    // It goes behind all others, those from outside included: two tasks that yield to each other
    // for ever would else keep them waiting.
    yielded = true;
    boolean alone = next == null && queue.isEmpty();
    pushBack(task);
    if (!alone) {
      try {
        scheduler.wakeForWork();
      } catch (StackOverflowError e) {
        // The task is queued, and this worker is awake; the monitor wakes who was not woken.
      }
    }
  }

  private void pushBack(Runnable task) {
    while (!queue.offer(task)) {
      overflow();
    }
  }

  private void pushBack(Runnable[] batch, int from) {
    if (!queue.offerAll(batch, from)) {
      for (int i = from; i < batch.length; i++) {
        pushBack(batch[i]);
      }
    }
  }

  private void overflow() {
    StackRoom.ensure();
    Runnable[] batch = queue.takeHalf();
    try {
      scheduler.globalQueue().addAll(batch);
    } catch (Throwable e) {
      // Memory ran out. There is room for them where they were.
      for (Runnable task : batch) {
        queue.offer(task);
      }
      throw e;
    }
  }

  /** Takes the task in the slot; by a thief or by this worker. */
  @Nullable Runnable takeNext() {
    return next == null ? null : (Runnable) NEXT.getAndSet(this, null);
  }

  @Override
  public void run() {
    tell(WorkerEvents::workerStarted);
    try {
      while (!runNext()) {
        Thread.onSpinWait();
      }
      leftLoop = true;
      Sockets.lookNoMore();
      handBack();
      runCalls();
      destroyAll();
    } finally {
      finished = true;
      scheduler.events().workerStopped(this);
    }
  }

  /** Runs tasks until the scheduler stops; returns false if it must be called again. */
  private boolean runNext() {
    try {
      boolean ran = true;
      while (ran) {
        ran = runOne();
      }
      return true;
    } catch (Throwable e) {
      // Memory ran out between two tasks; what is queued is still queued.
      scheduler.events().uncaught(e);
      return false;
    }
  }

  /** Runs one task; a method, so that no frame of a waiting worker keeps what ran last. */
  private boolean runOne() {
    Runnable task = nextTask();
    if (task == null) {
      return false;
    }
    run(task);
    return true;
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
        // First: a call may take long, and nobody is woken while this worker counts as searching.
        endSearch();
        OutOfLine.run(runCalls);
      }
      if (undone != null) {
        settle();
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
        Sockets.lookAgain();
      }
      if (tick % GLOBAL_INTERVAL == 0 || (yielded && queue.size() <= GLOBAL_ROOM)) {
        task = global();
      } else if (streak == SLOT_TURNS && queue.size() <= GLOBAL_ROOM) {
        // Tasks of a chain may take long each, and be the only ones here.
        streak++;
        task = global();
      }
      yielded = false;
      if (task == null) {
        task = local();
      }
      if (task == null) {
        task = global();
      }
      if (task == null) {
        task = takeOwnNext();
      }
      if (task == null && (fireTimers() || Sockets.look())) {
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

  /**
   * Takes the task in the slot; or if that has gone first for long, one from the queue, behind all
   * of which the one in the slot is put then.
   */
  private @Nullable Runnable local() {
    if (streak < NEXT_STREAK) {
      Runnable task = takeOwnNext();
      if (task != null) {
        streak++;
        return task;
      }
    }
    streak = 0;
    Runnable task = queue.poll();
    if (task != null) {
      Runnable passedOver = takeNext();
      if (passedOver != null) {
        // There is room: one was taken, and only this worker adds.
        queue.offer(passedOver);
      }
    }
    return task;
  }

  private @Nullable Runnable takeOwnNext() {
    Runnable task = takeNext();
    if (task != null && slotFilledAt != 0) {
      quick(System.nanoTime() - slotFilledAt < SLOT_QUICK_NANOS);
      slotFilledAt = 0;
    }
    return task;
  }

  /** Takes a task from the global queue, and some more to the own one if that is not long. */
  private @Nullable Runnable global() {
    GlobalQueue from = scheduler.globalQueue();
    if (from.isEmpty()) {
      return null;
    }
    if (queue.size() > GLOBAL_ROOM) {
      // A batch must fit before it is taken.
      overflow();
    }
    Runnable first = from.take(queue, share(), globalTurn++, moveHere);
    if (first == null) {
      return null;
    }
    if (!queue.isEmpty() || !from.isEmpty()) {
      scheduler.wakeForWork();
    }
    return first;
  }

  /**
   * Says how many tasks to take from outside at once: what this worker runs in a short time, if
   * they take as long as the last ones did. What it takes waits for it, though another may be free.
   */
  private int share() {
    int turns = ticks - shareTicks;
    long now = System.nanoTime();
    long each = (now - shareTime) / Math.max(1, turns);
    shareTicks = ticks;
    shareTime = now;
    return Math.clamp(SHARE_NANOS / Math.max(1, each), 1, RunQueue.CAPACITY);
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
    tell(WorkerEvents::workerParked);
    sleepers.announce(index);
    boolean searched = searching;
    if (searched) {
      searching = false;
      sleepers.stopSearching();
    }
    boolean work = scheduler.hasWork();
    if (!work && !called && !scheduler.isStopped() && !scheduler.isExcess(rank)) {
      if (!scheduler.someSlotIsQuick() || !scheduler.slotWatch().tryBegin() || watchSlots()) {
        awaitAnything();
      }
      scheduler.monitor().touch();
    }
    if (!sleepers.retract(index)) {
      searching = true;
    } else if (work && searched) {
      // Several may have relied on this search, and this worker runs one task: as a searcher it
      // wakes another for the rest. If too many search already, the last of those does.
      searching = sleepers.tryStartSearching(scheduler.searchLimit());
    }
    // After retract: the monitor, before it waits for this call, counts who sleeps.
    scheduler.monitor().active();
    tell(WorkerEvents::workerUnparked);
  }

  private void awaitAnything() {
    long timer = untilTimer();
    if (!idle.awaitSockets(timer)) {
      idle.await(timer);
    }
  }

  /**
   * Sleeps as {@link #sleep} does, and looks at the slots meanwhile; see {@link SlotWatch}.
   *
   * @return whether there is nothing more to watch, so that it can sleep on
   */
  private boolean watchSlots() {
    SleeperSet sleepers = scheduler.sleepers();
    int vain = 0;
    boolean stuck = false;
    while (!stuck && vain < SlotWatch.PATIENCE) {
      long timer = untilTimer();
      idle.await(Math.min(timer, SlotWatch.INTERVAL_NANOS));
      if (timer <= SlotWatch.INTERVAL_NANOS
          || !sleepers.isAnnounced(index)
          || called
          || scheduler.isStopped()) {
        break;
      }
      boolean active = false;
      for (int i = 0, n = scheduler.count(); i < n; i++) {
        Worker each = scheduler.worker(i);
        active |= each.sight.isQuickAndAtWork(each);
        stuck |= each.sight.isStuck(each);
      }
      // What is stuck is to be taken by this worker, also at the last look.
      vain = active || stuck ? 0 : vain + 1;
    }
    scheduler.slotWatch().end();
    if (!stuck && scheduler.someSlotIsFull()) {
      // Perhaps this worker: it is still announced, unless somebody has claimed it.
      scheduler.wakeForWork();
    }
    return vain == SlotWatch.PATIENCE;
  }

  /**
   * Tells of this worker. The monitor sees that it is not at rest: a listener that waits, perhaps
   * for a lock of a task that only this worker could run, has a spare worker stand in for it.
   */
  private void tell(BiConsumer<WorkerEvents, Worker> event) {
    TICKS.setOpaque(this, ticks + 1);
    CURRENT.setOpaque(this, NOTICE);
    event.accept(scheduler.events(), this);
    CURRENT.setOpaque(this, null);
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
    Runnable first = takeNext();
    if (first != null) {
      try {
        scheduler.inject(first);
      } catch (Throwable e) {
        // Memory ran out. Only this worker fills the slot, and while it does this nobody else.
        next = first;
        throw e;
      }
    }
    for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
      try {
        scheduler.inject(task);
      } catch (Throwable e) {
        // There is room where it was.
        queue.offer(task);
        throw e;
      }
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
