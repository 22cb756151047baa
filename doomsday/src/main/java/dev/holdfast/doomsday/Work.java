// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A task under audit. It holds references to values of its own thread and of others, and uses them
 * while it works, after it was suspended, and in its clean-up.
 *
 * <p>Where tasks may block it is run by {@link #run}. Where they may not, the adapter calls {@link
 * #begin}, and if that says so has {@link #resume} called by the runtime once the work is woken, as
 * tasks of that runtime are written:
 *
 * <pre>{@code
 * if (work.begin()) {
 *   Promise<Void> promise = loop.newPromise();
 *   promise.addListener(done -> work.resume());
 *   work.onWake(() -> promise.setSuccess(null));
 * } else {
 *   work.resume();
 * }
 * }</pre>
 */
public final class Work implements Runnable {

  /** How many values each thread may have: slots are numbered from 0 up to this. */
  public static final int SLOTS = 4;

  /** The slot that only a work that goes on after a suspension asks for. */
  private static final int LATE_SLOT = SLOTS - 1;

  private static final int USES = 3;
  private static final int MOST_SPINS = 120;

  /** In {@link #waker} once the work is woken. */
  private static final Runnable WOKEN =
      new Runnable() {
        @Override
        public void run() {}
      };

  /** What a work does between its beginning and its end. */
  enum Kind {
    /** It goes on at once. */
    SHORT,
    /** It is suspended until it is woken, or interrupted. */
    PARKS,
    /** It is suspended until it is woken; an interrupt does not end the wait, and stays set. */
    DEAF,
    /** It keeps its thread and uses values until it is woken, and does not look for interrupts. */
    COMPUTES,
    /** As {@link #SHORT}, and uses no value at all. */
    TOUCHES_NOTHING
  }

  private final int id;
  private final Kind kind;
  private final Witness witness;
  private final AuditedRuntime runtime;
  private final SplittableRandom random;

  // Who wakes works: if a runtime has it run one, there is nobody else who could.
  private final Thread auditor;

  // Written before the work is submitted.
  private boolean borrows;
  private @Nullable Duration sleep;
  private @Nullable Runnable inside;

  // Used by the thread that runs the work, which an adapter that suspends hands on.
  private final List<Reference> own = new ArrayList<>();

  // What wakes the work: nothing yet, what was registered, or WOKEN. Set by the work and by wakers.
  private final AtomicReference<@Nullable Runnable> waker = new AtomicReference<>();

  // Written by the thread that runs the work, read by the auditor's.
  private volatile @Nullable Thread thread;
  private volatile boolean begun;
  private volatile boolean suspended;
  private volatile boolean ended;

  // Written by the adapter or the auditor, read by the auditor.
  private volatile @Nullable Receipt receipt;
  private volatile boolean dropped;

  Work(
      int id,
      Kind kind,
      Witness witness,
      AuditedRuntime runtime,
      SplittableRandom random,
      Thread auditor) {
    this.id = id;
    this.kind = kind;
    this.witness = witness;
    this.runtime = runtime;
    this.random = random;
    this.auditor = auditor;
  }

  /** Has the work do this too, after its first uses. */
  Work doing(Runnable action) {
    inside = action;
    return this;
  }

  /** Runs the whole work on the current thread, which blocks while the work is suspended. */
  @Override
  public void run() {
    if (begin()) {
      await();
    }
    resume();
  }

  /**
   * Runs the work up to where it is suspended.
   *
   * @return true if {@link #resume} is to be called once it is woken, false if at once
   */
  public boolean begin() {
    Thread current = Thread.currentThread();
    thread = current;
    begun = true;
    witness.runsOn(current);
    Duration first = sleep;
    if (first != null) {
      sleep(first);
    }
    if (kind == Kind.TOUCHES_NOTHING) {
      return false;
    }
    acquire();
    useSome();
    Runnable action = inside;
    if (action != null) {
      action.run();
    }
    if (kind == Kind.COMPUTES) {
      while (waker.get() != WOKEN && current != auditor) {
        useSome();
      }
    }
    boolean suspends = kind == Kind.PARKS || kind == Kind.DEAF;
    suspended = suspends;
    return suspends;
  }

  /** Blocks the current thread until the work is woken, or interrupted if it heeds that. */
  private void await() {
    Thread current = Thread.currentThread();
    onWake(() -> LockSupport.unpark(current));
    boolean interrupted = false;
    while (waker.get() != WOKEN && current != auditor) {
      LockSupport.park(this);
      if (Thread.interrupted()) {
        interrupted = true;
        if (kind == Kind.PARKS) {
          break;
        }
      }
    }
    if (interrupted) {
      current.interrupt();
    }
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Says what wakes the work, after {@link #begin} returned true. It is called once, by a thread
   * outside of the runtime; on the current thread if the work has been woken already.
   *
   * @param wakeUp has {@link #resume} called
   */
  public void onWake(Runnable wakeUp) {
    if (!waker.compareAndSet(null, wakeUp)) {
      try {
        wakeUp.run();
      } catch (RuntimeException e) {
        // Nobody was hurt who wakes it: it is the work's own thread that is refused.
        drop(e);
      }
    }
  }

  /** Runs the rest of the work: what comes after the suspension, and the clean-up. */
  public void resume() {
    thread = Thread.currentThread();
    suspended = false;
    try {
      if (kind != Kind.TOUCHES_NOTHING) {
        witness.runsOn(Thread.currentThread());
        goOn();
      }
    } finally {
      ended = true;
    }
  }

  private void goOn() {
    try {
      useSome();
      if (id % 2 == 0) {
        acquire(LATE_SLOT);
      }
      useSome();
    } finally {
      cleanUp();
    }
  }

  private void cleanUp() {
    useSome();
    for (Reference reference : own.reversed()) {
      try {
        reference.close();
      } catch (RuntimeException e) {
        witness.refused(this, "the closing of a reference that it has", e);
      }
    }
  }

  /**
   * Says that the runtime has let it be known that the work will not go on.
   *
   * @param cause what it said
   */
  public void drop(Throwable cause) {
    dropped = true;
  }

  /**
   * Has the work sleep at its beginning, for runtimes without timers whose tasks may block.
   *
   * @param time how long
   */
  public void sleepFirst(Duration time) {
    sleep = time;
  }

  /**
   * Has the work use references that others made, and ask for none: for jobs that run on threads
   * which have no values.
   */
  public void borrowOnly() {
    borrows = true;
  }

  private void acquire() {
    int slots = 1 + random.nextInt(LATE_SLOT);
    for (int slot = 0; slot < slots; slot++) {
      acquire(slot);
    }
  }

  private void acquire(int slot) {
    if (borrows) {
      return;
    }
    try {
      Reference reference = runtime.reference(slot);
      own.add(reference);
      if (reference.shared()) {
        witness.publish(reference);
      }
    } catch (RuntimeException e) {
      witness.refused(this, "a value of the thread it runs on", e);
    }
  }

  private void useSome() {
    for (Reference reference : own) {
      use(reference);
    }
    for (int i = 0; i < USES; i++) {
      Reference other = witness.anyReference(random);
      if (other != null) {
        use(other);
      }
    }
  }

  private void use(Reference reference) {
    ArmedValue value;
    try {
      value = reference.get();
    } catch (RuntimeException e) {
      witness.refused(this, "a value that it has a reference to", e);
      return;
    }
    value.use(random.nextInt(MOST_SPINS));
  }

  /** Wakes the work, once; what the runtime throws at who does so is reported. */
  void wake() {
    Runnable wakeUp = waker.getAndSet(WOKEN);
    if (wakeUp == WOKEN || wakeUp == null) {
      return;
    }
    try {
      wakeUp.run();
    } catch (RuntimeException | Error e) {
      // Who woke it knows now that it will not go on.
      dropped = true;
      witness.hurt(this, e);
    }
  }

  /** Unparks the thread of the work, whatever it does: a spurious wake-up. */
  void unpark() {
    try {
      LockSupport.unpark(thread);
    } catch (RuntimeException | Error e) {
      witness.hurt(this, e);
    }
  }

  /** Notes that the runtime took the work. */
  void accepted(Receipt by) {
    receipt = by;
  }

  boolean accepted() {
    return receipt != null;
  }

  boolean begun() {
    return begun;
  }

  /** Whether it has come as far as it comes without being woken. */
  boolean arrived() {
    boolean suspends = kind == Kind.PARKS || kind == Kind.DEAF;
    return suspends ? waker.get() != null : begun;
  }

  boolean ended() {
    return ended;
  }

  /** Whether nobody waits for the work in vain: it ended, or its submitter knows better. */
  boolean resolved() {
    Receipt by = receipt;
    return ended || dropped || (by != null && by.told());
  }

  /** Whether it is being run by a thread at this moment, as far as that can be told. */
  boolean running() {
    return begun && !suspended && !ended && !dropped;
  }

  /** Whether it has been begun, and neither ended nor given up; it may be suspended. */
  boolean underWay() {
    return begun && !ended && !dropped;
  }

  @Nullable Thread thread() {
    return thread;
  }

  @Override
  public String toString() {
    return "task " + id + " (" + kind + ")";
  }
}
