// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
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

  private final LocalKey key;
  private final int index;
  private final Supplier<? extends T> initial;
  private final Slot.@Nullable Destructor destructor;
  private final LeasePool.Limits limits;

  private WorkerLocal(
      String name,
      Supplier<? extends T> initial,
      Slot.@Nullable Destructor destructor,
      LeasePool.Limits limits) {
    this.key = LocalKey.named(name);
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
    if (platform == current) {
      return fn.apply(value(platform, "with()"));
    }
    VirtualThreads.pin();
    R result;
    try {
      result = fn.apply(value(platform, "with()"));
    } catch (Throwable e) {
      // Without a call before the count: see OwnerThread#owed.
      if (platform instanceof OwnerThread thread) {
        thread.owed++;
        thread.unpinOwed();
      } else {
        VirtualThreads.unpin();
      }
      throw e;
    }
    VirtualThreads.unpin();
    return result;
  }

  /**
   * Does as {@link #with}, without a result.
   *
   * @param fn what to do with the value, which must not be kept
   */
  public void update(Consumer<? super T> fn) {
    Thread current = Thread.currentThread();
    Thread platform = VirtualThreads.platform(current);
    if (platform == current) {
      fn.accept(value(platform, "update()"));
      return;
    }
    VirtualThreads.pin();
    try {
      fn.accept(value(platform, "update()"));
    } catch (Throwable e) {
      if (platform instanceof OwnerThread thread) {
        thread.owed++;
        thread.unpinOwed();
      } else {
        VirtualThreads.unpin();
      }
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
    return made != null ? made : reference(Caller.worker(key, "ref()"));
  }

  private LocalRef<T> reference(WorkerOwner worker) {
    @SuppressWarnings("unchecked") // set below only
    LocalRef<T> known = (LocalRef<T>) worker.reference(index);
    if (known != null) {
      return known;
    }
    value(worker);
    Slot slot = Objects.requireNonNull(worker.slot(index));
    LocalRef<T> made = new LocalRef<>(slot);
    slot.reference(made, made::clear);
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
    Thread current = Thread.currentThread();
    WorkerOwner worker = Caller.worker(current, key, "lease()");
    TaskScope task = Caller.task(current, worker, key, "lease()");
    Slot slot = worker.slot(index);
    if (slot == null) {
      slot = emptySlot(worker);
    }
    @SuppressWarnings("unchecked") // set below only
    LeasePool<T> pool = (LeasePool<T>) slot.pool();
    if (pool == null) {
      pool = new LeasePool<>(worker, key, limits, () -> make(worker), destructor);
      slot.pool(pool);
    }
    return pool.take(current, task);
  }

  /**
   * Takes a guard of the value of the current worker: any thread may use it until the guard is
   * closed, and no value of the runtime is destroyed before.
   *
   * @return the guard, to be closed by whoever uses it last
   */
  public Guard<T> guard() {
    Thread current = Thread.currentThread();
    WorkerOwner worker = Caller.worker(current, key, "guard()");
    TaskScope task = Caller.task(current, worker, key, "guard()");
    value(worker);
    Slot slot = Objects.requireNonNull(worker.slot(index));
    long now = worker.now();
    GuardEntry<T> guard =
        new GuardEntry<>(slot, task, now, worker.tracks(now) ? new Throwable("taken here") : null);
    worker.guardOpened(guard);
    return guard;
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
    WorkerOwner worker = Caller.worker(current, key, "onOwner()");
    if (!VirtualThreads.isCarried(current)) {
      return fn.apply(value(worker));
    }
    if (PinnedFrames.present()) {
      throw new IllegalStateException(
          "onOwner() of local '"
              + key
              + "' was called by "
              + Caller.describe(current)
              + " while pinned to "
              + worker.name()
              + ", whose thread cannot run anything else meanwhile: call it outside of with(),"
              + " initialisers and native frames");
    }
    return Handover.run(worker, current, () -> fn.apply(value(worker)));
  }

  @Override
  public String toString() {
    return "WorkerLocal[" + key + "]";
  }

  /** Returns the value of the worker that runs the current code, on the given thread. */
  @SuppressWarnings("unchecked") // what is found under this index is what this local made
  private T value(@Nullable Thread platform, String form) {
    Object value = Here.value(platform, index);
    return value != null ? (T) value : value(Caller.worker(key, form));
  }

  /** Returns the value of a worker, making it if need be; on that worker only. */
  @SuppressWarnings("unchecked") // a slot under this key holds what this local made
  private T value(WorkerOwner worker) {
    Object value = worker.value(index);
    return value != null ? (T) value : firstUse(worker);
  }

  private T firstUse(WorkerOwner worker) {
    Slot slot = worker.slot(index);
    if (slot == null) {
      slot = emptySlot(worker);
    }
    if (slot.state() == Slot.State.DESTROYED) {
      throw destroyed(worker);
    }
    T made = make(worker);
    if (slot.state() != Slot.State.EMPTY) {
      throw new IllegalStateException("local '" + key + "' was made twice on " + worker.name());
    }
    slot.live(made);
    return made;
  }

  private Slot emptySlot(WorkerOwner worker) {
    if (worker.ended()) {
      throw destroyed(worker);
    }
    return worker.newSlot(key, destructor);
  }

  private LocalDestroyedException destroyed(WorkerOwner worker) {
    return new LocalDestroyedException(
        "local '"
            + key
            + "' was asked for on "
            + worker.name()
            + " after its value was destroyed there: a destructor may use only values that were made"
            + " before its own");
  }

  /** Runs the initialiser, pinned, with the cycle check; on the worker only. */
  private T make(WorkerOwner worker) {
    WorkerOwner.Initializing outer = worker.initializing();
    for (WorkerOwner.Initializing each = outer; each != null; each = each.outer()) {
      if (each.key() == key) {
        throw cycle(worker, outer);
      }
    }
    boolean pinned = false;
    try {
      worker.initializing(new WorkerOwner.Initializing(key, outer));
      if (Thread.currentThread().isVirtual()) {
        VirtualThreads.pin();
        pinned = true;
      }
      return Objects.requireNonNull(
          initial.get(), () -> "the initialiser of local '" + key + "' returned null");
    } finally {
      // First, and set back to what it was: a stack overflow in here must not leave this one
      // behind.
      worker.initializing(outer);
      if (pinned) {
        if (worker.thread() instanceof OwnerThread thread) {
          thread.owed++;
          thread.unpinOwed();
        } else {
          VirtualThreads.unpin();
        }
      }
    }
  }

  private InitializerCycleException cycle(
      WorkerOwner worker, WorkerOwner.@Nullable Initializing innermost) {
    Deque<String> path = new ArrayDeque<>();
    WorkerOwner.Initializing each = innermost;
    while (each != null) {
      path.addFirst(each.key().name());
      each = each.key() == key ? null : each.outer();
    }
    return new InitializerCycleException(
        "the initialiser of local '"
            + key
            + "' asks for its own value on "
            + worker.name()
            + ": "
            + String.join(" -> ", path)
            + " -> "
            + key
            + "; pass the value along instead");
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
      once("name", name, value);
      if (value.isBlank()) {
        throw new IllegalArgumentException("name must not be blank, was '" + value + "'");
      }
      name = value;
      return this;
    }

    /**
     * Sets the destructor. Default: a value that is {@link AutoCloseable} is closed.
     *
     * @param value runs once for each value, on its worker's platform thread
     * @return this builder
     */
    public Builder<T> destructor(Consumer<? super T> value) {
      once("destructor", destructor, value);
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
      once("leases", leases, value);
      if (value < 1 || value > 65_536) {
        throw new IllegalArgumentException("leases must be from 1 to 65536, not " + value);
      }
      leases = value;
      return this;
    }

    /**
     * Sets what a lease does when all values are out. Default: {@link LeaseOverflow#WAIT}.
     *
     * @param value what to do
     * @return this builder
     */
    public Builder<T> overflow(LeaseOverflow value) {
      once("overflow", overflow, value);
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
      once("leaseTimeout", leaseTimeout, value);
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
          destructorOf(destructor),
          new LeasePool.Limits(
              leases == null ? DEFAULT_LEASES : leases,
              policy,
              leaseTimeout == null ? Long.MAX_VALUE : saturatedNanos(leaseTimeout)));
    }

    private static void once(String property, @Nullable Object before, @Nullable Object value) {
      Objects.requireNonNull(value, () -> property + " must not be null");
      if (before != null) {
        throw new IllegalStateException(
            property + " was already set to " + before + " and cannot be set to " + value);
      }
    }

    private static long saturatedNanos(Duration duration) {
      try {
        return duration.toNanos();
      } catch (ArithmeticException e) {
        return Long.MAX_VALUE;
      }
    }

    @SuppressWarnings("unchecked") // only values of this local reach its destructor
    private static <T> Slot.@Nullable Destructor destructorOf(@Nullable Consumer<? super T> given) {
      return given == null
          ? value -> {
            if (value instanceof AutoCloseable closeable) {
              closeable.close();
            }
          }
          : value -> given.accept((T) value);
    }
  }
}
