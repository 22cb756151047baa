// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.jdk.ThreadExit;
import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.sanitizer.Trace;
import dev.holdfast.shutdown.ShutdownReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A worker as the owner of values.
 *
 * <p>"On the owner" means, in the carrier tier: by the worker's platform thread itself, or by a
 * task that is mounted on it and does not suspend meanwhile. The two never run at the same time, so
 * that what is used only on the owner needs no lock and no fence. In the owned tier: by whoever has
 * entered, see {@link #tryEnter}.
 */
public abstract class WorkerOwner extends Owner implements Membership {

  private static final Slot[] NONE = {};

  /** A time further back than any bound but that of "never", in the base of nanoTime. */
  private static final long LONG_AGO = Long.MIN_VALUE / 2;

  private static final VarHandle GUARDS_OPENED;
  private static final VarHandle GUARDS_CLOSED;
  private static final VarHandle TASKS_STARTED;
  private static final VarHandle TASKS_ENDED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      EarlyClasses.initialize(
          lookup,
          Here.class,
          ExclusiveAccess.class,
          Leased.class,
          MadeThread.class,
          OutOfLine.class,
          StackRoom.class,
          ThreadExit.class);
      GUARDS_OPENED = lookup.findVarHandle(WorkerOwner.class, "guardsOpened", long.class);
      GUARDS_CLOSED = lookup.findVarHandle(WorkerOwner.class, "guardsClosed", long.class);
      TASKS_STARTED = lookup.findVarHandle(WorkerOwner.class, "tasksStarted", long.class);
      TASKS_ENDED = lookup.findVarHandle(WorkerOwner.class, "tasksEnded", long.class);
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
  private @Nullable Forms[] forms = {};
  private final Registry tasks = new Registry();
  private final Registry guards = new Registry();
  private final Registry spots = new Registry();
  private final Registry leases = new Registry();
  private final Registry retired = new Registry();
  private long lastTracked = LONG_AGO;

  // How many takes come before the one that the sanitiser tracks. On the owner; in the owned tier
  // also right after leaving it, where a count that is lost moves the next one, and that is all.
  private int untilSample = Sanitizer.gap();

  // Written on the owner, read by whoever makes a report: volatile, so that a report that is
  // ordered after the end of a worker is exact, and an earlier one is only late.
  private volatile long madeCount;
  private volatile long destroyedCount;

  private final RunningDestructor running = new RunningDestructor();

  // Written on the owner with release, read by the closing thread with acquire: who sees a guard
  // closed also sees what was done under it, and that it had been opened.
  private long guardsOpened;
  private long guardsClosed;

  // As the above, so that who sees a task ended sees all that it started.
  private long tasksStarted;
  private long tasksEnded;

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
  @Override
  public abstract String name();

  /** Returns the number of this worker; spare workers come after the configured ones. */
  public abstract int index();

  /** Says whether its thread runs a task or a call, and not a destructor; any thread. */
  public abstract boolean isRunning();

  /** Returns the time of the last tick, as {@link Domain#now}. */
  public long now() {
    return domain.now();
  }

  /** What {@link #turns} returns where turns are not counted. */
  public static final int UNCOUNTED = -1;

  /**
   * Returns a number that is another one each time the worker begins to run a task, or goes on with
   * one; on the worker only. So a task that has yielded can tell whether it was suspended, which it
   * is not while it is pinned.
   *
   * @return the number, or {@link #UNCOUNTED}
   */
  public int turns() {
    return UNCOUNTED;
  }

  /** Returns the worker's platform thread. */
  public abstract Thread thread();

  /**
   * Runs an action on the worker's platform thread, between two tasks. Never blocks.
   *
   * @return false if the worker has ended
   */
  public abstract boolean post(Runnable action);

  /**
   * Comes onto this worker, if nobody is on it: possible where tasks are not there by being mounted
   * on its thread. Never blocks.
   *
   * @param by who asks, told apart by identity
   * @return whether the caller is on it now, and must call {@link #leave}
   */
  public boolean tryEnter(Object by) {
    return false;
  }

  /** Ends what {@link #tryEnter} began. */
  public void leave() {}

  /**
   * Ends what {@link #tryEnter} began so that the worker's platform thread comes next, and runs an
   * action: nobody is on the worker in between. Never blocks.
   *
   * @return false if the worker has ended; then the caller is still on it
   */
  public boolean leaveTo(Runnable action) {
    return false;
  }

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

  @Override
  public final @Nullable Slot slot(LocalKey key) {
    @Nullable Slot[] all = slots;
    int index = key.index();
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

  @Override
  final void changed(Slot slot, @Nullable Object value) {
    values[slot.key().index()] = value;
    if (value == null) {
      forms[slot.key().index()] = null;
    }
  }

  @Override
  final void formed(Slot slot, Forms made) {
    forms[slot.key().index()] = made;
  }

  /** Returns the reference to the value at an index, or null if none was made or it is gone. */
  public final @Nullable Object reference(int index) {
    return quick(references, index);
  }

  /** Sets what {@link #reference(int)} returns, null to forget it; on the owner only. */
  public final void reference(int index, @Nullable Object reference) {
    references[index] = reference;
  }

  @Override
  public final Slot newSlot(LocalKey key, Slot.@Nullable Destructor destructor) {
    int index = key.index();
    if (index >= slots.length) {
      int length = Math.max(index + 1, slots.length + (slots.length >> 1));
      // All made before one is set: were memory to run out between, they would differ in length.
      @Nullable Slot[] moreSlots = Arrays.copyOf(slots, length);
      @Nullable Object[] moreValues = Arrays.copyOf(values, length);
      @Nullable Object[] moreReferences = Arrays.copyOf(references, length);
      @Nullable Forms[] moreForms = Arrays.copyOf(forms, length);
      slots = moreSlots;
      forms = moreForms;
      values = moreValues;
      references = moreReferences;
      if (thread() instanceof OwnerThread quick) {
        quick.slots(values, references, forms);
      }
    }
    Slot slot = new Slot(this, key, destructor);
    slots[index] = slot;
    return slot;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public final void made(Destructible value) {
    super.made(value);
    madeCount++;
  }

  /** Counts a value that was destroyed before the barrier, which is in no stack. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  public final void madeAndDestroyed() {
    madeCount++;
    destroyedCount++;
  }

  /**
   * Says whether the place of a lease or guard is to be recorded; on the owner only.
   *
   * @param now the time at which it is taken
   */
  public final boolean tracks(long now) {
    if (!isToTrack(now)) {
      return false;
    }
    lastTracked = now;
    return true;
  }

  /** Says what {@link #tracks} is going to say. */
  public final boolean isToTrack(long now) {
    return now - lastTracked >= trackNanos;
  }

  /** Says whether the sanitiser, which is on, tracks the take that was just made here. */
  public final boolean samples() {
    if (Sanitizer.ALL) {
      return true;
    }
    if (--untilSample > 0) {
      return false;
    }
    untilSample = Sanitizer.gap();
    return true;
  }

  @Override
  public final @Nullable Trace endedBy() {
    return domain.closedBy();
  }

  /** Returns the tasks that were started on this worker and have not ended; any thread. */
  public final Registry tasks() {
    return tasks;
  }

  /** Counts and lists a task that is started here; on the owner only. */
  public final void taskStarted(Registry.Entry task) {
    tasks.add(task);
    TASKS_STARTED.setRelease(this, tasksStarted + 1);
  }

  /** Counts a task that ends here, wherever it was started; on the owner only. */
  public final void taskEnded() {
    TASKS_ENDED.setRelease(this, tasksEnded + 1);
  }

  /** Returns how many tasks were started here; any thread. */
  public final long tasksStarted() {
    return (long) TASKS_STARTED.getAcquire(this);
  }

  /** Returns how many tasks ended here; any thread. */
  public final long tasksEnded() {
    return (long) TASKS_ENDED.getAcquire(this);
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

  /** Returns the guards that were opened and counted here and are still open; any thread. */
  public final Registry guards() {
    return guards;
  }

  /** Lists a place where guards are opened and not counted; on the owner only. */
  public final void spotMade(GuardSpot spot) {
    spots.add(spot);
  }

  /**
   * Returns at how many of these places a guard is open; any thread. Once no task is alive none is
   * opened any more: so if this is 0 then, and no guard is counted as open, no guard is open.
   */
  public final int spotsOpen() {
    int[] open = new int[1];
    spots.forEach(open, WorkerOwner::count);
    return open[0];
  }

  private static void count(Object spot, int[] open) {
    if (((GuardSpot) spot).isOpen()) {
      open[0]++;
    }
  }

  /** Calls the action with all guards that were opened here, and with more; any thread. */
  public final void forEachGuard(Consumer<? super Object> action) {
    guards.forEach(action);
    spots.forEach(action);
  }

  /** Returns all that was made here to be leased; added to on the owner, read by any thread. */
  public final Registry leases() {
    return leases;
  }

  /**
   * Takes a value out of {@link #leases} that was made here and is not going to be leased any more;
   * on the owner only. Else each task that leaks a lease would look at all those leaked before.
   */
  public final void retire(Registry.Entry lease) {
    Object[] chunk = lease.chunk();
    int index = lease.index();
    retired.add(lease);
    Registry.remove(chunk, index);
  }

  /** Returns how many values were made here; any thread. */
  public final long madeCount() {
    return madeCount;
  }

  /** Returns how many values were destroyed here; any thread. */
  public final long destroyedCount() {
    return destroyedCount;
  }

  /** Describes the destructor that runs here, or returns null if none does; any thread. */
  public final ShutdownReport.@Nullable Holder destroying(long now) {
    return running.describe(name(), thread(), now);
  }

  /**
   * Takes the values of a loader's locals out of reach, if none is leased or guarded; on the owner,
   * in no task. From then on no access finds them but that of their own destructors.
   *
   * @return false if one is in use; nothing was done then
   */
  public final boolean seal(Origin origin) {
    for (Slot slot : slots) {
      if (slot != null
          && slot.key().comesFrom(origin)
          && slot.pool() instanceof LeaseStock stock
          && !stock.isAtRest()) {
        return false;
      }
    }
    boolean[] guarded = new boolean[1];
    guards.forEach(each -> guarded[0] |= holdsOf(each, origin));
    spots.forEach(each -> guarded[0] |= ((GuardSpot) each).isOpen() && holdsOf(each, origin));
    if (guarded[0]) {
      return false;
    }
    for (int i = 0; i < slots.length; i++) {
      Slot slot = slots[i];
      if (slot != null && slot.key().comesFrom(origin)) {
        slot.seal();
        slots[i] = null;
      }
    }
    return true;
  }

  /**
   * Tells what of a loader is still here; on the owner, in no task.
   *
   * @param ours is called with the names of its locals that have a slot
   * @param others is called with the names of others' locals, of which a value is of its classes,
   *     or that are of a loader below it
   */
  public final void remains(Origin origin, Consumer<String> ours, Consumer<String> others) {
    for (Slot slot : slots) {
      if (slot != null && slot.key().comesFrom(origin)) {
        ours.accept(slot.name());
      } else if (slot != null && slot.value() != null && keeps(slot, origin)) {
        others.accept(slot.name());
      }
    }
    Set<LocalKey> leased = new HashSet<>();
    Consumer<Object> tell =
        each -> {
          if (each instanceof Destructible value
              && !value.key().comesFrom(origin)
              && keeps(value, origin)
              && leased.add(value.key())) {
            others.accept(value.name());
          }
        };
    leases.forEach(tell);
    retired.forEach(tell);
  }

  private static boolean keeps(Destructible value, Origin origin) {
    return value.keeps(origin) || value.key().comesFromBelow(origin);
  }

  /** Says whether what was found in a list of holders holds a value of a loader's local. */
  public static boolean holdsOf(Object holder, Origin origin) {
    LocalKey key = holder instanceof Holder known ? known.key() : null;
    return key != null && key.comesFrom(origin);
  }

  /** As of every owner; on the worker's platform thread, after the barrier. */
  @Override
  protected final void destroyAll() {
    pass = this;
    super.destroyAll();
  }

  @Override
  protected final void destroying(Destructible value) {
    running.begins(value);
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  protected final void destroyed(boolean interrupted) {
    running.ended();
    destroyedCount++;
  }

  @Override
  protected final void failed(ShutdownReport.Failure failure) {
    domain.failed(failure);
  }
}
