// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.jdk.CpuTime;
import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.jdk.Sockets;
import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.ExclusiveAccess;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the workers every few milliseconds: finds those that run one task for long, and sees to
 * it that nothing waits for them.
 *
 * <p>A worker that is seen in the same task again has its ready tasks offered to a sleeping worker,
 * and then its due timers fired. If there is work, nobody sleeps, and its thread waits or is in a
 * native call, a spare worker runs in its place.
 *
 * <p>A look makes no object, except to start a spare worker or to tell of a blocked one: also where
 * the memory is at its end somebody must see to what waits. For the same reason there is no {@code
 * switch} over an enum, whose table is a class of its own that is initialised at the first use.
 *
 * <p>The methods are called by the monitor's thread unless they say otherwise.
 */
public final class Monitor {

  /** How long the monitor waits between two looks while there is work. */
  public static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /**
   * How long it waits while all workers rest. They are woken by whoever has work, and it by them;
   * only a thread that queues a task at the very end of its stack may have no room to wake anybody.
   */
  private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** After so many looks in the same task a worker whose thread waits counts as blocked. */
  private static final int BLOCKED_LOOKS = 2;

  /** How many looks apart the processor time of a worker is compared, to tell a native call. */
  private static final int NATIVE_LOOKS = 5;

  /** A thread that used less than this between two such looks is in a native call. */
  private static final long NATIVE_CPU_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  /** After so many looks in the same task a worker counts as computing without end: a second. */
  private static final int COMPUTING_LOOKS = 500;

  private static final int TIMER_BATCH = 256;

  static {
    EarlyClasses.initialize(MethodHandles.lookup(), CpuTime.class, Sight.class, State.class);
  }

  private final Scheduler scheduler;
  private final List<Sight> seen = new ArrayList<>();

  // Written by the monitor and by workers that wake, read by all: volatile, so that the tasks of a
  // worker are not dated before its sleep.
  private volatile long now = System.nanoTime();

  // Written by the monitor before it looks whether all sleep, read by a worker after it woke:
  // volatile, so that one of the two sees the other.
  private volatile boolean idle;

  private volatile @Nullable Thread thread;

