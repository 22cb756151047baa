// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one worker: a 4-ary heap, ordered by deadline and then by age, under a spin lock.
 *
 * <p>Every method may be called by any thread, platform or virtual, mounted, pinned or in the
 * middle of parking. Actions, and the handler of what they throw, run outside the lock.
 *
 * <p>Deadlines are on the scale of {@link System#nanoTime}, or of a simulated clock, and may
 * overflow. All that are in one heap at a time must be less than 2^63 ns apart: make them with
 * {@link #deadline}.
 */
public final class TimerHeap {

  /*
   * Why a spin lock. It is called while a virtual thread is parking or being unparked, where no
   * lock may be used that can unmount the virtual thread or park its carrier: ReentrantLock parks,
   * and a contended monitor unmounts. Nothing inside the lock blocks, allocates without bound, or
   * calls foreign code, so its holder is always a running carrier or platform thread, and it is
   * held for tens of nanoseconds, but for growth and compaction: 1,000,000 timers take a few
   * milliseconds, once in as many operations. A platform thread that waits yields its core.
   *
   * Cancelling waits for no lock: it marks the timer and counts. The count says how many cancelled
   * timers there are that have not been dropped yet; each is counted once, by its canceller, after
   * the mark, and discounted once, by whoever finds the mark on it: compaction, a look at the head,
   * or fireDue, when the mark came between the removal and the start. It can be -1 for a moment.
   *
   * Waste is bounded: more than 64 cancelled entries that are more than half of all are dropped by
   * whoever schedules, fires or cancels next and gets the lock. So there are seldom more than
   * 2 * pending + 66 entries, and each compaction is paid for by the cancellations before it. Only
   * if the last canceller finds the lock taken, by a thread that has already looked, does waste
   * stay until the next call.
   */

  /** The longest delay, 146 years: the sum of two does not overflow. */
  public static final long MAX_DELAY = Long.MAX_VALUE >> 1;

  private static final int FEW_CANCELLED = 64;
  private static final int MIN_LENGTH = 64;

  private static final VarHandle LOCK;
  private static final VarHandle SIZE;
  private static final VarHandle CANCELLED;
  private static final VarHandle NEXT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LOCK = lookup.findVarHandle(TimerHeap.class, "lock", int.class);
      SIZE = lookup.findVarHandle(TimerHeap.class, "size", int.class);
      CANCELLED = lookup.findVarHandle(TimerHeap.class, "cancelled", int.class);
      NEXT = lookup.findVarHandle(TimerHeap.class, "next", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Consumer<? super Throwable> errors;

  /**
   * 1 while somebody holds the lock. Taken by a CAS with acquire, given back with release: else the
   * next holder could see a half-sifted heap.
   */
  @SuppressWarnings("unused") // Through LOCK.
  private int lock;

  /** The heap; children of i are 4i+1 to 4i+4. Read and written under the lock. */
  private @Nullable Timer[] timers = new @Nullable Timer[MIN_LENGTH];

  /**
   * The deadlines of the timers at the same places, so that four siblings are compared in one cache
   * line, and without a look at the timers. As long as the other array; read and written under the
   * lock.
   */
  private long[] deadlines = new long[MIN_LENGTH];

  /**
   * The number of entries. Written under the lock; read under it, and by {@link #size} and
   * cancellers without it, hence opaque: it need not be more than some recent value.
   */
  private int size;

  /** The age of the youngest timer. Read and written under the lock. */
  private long sequence;

  /**
   * Cancelled timers that were not dropped yet. Added to by cancellers, subtracted from by holders
   * of the lock and by firing threads, all atomically; ordered with nothing, it only ever decides
   * when to compact.
   */
  @SuppressWarnings("unused") // Through CANCELLED.
  private int cancelled;

  /**
   * The deadline of the head, or Long.MAX_VALUE. Written under the lock, read by all. Volatile on
   * both sides: who schedules on a sleeping worker's heap writes this and then reads whether the
   * worker sleeps, and the worker announces its sleep and then reads this. With less than SC both
   * could miss the other, and the timer would fire late.
   */
  private long next = Long.MAX_VALUE;

  /**
   * Creates a heap without timers.
   *
   * @param errors receives what actions throw, in the thread that runs them
   */
  public TimerHeap(Consumer<? super Throwable> errors) {
    this.errors = errors;
  }

  /**
   * The deadline that lies a delay behind now, for any delay: negative ones count as 0, very long
   * ones as {@link #MAX_DELAY}.
   *
   * @param nowNanos on the scale of {@link System#nanoTime}
   * @param delayNanos how much later
   * @return on the same scale
   */
  public static long deadline(long nowNanos, long delayNanos) {
    return nowNanos + Math.max(0, Math.min(delayNanos, MAX_DELAY));
  }

  /**
   * Adds a timer. If the heap belongs to a sleeping worker, the caller compares {@link
   * #nextDeadline} before and after, and wakes it when it has become earlier.
   *
   * @param action what to run
   * @param deadlineNanos when, on the scale of {@link System#nanoTime}
   * @return the timer, for cancelling
   */
  public Timer schedule(Runnable action, long deadlineNanos) {
    lock();
    try {
      if (isWasteful()) {
        compact();
      }
      int end = size;
      if (end == timers.length) {
        resize(Math.multiplyExact(end, 2));
      }
      Timer timer = new Timer(this, action, deadlineNanos, ++sequence);
      SIZE.setOpaque(this, end + 1);
      siftUp(end, timer);
      publishNext();
      return timer;
    } finally {
      unlock();
    }
  }

  /**
   * When to call {@link #fireDue} next.
   *
   * @return the earliest deadline, or one that was cancelled and is earlier, but never a later one;
   *     Long.MAX_VALUE if there is no timer, which must not be compared with a time: see {@link
   *     #isDue}
   */
  public long nextDeadline() {
    return (long) NEXT.getVolatile(this);
  }

  /**
   * Whether {@link #fireDue} has something to do.
   *
   * @param nowNanos the time
   * @return whether {@link #nextDeadline} has come
   */
  public boolean isDue(long nowNanos) {
    long deadline = nextDeadline();
    return deadline != Long.MAX_VALUE && deadline - nowNanos <= 0;
  }

  /**
   * Runs the actions that are due, the earliest first, in the calling thread. A timer can be
   * cancelled until its own action is started.
   *
   * <p>What an action throws goes to the handler; what the handler throws goes to the caller, with
   * no timer lost but the one that failed.
   *
   * @param nowNanos the time
   * @param max how many to run at most
   * @return how many were run
   */
  public int fireDue(long nowNanos, int max) {
    int fired = 0;
    while (fired < max && isDue(nowNanos)) {
      Timer timer = removeDue(nowNanos);
      if (timer == null) {
        break;
      }
      Runnable action = timer.claim();
      if (action == null) {
        // Cancelled since it was removed.
        CANCELLED.getAndAdd(this, -1);
        continue;
      }
      fired++;
      try {
        action.run();
      } catch (Throwable e) {
        errors.accept(e);
      }
    }
    return fired;
  }

  /**
   * The number of timers, with cancelled ones that were not dropped yet: at most about as many as
   * pending ones, and 64.
   *
   * @return a recent value
   */
  public int size() {
    return (int) SIZE.getOpaque(this);
  }

  /**
   * The number of timers that are neither fired nor cancelled.
   *
   * @return an estimate while others schedule, fire or cancel
   */
  public int pending() {
    return Math.max(0, size() - (int) CANCELLED.getOpaque(this));
  }

  /** Counts a cancellation; called by the one who marked the timer. */
  void cancelled() {
    CANCELLED.getAndAdd(this, 1);
    // Nobody may ever schedule or fire here again, so the canceller has to look as well; but it
    // does not wait: the next canceller, or who needs the lock next, will look again.
    if (isWasteful() && LOCK.compareAndSet(this, 0, 1)) {
      try {
        if (isWasteful()) {
          compact();
          publishNext();
        }
      } finally {
        unlock();
      }
    }
  }

  private boolean isWasteful() {
    int waste = (int) CANCELLED.getOpaque(this);
    return waste > FEW_CANCELLED && waste > (int) SIZE.getOpaque(this) / 2;
  }

  /** Removes and returns the head if it is due, after cancelled heads; null if it is not. */
  private @Nullable Timer removeDue(long nowNanos) {
    lock();
    try {
      if (isWasteful()) {
        compact();
      }
      Timer due = null;
      while (due == null && size > 0) {
        Timer head = timer(0);
        if (head.isCancelled()) {
          removeHead();
          CANCELLED.getAndAdd(this, -1);
        } else if (head.deadline() - nowNanos <= 0) {
          removeHead();
          due = head;
        } else {
          break;
        }
      }
      shrink();
      publishNext();
      return due;
    } finally {
      unlock();
    }
  }

  private void removeHead() {
    int end = size - 1;
    Timer last = timer(end);
    timers[end] = null;
    SIZE.setOpaque(this, end);
    if (end > 0) {
      siftDown(0, last);
    }
  }

  /** Drops all cancelled timers. */
  private void compact() {
    int end = size;
    int kept = 0;
    for (int i = 0; i < end; i++) {
      Timer timer = timer(i);
      if (!timer.isCancelled()) {
        put(kept++, timer);
      }
    }
    Arrays.fill(timers, kept, end, null); // what is left of their deadlines is not looked at
    SIZE.setOpaque(this, kept);
    CANCELLED.getAndAdd(this, kept - end);
    for (int i = (kept - 2) >> 2; i >= 0; i--) {
      siftDown(i, timer(i));
    }
    shrink();
  }

  /** Halves the array until at least a quarter of it is in use. */
  private void shrink() {
    int length = timers.length;
    while (length > MIN_LENGTH && size < length / 4) {
      length /= 2;
    }
    if (length != timers.length) {
      try {
        resize(length);
      } catch (OutOfMemoryError e) {
        // Stays large: a timer that was just removed in order to fire must not be lost.
      }
    }
  }

  private void siftUp(int hole, Timer timer) {
    long deadline = timer.deadline();
    int at = hole;
    while (at > 0) {
      int parent = (at - 1) >> 2;
      // A timer that is added is younger than all: of equal deadlines its own comes last.
      if (deadline - deadlines[parent] >= 0) {
        break;
      }
      move(parent, at);
      at = parent;
    }
    put(at, timer);
  }

  private void siftDown(int hole, Timer timer) {
    int end = size;
    int at = hole;
    long[] keys = deadlines;
    for (; ; ) {
      // Negative: overflowed, which takes 2^29 entries, and then there is no such child.
      int child = 4 * at + 1;
      if (child >= end || child < 0) {
        break;
      }
      int behind = Math.min(child + 4, end);
      for (int i = child + 1; i < behind; i++) {
        long difference = keys[i] - keys[child];
        if (difference < 0 || (difference == 0 && timer(i).isBefore(timer(child)))) {
          child = i;
        }
      }
      long difference = keys[child] - timer.deadline();
      if (difference > 0 || (difference == 0 && !timer(child).isBefore(timer))) {
        break;
      }
      move(child, at);
      at = child;
    }
    put(at, timer);
  }

  private void put(int at, Timer timer) {
    timers[at] = timer;
    deadlines[at] = timer.deadline();
  }

  private void move(int from, int to) {
    timers[to] = timers[from];
    deadlines[to] = deadlines[from];
  }

  private void resize(int length) {
    // Both are made before one is set: memory may run out between.
    @Nullable Timer[] moreTimers = Arrays.copyOf(timers, length);
    deadlines = Arrays.copyOf(deadlines, length);
    timers = moreTimers;
  }

  private Timer timer(int i) {
    Timer timer = timers[i];
    if (timer == null) {
      throw new IllegalStateException("No timer at " + i + " of " + size);
    }
    return timer;
  }

  private void publishNext() {
    // MAX_VALUE means none; a timer that has it as its deadline is announced 1 ns too early.
    long head = size == 0 ? Long.MAX_VALUE : Math.min(timer(0).deadline(), Long.MAX_VALUE - 1);
    // The plain read is of our own writing: all writers hold the lock.
    if (next != head) {
      NEXT.setVolatile(this, head);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // The holder may have been preempted on this very core.
  private void lock() {
    int spins = 0;
    while (!LOCK.weakCompareAndSetAcquire(this, 0, 1)) {
      do {
        Thread.onSpinWait();
        // A virtual thread would unmount in yield(): then it has to go on spinning, until the
        // operating system takes the core away.
        if ((++spins & 255) == 0 && !Thread.currentThread().isVirtual()) {
          Thread.yield();
        }
      } while ((int) LOCK.getOpaque(this) != 0);
    }
  }

  private void unlock() {
    LOCK.setRelease(this, 0);
  }

  @Override
  public String toString() {
    return "TimerHeap[size=" + size() + "]";
  }
}
