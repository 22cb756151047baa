// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the workers every few milliseconds: finds those that run one task for long, and sees to
 * it that nothing waits for them.
 *
 * <p>A worker that is seen in the same task twice has its ready tasks offered to a sleeping worker;
 * one that is seen three times counts as blocked: its due timers are fired, and if there is work
 * and nobody sleeps, a spare worker runs in its place. Whether such a task blocks or computes
 * cannot be told, and need not: the operating system shares the processors among the two.
 *
 * <p>The methods are called by the monitor's thread unless they say otherwise.
 */
public final class Monitor {

  /** How long the monitor waits between two looks while there is work. */
  public static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** After so many looks in the same task a worker whose thread waits counts as blocked. */
  private static final int BLOCKED_LOOKS = 2;

  /** After so many looks in the same task a worker counts as stuck, whatever its thread does. */
  private static final int STUCK_LOOKS = 5;

  private static final String EXCLUSIVE = "dev.holdfast.local.WorkerLocal";
  private static final int TIMER_BATCH = 256;

  private final Scheduler scheduler;
  private int[] seenTicks = new int[0];
  private int[] seenTimes = new int[0];
  private boolean[] reported = new boolean[0];

  // Written by the monitor and by workers that wake, read by all: volatile, so that a worker's
  // tasks
  // are not dated before its sleep.
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
   * @return how long to wait before the next look; Long.MAX_VALUE if all workers sleep, until woken
   */
  public long sample() {
    idle = false;
    now = System.nanoTime();
    int count = scheduler.count();
    if (seenTicks.length < count) {
      seenTicks = Arrays.copyOf(seenTicks, count);
      seenTimes = Arrays.copyOf(seenTimes, count);
      reported = Arrays.copyOf(reported, count);
    }
    boolean work = !scheduler.globalQueue().isEmpty();
    boolean offer = work;
    boolean progress = false;
    int busy = 0;
    int blocked = 0;
    int stuck = 0;
    for (int i = 0; i < count; i++) {
      Worker worker = scheduler.worker(i);
      boolean ready = worker.hasNext() || !worker.queue().isEmpty();
      work |= ready;
      int ticks = worker.ticks();
      boolean runs = worker.current() != null;
      busy += runs ? 1 : 0;
      if (!runs || ticks != seenTicks[i]) {
        progress |= runs || !scheduler.isExcess(worker.rank());
        seenTicks[i] = ticks;
        seenTimes[i] = 0;
        reported[i] = false;
        continue;
      }
      seenTimes[i]++;
      offer |= ready;
      if (seenTimes[i] < BLOCKED_LOOKS) {
        progress = true;
        continue;
      }
      work |= worker.timers().fireDue(now, TIMER_BATCH) > 0;
      boolean waits = waits(worker.thread());
      blocked += waits ? 1 : 0;
      stuck += waits || seenTimes[i] >= STUCK_LOOKS ? 1 : 0;
      progress |= !waits && seenTimes[i] < STUCK_LOOKS;
      if (waits && !reported[i] && Integer.bitCount(seenTimes[i]) == 1) {
        // Again and again, ever more rarely: a task may compute, or block elsewhere, before it
        // blocks where it must not.
        reported[i] = reportIfExclusive(worker);
      }
    }
    if (offer) {
      scheduler.wakeAnyway();
    }
    adjustSpares(work && !scheduler.sleepers().anySleeping(), progress, blocked, stuck);
    if (busy > 0 || work) {
      return INTERVAL_NANOS;
    }
    idle = true;
    // After the flag: a worker that did not see it as it woke is seen here not to rest.
    return scheduler.allRest() ? Long.MAX_VALUE : INTERVAL_NANOS;
  }

  /**
   * Decides how many spare workers run: one for each blocked worker, for those processors are idle;
   * one more when nobody makes progress, for a thread in a native call cannot be told from one that
   * computes; never more than there are workers to stand in for.
   */
  private void adjustSpares(boolean wanted, boolean progress, int blocked, int stuck) {
    int target = Math.min(scheduler.spareTarget(), stuck);
    if (wanted) {
      target = Math.max(target, blocked);
      if (!progress && target < stuck) {
        target++;
      }
    }
    scheduler.spareTarget(Math.min(target, scheduler.maxSpares()));
  }

  private static boolean waits(Thread thread) {
    return switch (thread.getState()) {
      case BLOCKED, WAITING, TIMED_WAITING -> true;
      default -> false;
    };
  }

  private boolean reportIfExclusive(Worker worker) {
    Runnable task = worker.current();
    if (task == null || !dev.holdfast.jdk.VirtualThreads.isContinuation(task)) {
      return false;
    }
    StackTraceElement[] stack = dev.holdfast.jdk.VirtualThreads.threadOf(task).getStackTrace();
    for (StackTraceElement frame : stack) {
      if (frame.getClassName().equals(EXCLUSIVE)) {
        scheduler.admission().blockedWhilePinned(worker, stack);
        return true;
      }
    }
    return false;
  }
}
