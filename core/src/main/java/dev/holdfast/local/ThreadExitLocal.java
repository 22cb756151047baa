// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.ThreadExit;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Once;
import dev.holdfast.slot.Owner;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.ThreadOwner;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A variable of which each thread has its own value, made on first use and destroyed once, on that
 * thread, as it ends: what C++ calls {@code thread_local}.
 *
 * <p>Usually a static constant. The destructors of a thread run last made first. What they make
 * meanwhile is destroyed in turn. One that throws stops no other: what it threw is logged, at
 * warning level, to the {@code System.Logger} named {@code dev.holdfast}, and on a thread of a
 * runtime is in its report too. The thread's uncaught-exception handler is not told: it is for what
 * ends a thread.
 *
 * <p>Where it works:
 *
 * <ul>
 *   <li>on every platform thread, whoever started it, in a JVM that opens {@code java.lang} to this
 *       library; {@link #unavailable} says whether this one does;
 *   <li>in every JVM on threads of a {@link #threadFactory}, which may be virtual, on the platform
 *       threads of a runtime, and in its tasks. The value of a task is destroyed at the task's end,
 *       on its thread, before its outcome can be seen.
 * </ul>
 *
 * <p>On any other thread the first use throws {@link ThreadExitUnavailableException}.
 *
 * <p>A value lives until its thread ends, also when nobody can reach the local any more. When the
 * JVM ends, the thread that called {@link System#exit} destroys its values first; threads that run
 * on keep theirs, which are not destroyed; so does a task that called it.
 *
 * @param <T> the type of the values, never null
 */
public final class ThreadExitLocal<T> {

  private static final AtomicLong UNNAMED = new AtomicLong();

  private final LocalKey key;
  private final Supplier<? extends T> initial;
  private final Slot.@Nullable Destructor destructor;

  private ThreadExitLocal(
      String name,
      Supplier<? extends T> initial,
      @Nullable Object given,
      Slot.@Nullable Destructor destructor) {
    this.key = LocalKey.named(name, initial, given, Maker.current());
    this.initial = initial;
    this.destructor = destructor;
  }

  /**
   * Makes a local whose values are closed at the end if they are {@link AutoCloseable}.
   *
   * @param <T> the type of the values
   * @param initial makes a value; must not return null
   * @return the local
   */
  public static <T> ThreadExitLocal<T> of(Supplier<? extends T> initial) {
    return new Builder<T>(initial).build();
  }

  /**
   * Makes a local with a destructor.
   *
   * @param <T> the type of the values
   * @param initial makes a value; must not return null
   * @param destructor runs once for each value, on its thread
   * @return the local
   */
  public static <T> ThreadExitLocal<T> of(
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
   * Returns a factory of threads on which thread-exit locals work in every JVM, with no flag. Their
   * values are destroyed when the body of the thread has returned or thrown, before an
   * uncaught-exception handler is called.
   *
   * @param factory makes the threads, platform or virtual ones
   * @return the factory
   */
  public static ThreadFactory threadFactory(ThreadFactory factory) {
    Objects.requireNonNull(factory, "factory must not be null");
    return body ->
        factory.newThread(
            ThreadOwner.around(Objects.requireNonNull(body, "body must not be null")));
  }

  /**
   * Says why not every platform thread can be used.
   *
   * @return a sentence with the flag that is missing, or empty if every platform thread can
   */
  public static Optional<String> unavailable() {
    return Optional.ofNullable(ThreadExit.missing());
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
   * Returns the value of the current thread. The first use makes it: never blocks, unless the
   * initialiser does. If the initialiser throws, that is the caller's, and the next use tries
   * again.
   *
   * @return the value, always the same on a thread
   * @throws ThreadExitUnavailableException if nobody would see the end of this thread
   * @throws LocalDestroyedException if the thread is ending and the value was destroyed
   * @throws InitializerCycleException if the initialiser of this local is running on this thread
   */
  @SuppressWarnings("unchecked") // a slot under this key holds what this local made
  public T get() {
    Thread current = Thread.currentThread();
    Owner owner = ThreadOwner.of(current);
    if (owner == null) {
      throw unseen(current);
    }
    Slot slot = owner.slot(key);
    Object value = slot == null ? null : slot.value();
    return value != null
        ? (T) value
        : FirstUse.value(owner, key, destructor, made -> Initializer.run(owner, made, initial));
  }

  private ThreadExitUnavailableException unseen(Thread current) {
    String start = "local '" + key + "' was asked for on " + Caller.describe(current);
    if (current.isVirtual()) {
      return new ThreadExitUnavailableException(
          start
              + ", of whose end the JDK tells nobody, so that its value would never be destroyed:"
              + " start the thread by spawn(...) of a runtime, or by a factory that"
              + " ThreadExitLocal.threadFactory(...) has made");
    }
    return new ThreadExitUnavailableException(
        start
            + ", whose end Holdfast would not see, so that its value would never be destroyed: "
            + ThreadExit.missing()
            + "; or start the thread by a factory that ThreadExitLocal.threadFactory(...) has made");
  }

  @Override
  public String toString() {
    return "ThreadExitLocal[" + key + "]";
  }

  /**
   * Builds a {@link ThreadExitLocal}. Each property may be set once. Not thread-safe.
   *
   * @param <T> the type of the values
   */
  public static final class Builder<T> {

    private final Supplier<? extends T> initial;
    private @Nullable String name;
    private @Nullable Consumer<? super T> destructor;

    private Builder(Supplier<? extends T> initial) {
      this.initial = Objects.requireNonNull(initial, "initial must not be null");
    }

    /**
     * Sets the name for messages and reports. Default: {@code exit-local-<number>}.
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
     * @param value runs once for each value, on its thread
     * @return this builder
     */
    public Builder<T> destructor(Consumer<? super T> value) {
      Once.set("destructor", destructor, value);
      destructor = value;
      return this;
    }

    /**
     * Makes the local.
     *
     * @return the local
     */
    public ThreadExitLocal<T> build() {
      return new ThreadExitLocal<>(
          name == null ? "exit-local-" + UNNAMED.incrementAndGet() : name,
          initial,
          destructor,
          new Destruction(destructor));
    }
  }
}
