// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.shutdown.ShutdownReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A worker as the owner of values: its slots, and the stack of what it must destroy.
 *
 * <p>"On the owner" means: by the worker's platform thread itself, or by a task that is mounted on
 * it and does not suspend meanwhile. The two never run at the same time, so that what is used only
 * on the owner needs no lock and no fence.
 */
public abstract class WorkerOwner implements Membership {

  /**
   * An initialiser that is running on a worker.
   *
   * @param outer the one that it runs in, or null
   */
  public record Initializing(LocalKey key, @Nullable Initializing outer) {}

  /** The most times that destructors may make new values which must be destroyed in turn. */
  public static final int MAX_ROUNDS = 64;

  private static final Slot[] NONE = {};

  /** A time further back than any bound but that of "never", in the base of nanoTime. */
  private static final long LONG_AGO = Long.MIN_VALUE / 2;

  private static final VarHandle GUARDS_OPENED;
  private static final VarHandle GUARDS_CLOSED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      GUARDS_OPENED = lookup.findVarHandle(WorkerOwner.class, "guardsOpened", long.class);
      GUARDS_CLOSED = lookup.findVarHandle(WorkerOwner.class, "guardsClosed", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Domain domain;
  private final long trackNanos;

  // Used on the owner only.
  private Object pass;
  private @Nullable Slot[] slots = NONE;
  private @Nullable Object[] values = {};
  private @Nullable Object[] references = {};
  private final List<Destructible> made = new ArrayList<>();
  private @Nullable Initializing initializing;
  private final Registry guards = new Registry();
  private final Registry leases = new Registry();
  private long lastTracked = LONG_AGO;
  private boolean ended;

  // Written on the owner, read by whoever makes a report: volatile, so that a report that is
  // ordered
  // after the end of a worker is exact, and an earlier one is only late.
  private volatile long madeCount;
  private volatile long destroyedCount;
  private volatile @Nullable Destructible destroying;
  private volatile long destroyingSince;

  // Written on the owner with release, read by the closing thread with acquire: who sees a guard
  // closed also sees what was done under it, and that it had been opened.
  private long guardsOpened;
  private long guardsClosed;

  /**
   * Makes an owner without values.
   *
   * @param trackNanos record the place of a lease or guard if none was for so long; 0 for each one,
   *     Long.MAX_VALUE for none
   */
  protected WorkerOwner(Domain domain, long trackNanos) {
    this.domain = domain;
    this.pass = domain;
    this.trackNanos = trackNanos;
  }

  /** Returns the name of the worker, which is also its thread's name. */
  public abstract String name();

  /** Returns the time of the last tick, as {@link Domain#now}. */
  public long now() {
    return domain.now();
  }

  /** Returns the worker's platform thread. */
  public abstract Thread thread();

  /**
   * Runs an action on the worker's platform thread, between two tasks. Never blocks.
   *
   * @return false if the worker has ended
   */
  public abstract boolean post(Runnable action);

  @Override
  public final WorkerOwner worker() {
    return this;
  }

  @Override
  public final Domain domain() {
    return domain;
  }

  @Override
  public final Object pass() {
    return pass;
  }

  /** Returns the slot at an index, or null if the local was never used here; on the owner only. */
  public final @Nullable Slot slot(int index) {
    @Nullable Slot[] all = slots;
    return index < all.length ? all[index] : null;
  }

  /** Returns the value of the slot at an index, or null unless it is live; on the owner only. */
  public final @Nullable Object value(int index) {
    return quick(values, index);
  }

  /** Returns the element at an index, which is not negative, or null if the array ends before. */
  static @Nullable Object quick(@Nullable Object[] all, int index) {
    // As the array's own bounds check is made, so that the compiler needs only one of them.
    return Integer.compareUnsigned(index, all.length) < 0 ? all[index] : null;
  }

  /** Keeps the value of a slot where {@link #value} finds it; on the owner only. */
  final void value(int index, @Nullable Object value) {
    values[index] = value;
  }

  /** Returns the reference to the value at an index, or null if none was made or it is gone. */
  public final @Nullable Object reference(int index) {
    return quick(references, index);
  }

  /** Keeps the reference to a slot where {@link #reference} finds it; on the owner only. */
  final void reference(int index, Object reference) {
    references[index] = reference;
  }

  /** Forgets what {@link #reference} returned; on the owner only. */
  final void forgetReference(int index) {
    references[index] = null;
  }

  /** Makes the slot of a local that has none here; on the owner only. */
  public final Slot newSlot(LocalKey key, Slot.@Nullable Destructor destructor) {
    int index = key.index();
    if (index >= slots.length) {
      int length = Math.max(index + 1, slots.length + (slots.length >> 1));
      // All made before one is set: were memory to run out between, they would differ in length.
      @Nullable Slot[] moreSlots = Arrays.copyOf(slots, length);
      @Nullable Object[] moreValues = Arrays.copyOf(values, length);
      @Nullable Object[] moreReferences = Arrays.copyOf(references, length);
      slots = moreSlots;
      values = moreValues;
      references = moreReferences;
      if (thread() instanceof OwnerThread quick) {
        quick.slots(values, references);
      }
    }
    Slot slot = new Slot(this, key, destructor);
    slots[index] = slot;
    return slot;
  }

  /** Puts a value on the stack of what is to be destroyed; on the owner only. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public final void made(Destructible value) {
    made.add(value);
    madeCount++;
  }

  /** Counts a value that was destroyed before the barrier, which is in no stack. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public final void madeAndDestroyed() {
    madeCount++;
    destroyedCount++;
  }

  /** Says whether the values were destroyed, so that no other can be made; on the owner only. */
  public final boolean ended() {
    return ended;
  }

  /** Returns the innermost initialiser that is running here, or null; on the owner only. */
  public final @Nullable Initializing initializing() {
    return initializing;
  }

  /**
   * Sets which initialiser is the innermost one; on the owner only. No deeper a call than {@link
   * #initializing()}, so that it does not fail for want of stack where that one did not.
   */
  public final void initializing(@Nullable Initializing innermost) {
    initializing = innermost;
  }

  /**
   * Says whether the place of a lease or guard is to be recorded; on the owner only.
   *
   * @param now the time at which it is taken
   */
  public final boolean tracks(long now) {
    if (now - lastTracked < trackNanos) {
      return false;
    }
    lastTracked = now;
    return true;
  }

  /** Counts and lists an open guard; on the owner only, in a task that is itself counted. */
  public final void guardOpened(Registry.Entry guard) {
    guards.add(guard);
    GUARDS_OPENED.setRelease(this, guardsOpened + 1);
  }

  /** Counts a guard as closed; on the owner only, which need not be the one it was opened on. */
  public final void guardClosed() {
    GUARDS_CLOSED.setRelease(this, guardsClosed + 1);
  }

  /**
   * Counts a call that is posted and that nobody waits for, as a guard that is open until {@link
   * #callEnded}; on the owner only, in a task that is itself counted.
   */
  public final void callPosted() {
    GUARDS_OPENED.setRelease(this, guardsOpened + 1);
  }

  /** Counts such a call as ended; on the owner only, which need not be the one it came from. */
  public final void callEnded() {
    guardClosed();
  }

  /** Returns how many guards were closed here so far; any thread. */
  public final long guardsClosed() {
    return (long) GUARDS_CLOSED.getAcquire(this);
  }

  /** Returns how many guards were opened here so far; any thread. */
  public final long guardsOpened() {
    return (long) GUARDS_OPENED.getAcquire(this);
  }

  /** Returns the guards that were opened here and are still open; any thread. */
  public final Registry guards() {
    return guards;
  }

  /** Returns all that was made here to be leased; added to on the owner, read by any thread. */
  public final Registry leases() {
    return leases;
  }

  /** Returns how many values were made here; any thread. */
  public final long madeCount() {
    return madeCount;
  }

  /** Returns how many values were destroyed here; any thread. */
  public final long destroyedCount() {
    return destroyedCount;
  }

  /** Returns the name of the local whose destructor is running here, or null; any thread. */
  public final @Nullable String destroying() {
    Destructible running = destroying;
    return running == null ? null : running.name();
  }

  /** Returns when the destructor that is running here began, or the last one; any thread. */
  public final long destroyingSince() {
    return destroyingSince;
  }

  /**
   * Destroys everything, last made first, and what destructors make meanwhile before what is older.
   * On the worker's platform thread, after the barrier, once.
   */
  protected final void destroyAll() {
    pass = this;
    unwind(0, 0);
    ended = true;
  }

  /** Destroys what lies above {@code floor}; the destructors of round n make what is in n + 1. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  private void unwind(int floor, int round) {
    if (round > MAX_ROUNDS && made.size() > floor) {
      domain.failed(
          new ShutdownReport.Failure(
              ShutdownReport.Kind.DESTRUCTOR,
              made.getLast().name(),
              name(),
              new IllegalStateException(
                  "destructors went on making new values for "
                      + MAX_ROUNDS
                      + " rounds; the last "
                      + (made.size() - floor)
                      + " were left alone: do not use a new local in the destructor of another")));
      made.subList(floor, made.size()).clear();
    }
    while (made.size() > floor) {
      Destructible last = made.removeLast();
      int below = made.size();
      destroyingSince = System.nanoTime();
      destroying = last;
      try {
        last.destroy();
      } catch (Throwable e) {
        domain.failed(
            new ShutdownReport.Failure(ShutdownReport.Kind.DESTRUCTOR, last.name(), name(), e));
      } finally {
        destroying = null;
        destroyedCount++;
        // Of this destructor; the next one may block.
        Thread.interrupted();
      }
      unwind(below, round + 1);
    }
  }
}
