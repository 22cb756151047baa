// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Once;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A variable of which each task of a runtime has its own value, made on first use and destroyed
 * once, at the task's end.
 *
 * <p>Usually a static constant. The values of a task are destroyed last made first, by the task
 * itself, on its thread, after its body and before its result or failure can be seen: {@link
 * java.util.concurrent.Future#get} and {@code join} return after that. Leases that the task still
 * has open are taken from it afterwards, so that a value may hold a lease that its destructor
 * closes. A task that is cancelled is waited for no longer, and destroys its values all the same
 * when its body has really ended; the runtime does not close before.
 *
 * <p>Initialisers and destructors run as part of the task: they may block, spawn tasks, and use
 * other locals. A destructor may use the values that were made before its own, and what it makes is
 * destroyed too. While one blocks, its task is alive, and is listed as such when the runtime
 * closes. What a destructor throws stops no other; it is logged, and kept for the {@link
 * dev.holdfast.shutdown.ShutdownReport}.
 *
 * <p>A virtual thread that code inside a task started by itself is a task too. It cannot be told to
 * do something at its end: its values are destroyed on another virtual thread of the runtime, as
 * soon as it has ended. {@link Thread#join} may return before.
 *
 * <p>Only {@link #get} gives a value out, and only to its task. A value that is kept must not be
 * used after the task.
 *
 * @param <T> the type of the values, never null
 */
public final class TaskLocal<T> {

  private static final AtomicLong UNNAMED = new AtomicLong();

  static {
    EarlyClasses.initialize(MethodHandles.lookup(), BoundBody.class, Share.class);
  }

  private final LocalKey key;
  private final Supplier<? extends T> initial;
  private final Destruction destruction;

  // What ends a value, unless it is shared: then each has its own.
  private final Slot.Destructor end;
  private final boolean shared;

  private TaskLocal(
      String name,
      Supplier<? extends T> initial,
      @Nullable Object given,
      @Nullable Object copier,
      Destruction destruction,
      Slot.Destructor end,
      boolean shared) {
    this.key = LocalKey.named(name, initial, given, copier, Maker.current());
    this.initial = initial;
    this.destruction = destruction;
    this.end = end;
    this.shared = shared;
  }

  /**
   * Makes a local whose values are closed at the end if they are {@link AutoCloseable}.
   *
   * @param <T> the type of the values
   * @param initial makes a value; must not return null
   * @return the local
   */
  public static <T> TaskLocal<T> of(Supplier<? extends T> initial) {
    return new Builder<T>(initial).build();
  }

  /**
   * Makes a local with a destructor.
   *
   * @param <T> the type of the values
   * @param initial makes a value; must not return null
   * @param destructor runs once for each value, at the end of its task
   * @return the local
   */
  public static <T> TaskLocal<T> of(Supplier<? extends T> initial, Consumer<? super T> destructor) {
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
   * Returns the value of the current task, making it if need be. If the initialiser throws, the
   * exception is the caller's and the next use tries again. Does not block, unless the initialiser
   * does.
   *
   * @return the value, the same as long as the task lives
   * @throws EscapedReferenceException if the current thread is no task
   * @throws LocalDestroyedException if the task has destroyed the value: in a destructor of an
   *     older one
   * @throws InitializerCycleException if the initialiser asks for its own value
   */
  @SuppressWarnings("unchecked") // a slot under this key holds what this local made
  public T get() {
    Thread current = Thread.currentThread();
    TaskScope scope = Here.madeAs(current);
    TaskOwner owner = scope == null ? null : scope.values();
    Object value = owner == null ? null : owner.value(key);
    return value != null ? (T) value : notAtOnce(current);
  }

  /** Returns the value of what is no task that was made by a runtime, or makes the value. */
  @SuppressWarnings("unchecked") // as get
  private T notAtOnce(Thread current) {
    TaskScope scope = Here.scope(current);
    if (scope == null) {
      throw Caller.noTask(current, key, "get()");
    }
    TaskOwner owner = scope.values();
    Object value = owner == null ? null : owner.value(key);
    return value != null ? (T) value : notHere(scope, owner);
  }

  /** Returns the value of what this is a part of, or makes it. */
  @SuppressWarnings("unchecked") // as get
  private T notHere(TaskScope scope, @Nullable TaskOwner known) {
    if (known == null) {
      TaskOwner first = new TaskOwner(scope, null);
      scope.values(first);
      return FirstUse.first(first, key, end(first), slot -> Initializer.run(first, slot, initial));
    }
    Slot nearest = known.nearest(key);
    Object value = nearest == null ? null : nearest.value();
    if (value != null) {
      return (T) value;
    }
    if (nearest != null) {
      throw FirstUse.destroyed(nearest.owner(), key);
    }
    return FirstUse.value(known, key, end(known), slot -> Initializer.run(known, slot, initial));
  }

  private Slot newSlot(TaskOwner owner) {
    return owner.newSlot(key, end(owner));
  }

  private Slot.Destructor end(TaskOwner owner) {
    return shared ? new Share(destruction, owner.domain()) : end;
  }

  /**
   * Binds a value to a body that is going to run as a task: {@code runtime.spawn(local.bind(value,
   * body))}. In the body, and whatever it calls, {@link #get} returns that value. Bind several by
   * binding to what another {@code bind} returned.
   *
   * <p>From the call of {@code spawn} on the value belongs to the task, which destroys it like a
   * value that it made, before {@code join} returns; also if the task is refused (then on the
   * calling thread) or is cancelled before it begins. Handed over in any other way, the body takes
   * the value when it begins; called inside a task, it is a part of that task: what it makes on
   * first use ends with it, younger values first.
   *
   * @param <R> the type of the result
   * @param value the value
   * @param body what is to run; it is called on the thread that calls the result
   * @return the body to be run, once
   */
  public <R extends @Nullable Object> Callable<R> bind(T value, Callable<? extends R> body) {
    return new BoundBody<>(
        key,
        Objects.requireNonNull(value, "value must not be null"),
        destruction,
        this::newSlot,
        Objects.requireNonNull(body, "body must not be null"));
  }

  @Override
  public String toString() {
    return "TaskLocal[" + key + "]";
  }

  /**
   * Builds a {@link TaskLocal}. Each property may be set once. Not thread-safe.
   *
   * @param <T> the type of the values
   */
  public static final class Builder<T> {

    private final Supplier<? extends T> initial;
    private @Nullable String name;
    private @Nullable Consumer<? super T> destructor;
    private @Nullable String inheritance;
    private @Nullable UnaryOperator<T> copier;

    private Builder(Supplier<? extends T> initial) {
      this.initial = Objects.requireNonNull(initial, "initial must not be null");
    }

    /**
     * Sets the name for messages and reports. Default: {@code task-local-<number>}.
     *
     * @param value not blank
     * @return this builder
     */
    public Builder<T> name(String value) {
      name = Once.name(name, value);
      return this;
    }

    /**
     * Sets what runs once for each value, at the end of its task. Default: values that are {@link
     * AutoCloseable} are closed.
     *
     * @param value the destructor
     * @return this builder
     */
    public Builder<T> destructor(Consumer<? super T> value) {
      Once.set("destructor", destructor, value);
      destructor = value;
      return this;
    }

    /**
     * Lets tasks that a task starts have the same value as it, if it has one by then, and snapshots
     * too. The value is destroyed once, by the last task that has it, on its thread; it must be
     * thread-safe, and must not rest on values that are not shared. Default: each task has a value
     * of its own. Excludes {@link #copied}.
     *
     * @return this builder
     */
    public Builder<T> shared() {
      Once.set("inheritance", inheritance, "shared");
      inheritance = "shared";
      return this;
    }

    /**
     * Lets tasks that a task starts begin with a copy of its value, if it has one by then, and
     * snapshots too. The copy is destroyed like a value that the new task made. Default: each task
     * has a value of its own. Excludes {@link #shared}.
     *
     * @param copy makes a copy, not null, on the thread that starts the task; what it throws is
     *     thrown there, and the task is not started. It must not block: a thread that is not
     *     started by the runtime's own methods is started pinned
     * @return this builder
     */
    public Builder<T> copied(UnaryOperator<T> copy) {
      Objects.requireNonNull(copy, "copy must not be null");
      Once.set("inheritance", inheritance, "copied");
      inheritance = "copied";
      copier = copy;
      return this;
    }

    /**
     * Makes the local.
     *
     * @return the local
     */
    public TaskLocal<T> build() {
      Destruction destruction = new Destruction(destructor);
      return new TaskLocal<>(
          name == null ? "task-local-" + UNNAMED.incrementAndGet() : name,
          initial,
          destructor,
          copier,
          destruction,
          copier == null ? destruction : new Copying(destruction, copier),
          inheritance != null && copier == null);
    }
  }
}