  Monitor(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Tells which thread calls {@link #sample}; called by it, first. */
  public void begin() {
    thread = Thread.currentThread();
  }

  /** Returns the time of the last look, in the base of {@link System#nanoTime}; any thread. */
  public long now() {
    return now;
  }

  /** Reads the clock for those that ask {@link #now}; any thread. */
  public void touch() {
    now = System.nanoTime();
  }

  /** Reads the clock if the monitor does not, because no worker is at work; any thread. */
  public void touchIfIdle() {
    if (idle) {
      touch();
    }
  }

  /** Tells the monitor that a worker is at work again; by the worker. */
  void active() {
    if (idle) {
      idle = false;
      LockSupport.unpark(thread);
    }
  }

  /** Ends the monitor's wait; any thread. */
  public void wake() {
    LockSupport.unpark(thread);
  }

  /**
   * Looks once.
   *
   * @return how long to wait before the next look; longer if all workers sleep, until woken
   */
  public long sample() {
    idle = false;
    now = System.nanoTime();
    Sockets.lookNoMore(now, INTERVAL_NANOS);
    int count = scheduler.count();
    while (seen.size() < count) {
      seen.add(new Sight(scheduler.worker(seen.size())));
    }
    scheduler.settle();
    boolean work = !scheduler.globalQueue().isEmpty();
    boolean offer = work;
    boolean progress = false;
    int busy = 0;
    int blocked = 0;
    int computing = 0;
    for (int i = 0; i < count; i++) {
      Sight sight = seen.get(i);
      Worker worker = sight.worker;
      boolean ready = worker.hasNext() || !worker.queue().isEmpty();
      work |= ready;
      State state = sight.look();
      busy += state == State.AT_REST ? 0 : 1;
      offer |= ready && sight.times > 0;
      blocked += state == State.BLOCKED ? 1 : 0;
      computing += state == State.COMPUTING ? 1 : 0;
      progress |=
          state == State.AT_WORK || (state == State.AT_REST && !scheduler.isExcess(worker.rank()));
      if (sight.times >= BLOCKED_LOOKS) {
        work |= worker.timers().fireDue(now, TIMER_BATCH) > 0;
      }
    }
    if (offer) {
      scheduler.wakeAnyway();
    }
    adjustSpares(work && !scheduler.sleepers().anySleeping(), progress, blocked, computing);
    if (busy > 0 || work) {
      return INTERVAL_NANOS;
    }
    idle = true;
    // After the flag: a worker that did not see it as it woke is seen here not to rest.
    return scheduler.allRest() ? REST_NANOS : INTERVAL_NANOS;
  }

  /**
   * Decides how many spare workers run: one for each blocked worker, because those leave processors
   * idle; and, when all that could run compute without end, one after the other up to as many again
   * as there are workers, because only the operating system can share the processors then.
   */
  private void adjustSpares(boolean wanted, boolean progress, int blocked, int computing) {
    int target = Math.min(scheduler.spareTarget(), blocked + computing);
    if (wanted) {
      target = Math.max(target, blocked);
      if (!progress && target < blocked + Math.min(computing, scheduler.configured())) {
        target++;
      }
    }
    scheduler.spareTarget(Math.min(target, scheduler.maxSpares()));
  }

  /** What a look tells of a worker. */
  private enum State {
    /** It runs nothing. */
    AT_REST,
    /** It runs tasks, or one task that began lately. */
    AT_WORK,
    /** Its thread waits, or is in a native call that uses no processor. */
    BLOCKED,
    /** It has computed in one task for long. */
    COMPUTING
  }

  /** What the monitor has seen of one worker; the monitor's thread only. */
  private final class Sight {
    private final Worker worker;
    private int ticks;
    private int times;
    private long cpu;
    private boolean inNative;
    private boolean reported;

    Sight(Worker worker) {
      this.worker = worker;
    }

    State look() {
      int newTicks = worker.ticks();
      boolean runs = worker.current() != null;
      if (!runs || newTicks != ticks) {
        ticks = newTicks;
        times = 0;
        reported = false;
        return runs ? State.AT_WORK : State.AT_REST;
      }
      times++;
      if (times < BLOCKED_LOOKS) {
        return State.AT_WORK;
      }
      if (waits()) {
        if (!reported && Integer.bitCount(times) == 1) {
          // Again and again, ever more rarely: a task may compute, or block elsewhere, before it
          // blocks where it must not.
          try {
            reported = reportIfExclusive(worker);
          } catch (OutOfMemoryError e) {
            // The others must be looked at all the same. There may be memory the next time.
            reported = false;
          }
        }
        return State.BLOCKED;
      }
      if (times % NATIVE_LOOKS == 0) {
        long used = CpuTime.nanosOf(worker.thread());
        if (used >= 0) {
          inNative = times > NATIVE_LOOKS && used - cpu < NATIVE_CPU_NANOS;
          cpu = used;
        }
      } else if (times < NATIVE_LOOKS) {
        inNative = false;
      }
      if (inNative) {
        return State.BLOCKED;
      }
      return times >= COMPUTING_LOOKS ? State.COMPUTING : State.AT_WORK;
    }

    private boolean waits() {
      Thread.State state = worker.thread().getState();
      return state == Thread.State.BLOCKED
          || state == Thread.State.WAITING
          || state == Thread.State.TIMED_WAITING;
    }
  }

  /** Reports a task that blocks its carrier inside an exclusive access. */
  private boolean reportIfExclusive(Worker worker) {
    Runnable task = worker.current();
    if (task == null || !VirtualThreads.isContinuation(task)) {
      return false;
    }
    StackTraceElement[] stack = VirtualThreads.threadOf(task).getStackTrace();
    if (!ExclusiveAccess.isOn(stack)) {
      return false;
    }
    // Not here: a listener or a logger may wait, even for a task that only a spare worker can run
    // now, and it is the monitor that starts those.
    scheduler.late().execute(() -> scheduler.events().blockedWhilePinned(worker, stack));
    return true;
  }
}
