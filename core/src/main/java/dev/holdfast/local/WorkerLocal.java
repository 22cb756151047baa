// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.sanitizer.Trace;
import dev.holdfast.sanitizer.Unclosed;
import dev.holdfast.slot.Forms;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Once;
import dev.holdfast.slot.Owner;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskMember;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A variable of which each worker of a runtime has its own value, made on first use and destroyed
 * once, on that worker, after the last task.
 *
 * <p>Usually a static constant. Which value it means is decided by the runtime and worker that the
 * caller is on. The forms of access differ in what they allow:
 *
 * <table>
 *   <caption>Forms of access</caption>
 *   <tr><th>form</th><th>across blocking points</th><th>must T be thread-safe</th></tr>
 *   <tr><td>{@link #with}, {@link #update}</td><td>no: pinned</td><td>no</td></tr>
 *   <tr><td>{@link #ref}</td><td>yes</td><td>yes</td></tr>
 *   <tr><td>{@link #lease}</td><td>yes, exclusive</td><td>no</td></tr>
 *   <tr><td>{@link #guard}</td><td>yes, also on other threads</td><td>yes</td></tr>
 *   <tr><td>{@link #onOwner}</td><td>runs on the worker's platform thread</td><td>no</td></tr>
 * </table>
 *
 * <p>All forms but {@code lease} mean the same value of a worker; leases have values of their own,
 * up to a bound. An initialiser runs once for each value, pinned to the worker; if it throws, the
 * exception is the caller's and the next use tries again. The destructor runs on the worker's
 * platform thread; it must not spawn tasks.
 *
 * <p>Every form throws {@link EscapedReferenceException} on a thread that is not on a worker,
 * {@link LocalDestroyedException} once the worker has destroyed the value, and {@link
 * InitializerCycleException} when an initialiser comes back to itself.
 *
 * @param <T> the type of the values, never null
 */
public final class WorkerLocal<T> {

  private static final AtomicLong UNNAMED = new AtomicLong();

  static {
    EarlyClasses.initialize(
        MethodHandles.lookup(),
        Throwable.class,
        Caller.class,
        PinnedFrames.class,
        Suspension.class,
        Handover.class,
        LeasePool.class,
        LeaseEntry.class,
        GuardPlace.class,
        Sanitizer.class,
        History.class);
    if (Sanitizer.ON) {
      EarlyClasses.initialize(
          MethodHandles.lookup(),
          TrackedLease.class,
          TrackedGuard.class,
          Trace.class,
          Unclosed.class);
    }
  }

  private final LocalKey key;
  private final int index;
  private final Supplier<? extends T> initial;
  private final Slot.@Nullable Destructor destructor;
  private final LeasePool.Limits limits;

  private WorkerLocal(
      String name,
      Supplier<? extends T> initial,
      @Nullable Object given,
      LeasePool.Limits limits,
      Slot.@Nullable Destructor destructor) {
    this.key = LocalKey.named(name, initial, given, Maker.current());
    this.index = key.index();
    this.initial = initial;
    this.destructor = destructor;
    this.limits = limits;
  }

  /**
   * Makes a local whose values are closed at the end if they are {@link AutoCloseable}.
   *
   * @param <T> the type of the values
   * @param initial makes a value; must not return null
   * @return the local
   */
  public static <T> WorkerLocal<T> of(Supplier<? extends T> initial) {
    return new Builder<T>(initial).build();
  }

  /**
   * Makes a local with a destructor.
   *
   * @param <T> the type of the values
   * @param initial makes a value; must not return null
   * @param destructor runs once for each value, on its worker's platform thread
   * @return the local
   */
  public static <T> WorkerLocal<T> of(
      Supplier<? extends T> initial, Consumer<? super T> destructor) {
    return new Builder<T>(initial).destructor(destructor).build();
  }

  /**
   * Returns a builder of a local.
   *
   * @param <T> the type of the values
   * @param initial makes a value; must not return null
   * @return the builder
   */
  public static <T> Builder<T> builder(Supplier<? extends T> initial) {
    return new Builder<>(initial);
  }

  /**
   * Says whether the current thread has a worker, and so {@link #with}, {@link #update} and {@link
   * #ref} mean a value there. For code that runs inside of runtimes and outside, as that of a
   * library does, and has something else for outside.
   *
   * @return false where they throw {@link EscapedReferenceException}
   */
  public static boolean hasWorker() {
    Thread current = Thread.currentThread();
    return Here.workerOn(VirtualThreads.platform(current)) != null
        || Here.memberOf(current) != null;
  }

  /**
   * Returns the name that messages and reports use.
   *
   * @return the name
   */
  public String name() {
    return key.name();
  }

  /**
   * Applies a function to the value of the current worker. The function runs pinned: nothing else
   * runs on the worker meanwhile, so that the value needs no lock. It may use this and other
   * locals. It should not block; if it does, its worker stands still, which is safe and is
   * reported.
   *
   * @param <R> the type of the result
   * @param fn what to do with the value, which must not be kept
   * @return what the function returns
   */
  public <R extends @Nullable Object> R with(Function<? super T, ? extends R> fn) {
    Thread current = Thread.currentThread();
    Thread platform = VirtualThreads.platform(current);
    if (platform == current || !(platform instanceof OwnerThread thread)) {
      return elsewhere(current, platform, fn);
    }
    OwnerThread.settle(thread);
    VirtualThreads.pin();
    R result;
    try {
      result = fn.apply(value(platform, "with()"));
    } catch (Throwable e) {
      // Without a call before the count: see OwnerThread#owed.
      thread.owed++;
      thread.unpinOwed();
      throw e;
    }
    VirtualThreads.unpin();
    return result;
  }

  /**
   * Does as {@link #with}, for all but a task that is mounted on a worker's thread of our own: a
   * worker's thread itself, a task on a thread of a user's factory, a task of the owned tier.
   */
  private <R extends @Nullable Object> R elsewhere(
      Thread current, @Nullable Thread platform, Function<? super T, ? extends R> fn) {
    WorkerOwner mounted = Here.workerOn(platform);
    if (mounted == null) {
      TaskMember member = Caller.member(current, key, "with()");
      WorkerOwner worker = member.enter();
      try {
        return fn.apply(used(worker, "with()"));
      } finally {
        member.leave();
      }
    }
    if (platform == current) {
      return fn.apply(used(mounted, "with()"));
    }
    VirtualThreads.pin();
    try {
      return fn.apply(used(mounted, "with()"));
    } finally {
      VirtualThreads.unpin();
    }
  }

  /**
   * Does as {@link #with}, without a result.
   *
   * @param fn what to do with the value, which must not be kept
   */
  public void update(Consumer<? super T> fn) {
    Thread current = Thread.currentThread();
    Thread platform = VirtualThreads.platform(current);
    if (platform == current || !(platform instanceof OwnerThread thread)) {
      this.<@Nullable Void>elsewhere(
          current,
          platform,
          value -> {
            fn.accept(value);
            return null;
          });
      return;
    }
    OwnerThread.settle(thread);
    VirtualThreads.pin();
    try {
      fn.accept(value(platform, "update()"));
    } catch (Throwable e) {
      thread.owed++;
      thread.unpinOwed();
      throw e;
    }
    VirtualThreads.unpin();
  }

  /**
   * Returns a reference to the value of the current worker, which all tasks and blocking jobs of
   * the runtime may use, at the same time and across blocking points. Always the same object for a
   * worker.
   *
   * @return the reference
   */
  public LocalRef<T> ref() {
    @SuppressWarnings("unchecked") // set by reference(WorkerOwner) only
    LocalRef<T> made =
        (LocalRef<T>) Here.reference(VirtualThreads.platform(Thread.currentThread()), index);
    return made != null ? made : firstReference();
  }

  private LocalRef<T> firstReference() {
    Thread current = Thread.currentThread();
    WorkerOwner mounted = Caller.mounted(current);
    if (mounted != null) {
      return reference(mounted);
    }
    TaskMember member = Caller.member(current, key, "ref()");
    @SuppressWarnings("unchecked") // as above; read by a race, which a LocalRef allows
    LocalRef<T> made = (LocalRef<T>) member.worker().reference(index);
    if (made != null) {
      return made;
    }
    WorkerOwner worker = member.enter();
    try {
      return reference(worker);
    } finally {
      member.leave();
    }
  }

  private LocalRef<T> reference(WorkerOwner worker) {
    @SuppressWarnings("unchecked") // set below only
    LocalRef<T> known = (LocalRef<T>) worker.reference(index);
    if (known != null) {
      return known;
    }
    value(worker);
    Slot slot = Objects.requireNonNull(worker.slot(key));
    History history = slot.history();
    if (history != null) {
      history.add("first ref()");
    }
    LocalRef<T> made = new LocalRef<>(slot, worker);
    int at = index; // not this local, which would then never be collected
    slot.reference(() -> {
      made.clear();
      worker.reference(at, null);
    });
    worker.reference(at, made);
    return made;
  }

  /**
   * Leases a value of the current worker for the current task alone, across blocking points. If all
   * are out, another is made up to {@link Builder#leases}; past that the task does what {@link
   * Builder#overflow} says.
   *
   * @return the lease, to be closed by the same task
   * @throws LeaseUnavailableException if no value can be had
   */
  public Lease<T> lease() {
    LeaseEntry<T> taken = entry();
    return Sanitizer.ON ? TrackedLease.of(taken) : taken;
  }

  private LeaseEntry<T> entry() {
    Thread current = Thread.currentThread();
    TaskScope task = Here.madeAs(current);
    if (task != null && VirtualThreads.carrier(current) instanceof OwnerThread thread) {
      OwnerThread.settle(thread);
      Forms forms = thread.forms(index);
      @SuppressWarnings("unchecked") // set by this local's pool only
      LeaseEntry<T> next = forms == null ? null : (LeaseEntry<T>) forms.lease();
      if (next != null && next.isTaken(current, task)) {
        return next;
      }
    }
    return leaseElsewise(current);
  }

  private LeaseEntry<T> leaseElsewise(Thread current) {
    WorkerOwner mounted = Caller.mounted(current);
    if (mounted != null) {
      TaskScope task = Caller.task(current, key, "lease()");
      return pool(mounted).take(current, task);
    }
    TaskMember member = Caller.member(current, key, "lease()");
    member.enter();
    try {
      return pool(Objects.requireNonNull(member.on())).take(current, member.task(), member);
    } finally {
      member.leave();
    }
  }

  private LeasePool<T> pool(WorkerOwner worker) {
    Slot slot = FirstUse.slot(worker, key, destructor);
    @SuppressWarnings("unchecked") // set below only
    LeasePool<T> pool = (LeasePool<T>) slot.pool();
    if (pool == null) {
      FirstUse.check(key);
      pool =
          new LeasePool<>(
              worker,
              key,
              slot.forms(),
              limits,
              () -> make(worker, new Initializer.OfLease(key)),
              destructor);
      slot.forms().pool(pool);
    }
    return pool;
  }

  /**
   * Takes a guard of the value of the current worker: any thread may use it until the guard is
   * closed, and no value of the runtime is destroyed before.
   *
   * @return the guard, to be closed by whoever uses it last
   */
  public Guard<T> guard() {
    GuardEntry<T> taken = opened();
    return Sanitizer.ON ? TrackedGuard.of(taken) : taken;
  }

  private GuardEntry<T> opened() {
    Thread current = Thread.currentThread();
    TaskScope task = Here.madeAs(current);
    if (task == null || !(VirtualThreads.carrier(current) instanceof OwnerThread thread)) {
      return guardElsewise(current);
    }
    OwnerThread.settle(thread);
    Forms forms = thread.forms(index);
    GuardPlace place = forms == null ? null : (GuardPlace) forms.spot();
    if (place == null || place.isOpen() || !prepares(place, current, task)) {
      place = otherPlace(Caller.worker(current, key, "guard()"), thread, current, task);
    }
    // The only one in this method, so that the compiler can see whether it is needed.
    GuardEntry<T> guard = new GuardEntry<>(place, place.nextOpening());
    place.open();
    return guard;
  }

  /** Prepares a place that is closed, unless it is to be recorded where the guard is taken. */
  private static boolean prepares(GuardPlace place, Thread current, TaskScope task) {
    WorkerOwner worker = place.worker();
    long now = worker.now();
    if (worker.isToTrack(now)) {
      return false;
    }
    place.prepare(current, task, now);
    return true;
  }

  private GuardEntry<T> guardElsewise(Thread current) {
    WorkerOwner mounted = Caller.mounted(current);
    if (mounted != null) {
      return guard(mounted, current, Caller.task(current, key, "guard()"));
    }
    TaskMember member = Caller.member(current, key, "guard()");
    WorkerOwner worker = member.enter();
    try {
      return guard(worker, current, member.task());
    } finally {
      member.leave();
    }
  }

  private GuardEntry<T> guard(WorkerOwner worker, Thread current, TaskScope task) {
    GuardPlace place = otherPlace(worker, null, current, task);
    GuardEntry<T> guard = new GuardEntry<>(place, place.nextOpening());
    place.open();
    return guard;
  }

  /**
   * Makes a place, which is not open yet; on the worker only.
   *
   * @param home the worker's thread if the task is mounted there
   */
  private GuardPlace otherPlace(
      WorkerOwner worker, @Nullable OwnerThread home, Thread current, TaskScope task) {
    value(worker);
    // From here on it is counted, and the caller gets it.
    StackRoom.ensure();
    Slot slot = Objects.requireNonNull(worker.slot(key));
    long now = worker.now();
    Throwable taken = worker.tracks(now) ? new Throwable("taken here") : null;
    boolean again = home != null && taken == null && slot.forms().spot() == null;
    GuardPlace place = new GuardPlace(slot, worker, again ? home : null, taken);
    if (again) {
      worker.spotMade(place);
      slot.forms().spot(place);
    }
    place.prepare(current, task, now);
    return place;
  }

  /**
   * Applies a function to the value of the current worker on that worker's platform thread, and
   * waits for its result. For values that are bound to an operating-system thread; one that is used
   * by this form alone is also made there. An interrupt does not end the wait and stays set.
   *
   * @param <R> the type of the result
   * @param fn what to do with the value, which must not be kept; it should not block
   * @return what the function returns
   * @throws IllegalStateException if the calling task is pinned, where it would wait for itself
   */
  public <R extends @Nullable Object> R onOwner(Function<? super T, ? extends R> fn) {
    Thread current = Thread.currentThread();
    WorkerOwner mounted = Caller.mounted(current);
    if (mounted != null && !VirtualThreads.isCarried(current)) {
      return fn.apply(used(mounted, "onOwner()"));
    }
    TaskMember member = mounted == null ? Caller.member(current, key, "onOwner()") : null;
    WorkerOwner worker = member == null ? Objects.requireNonNull(mounted) : member.worker();
    if (member != null) {
      if (member.on() != null) {
        throw pinned(current, worker);
      }
      return Handover.run(member, current, entered -> fn.apply(used(entered, "onOwner()")));
    }
    // To be suspended takes stack, and an overflow in the midst of it would leave what the JDK
    // notes of the thread wrong.
    StackRoom.ensure();
    boolean asks = Suspension.isKnownOn(worker);
    if (!asks && PinnedFrames.present()) {
      throw pinned(current, worker);
    }
    Handover<R> call = Handover.to(worker, current, () -> fn.apply(used(worker, "onOwner()")));
    if (asks && !call.suspends(worker)) {
      throw pinned(current, worker);
    }
    return call.await();
  }

  private IllegalStateException pinned(Thread current, WorkerOwner worker) {
    return new IllegalStateException(
        "onOwner() of local '"
            + key
            + "' was called by "
            + Caller.describe(current)
            + " while pinned to "
            + worker.name()
            + ", whose thread cannot run anything else meanwhile: call it outside of with(),"
            + " initialisers and native frames");
  }

  @Override
  public String toString() {
    return "WorkerLocal[" + key + "]";
  }

  /** Returns the value of the worker that runs the current code, on the given thread. */
  @SuppressWarnings("unchecked") // what is found under this index is what this local made
  private T value(@Nullable Thread platform, String form) {
    if (Sanitizer.ALL) {
      return used(Caller.worker(key, form), form);
    }
    Object value = Here.value(platform, index);
    return value != null ? (T) value : value(Caller.worker(key, form));
  }

  /** As {@link #value(WorkerOwner)}, for an access that the sanitiser records. */
  private T used(WorkerOwner worker, String form) {
    T value = value(worker);
    Slot slot = Sanitizer.ALL ? worker.slot(key) : null;
    History history = slot == null ? null : slot.history();
    if (history != null) {
      history.used(form);
    }
    return value;
  }

  /** Returns the value of a worker, making it if need be; on that worker only. */
  @SuppressWarnings("unchecked") // a slot under this key holds what this local made
  private T value(WorkerOwner worker) {
    Object value = worker.value(index);
    return value != null
        ? (T) value
        : FirstUse.value(worker, key, destructor, slot -> make(worker, slot));
  }

  /** Runs the initialiser, pinned; on the worker only. */
  private T make(WorkerOwner worker, Owner.Initializing making) {
    Thread current = Thread.currentThread();
    if (!VirtualThreads.isCarried(current) || Caller.mounted(current) == null) {
      // The worker's own thread, or a task that has entered.
      return Initializer.run(worker, making, initial);
    }
    VirtualThreads.pin();
    T made;
    try {
      made = Initializer.run(worker, making, initial);
    } catch (Throwable e) {
      if (worker.thread() instanceof OwnerThread thread) {
        thread.owed++;
        thread.unpinOwed();
      } else {
        VirtualThreads.unpin();
      }
      throw e;
    }
    VirtualThreads.unpin();
    return made;
  }

  /**
   * Builds a {@link WorkerLocal}. Each property may be set once. Not thread-safe.
   *
   * @param <T> the type of the values
   */
  public static final class Builder<T> {

    private static final int DEFAULT_LEASES = 16;

    private final Supplier<? extends T> initial;
    private @Nullable String name;
    private @Nullable Consumer<? super T> destructor;
    private @Nullable Integer leases;
    private @Nullable LeaseOverflow overflow;
    private @Nullable Duration leaseTimeout;

    private Builder(Supplier<? extends T> initial) {
      this.initial = Objects.requireNonNull(initial, "initial must not be null");
    }

    /**
     * Sets the name for messages and reports. Default: {@code local-<number>}.
     *
     * @param value not blank
     * @return this builder
     */
    public Builder<T> name(String value) {
      name = Once.name(name, value);
      return this;
    }

    /**
     * Sets the destructor. Default: a value that is {@link AutoCloseable} is closed.
     *
     * @param value runs once for each value, on its worker's platform thread
     * @return this builder
     */
    public Builder<T> destructor(Consumer<? super T> value) {
      Once.set("destructor", destructor, value);
      destructor = value;
      return this;
    }

    /**
     * Sets the most values each worker makes for leases. Default: 16.
     *
     * @param value 1 to 65,536
     * @return this builder
     */
    public Builder<T> leases(int value) {
      leases = Once.inRange("leases", leases, value, 1, 65_536);
      return this;
    }

    /**
     * Sets what a lease does when all values are out. Default: {@link LeaseOverflow#WAIT}.
     *
     * @param value what to do
     * @return this builder
     */
    public Builder<T> overflow(LeaseOverflow value) {
      Once.set("overflow", overflow, value);
      overflow = value;
      return this;
    }

    /**
     * Sets how long a lease waits at most. Default: without bound. Only with {@link
     * LeaseOverflow#WAIT}.
     *
     * @param value positive
     * @return this builder
     */
    public Builder<T> leaseTimeout(Duration value) {
      Once.set("leaseTimeout", leaseTimeout, value);
      if (!value.isPositive()) {
        throw new IllegalArgumentException("leaseTimeout must be positive, was " + value);
      }
      leaseTimeout = value;
      return this;
    }

    /**
     * Makes the local.
     *
     * @return the local
     * @throws IllegalStateException if a lease timeout is set for a local whose leases do not wait
     */
    public WorkerLocal<T> build() {
      LeaseOverflow policy = overflow == null ? LeaseOverflow.WAIT : overflow;
      if (leaseTimeout != null && policy != LeaseOverflow.WAIT) {
        throw new IllegalStateException(
            "leaseTimeout " + leaseTimeout + " goes with overflow WAIT only, not " + policy);
      }
      return new WorkerLocal<>(
          name == null ? "local-" + UNNAMED.incrementAndGet() : name,
          initial,
          destructor,
          new LeasePool.Limits(
              leases == null ? DEFAULT_LEASES : leases,
              policy,
              leaseTimeout == null ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(leaseTimeout)),
          new Destruction(destructor));
    }
  }
}
