// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.Here;
import dev.holdfast.slot.TaskScope;
import java.lang.StackWalker.StackFrame;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.Buffer;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A handle of a native library that other handles are opened from: each is destroyed once, after
 * all that were opened from it and after its last use.
 *
 * {@snippet lang="java" :
 * static final Handle<RocksDB> DB = Handle.ofShared(open(), RocksDB::close);
 *
 * try (Handle<RocksIterator> rows = DB.openConfined(RocksDB::newIterator, RocksIterator::close)) {
 *   return rows.with(each -> sum(each));
 * }
 * }
 *
 * <p>{@link #close} ends the right to use a handle and to open others from it. It does not take
 * away what is in use: while a function runs in {@link #with}, or a handle is open that was opened
 * from this one, the destructor waits, and is run by whoever ends the last of them. No thread waits
 * for that. So a parent may be closed before its children, and by a thread that does not know them.
 *
 * <p>A <em>confined</em> handle is used and closed by the thread that opened it alone. Opened in a
 * task it is that task's, on whichever worker it is; if the task forgets it, it is closed at the
 * task's end, after the values of task-locals, and the failure is in the {@link
 * dev.holdfast.shutdown.ShutdownReport}. Opened by the initialiser of a local that is used by
 * {@link WorkerLocal#onOwner} alone, it is confined to the worker's platform thread, which is what
 * a library needs that binds its handles to threads of the operating system. What is opened from a
 * confined handle is confined too. A <em>shared</em> handle is for any thread, and for several at
 * once if what it names is.
 *
 * <p>Each use counts in the handle itself. A shared one that many workers use all the time is
 * better used through a handle for each worker that is opened from it.
 *
 * @param <H> the type of the library's own object
 */
public final class Handle<H> implements AutoCloseable {

  /**
   * What is done with the library's own object.
   *
   * @param <H> the type of the object
   * @param <R> the type of the result
   * @param <X> the type of what may be thrown
   */
  @FunctionalInterface
  public interface Op<H, R extends @Nullable Object, X extends Throwable> {

    /**
     * Does it.
     *
     * @param raw the object, which must not be kept
     * @return the result
     * @throws X if it fails
     */
    R apply(H raw) throws X;
  }

  /** In the state: closed. The rest of the bits count uses and children that have not ended. */
  private static final int CLOSED = 1 << 31;

  /** How many children a message names. */
  private static final int NAMED = 8;

  private static final VarHandle STATE;
  private static final StackWalker WALKER = StackWalker.getInstance();

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Handle.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final @Nullable Handle<?> parent;
  private final Consumer<? super H> destructor;

  // The thread that it is confined to, or null.
  private final @Nullable Thread owner;

  // Where it is noted to be closed at the end of the task that it is confined to, or null.
  private final @Nullable OpenHandles noted;

  // For messages: who opened it and where.
  private final String opener;
  private final @Nullable StackTraceElement place;

  // For messages: what was opened from it and is not destroyed.
  private final Set<Handle<?>> children = ConcurrentHashMap.newKeySet();

  // Set once, before anybody else has this; null before and once it is destroyed. Read by who holds
  // it, and so neither before nor after.
  private @Nullable H raw;

  // For messages: what it is of. Set with the above, and not its name, for which there may be no
  // memory: from the opening on nothing may fail.
  private @Nullable Class<?> type;

  // Read and moved as volatile: who ends the last hold of what was closed must see what others did
  // to it, and who holds it must not be overtaken by the destructor.
  private volatile int state;

  // For messages: who closed it. Written by who did, read by a race: a text that is not there yet
  // is left out.
  private @Nullable String closer;

  // Neighbours in the list of what its task has open; on the task only.
  private @Nullable Handle<?> older;
  private @Nullable Handle<?> newer;

  private Handle(@Nullable Handle<?> parent, Consumer<? super H> destructor, boolean isConfined) {
    Thread current = Thread.currentThread();
    TaskScope task = Here.scope(current);
    this.parent = parent;
    this.destructor = Objects.requireNonNull(destructor, "destructor must not be null");
    this.owner = isConfined ? current : null;
    this.noted = isConfined && task != null ? OpenHandles.of(task) : null;
    this.opener = task == null ? Caller.describe(current) : task.title();
    this.place = place();
  }

  /**
   * Takes over an object for any thread to use.
   *
   * @param <H> the type of the library's own object
   * @param raw the object, which is used and destroyed by way of the handle alone from now on
   * @param destructor destroys it; called once, by the thread that ends the last use
   * @return the handle
   */
  public static <H> Handle<H> ofShared(H raw, Consumer<? super H> destructor) {
    return new Handle<H>(null, destructor, false).opened(raw);
  }

  /**
   * Takes over an object for the current thread alone to use.
   *
   * @param <H> the type of the library's own object
   * @param raw the object, which is used and destroyed by way of the handle alone from now on
   * @param destructor destroys it; called once, on the current thread
   * @return the handle
   */
  public static <H> Handle<H> ofConfined(H raw, Consumer<? super H> destructor) {
    return new Handle<H>(null, destructor, true).opened(raw);
  }

  /**
   * Opens a handle from this one, for any thread to use. This one is not destroyed before it.
   *
   * @param <C> the type of the object that is opened
   * @param <X> the type of what may be thrown
   * @param open opens it
   * @param destructor destroys it; called once, by the thread that ends the last use
   * @return the handle
   * @throws X if it could not be opened
   * @throws EscapedReferenceException if this is closed, or confined
   */
  public <C, X extends Throwable> Handle<C> openShared(
      Op<? super H, ? extends C, X> open, Consumer<? super C> destructor) throws X {
    if (owner != null) {
      throw misuse(
          "opened from",
          ", for any thread, but is confined to the thread that opened it: use openConfined()");
    }
    return open(open, destructor, false);
  }

  /**
   * Opens a handle from this one, for the current thread alone to use. This one is not destroyed
   * before it.
   *
   * @param <C> the type of the object that is opened
   * @param <X> the type of what may be thrown
   * @param open opens it
   * @param destructor destroys it; called once, on the current thread
   * @return the handle
   * @throws X if it could not be opened
   * @throws EscapedReferenceException if this is closed, or confined to another thread
   */
  public <C, X extends Throwable> Handle<C> openConfined(
      Op<? super H, ? extends C, X> open, Consumer<? super C> destructor) throws X {
    return open(open, destructor, true);
  }

  private <C, X extends Throwable> Handle<C> open(
      Op<? super H, ? extends C, X> open, Consumer<? super C> destructor, boolean isConfined)
      throws X {
    H held = hold("opened from");
    Handle<C> child = null;
    try {
      // All that takes memory comes before what would be lost without it.
      child = new Handle<>(this, destructor, isConfined);
      children.add(child);
      return child.opened(open.apply(held));
    } catch (Throwable e) {
      if (child != null) {
        children.remove(child);
      }
      release(this, e);
      throw e;
    }
  }

  private Handle<H> opened(H made) {
    raw = Objects.requireNonNull(made, "what was opened must not be null");
    type = made.getClass();
    if (noted != null) {
      noted.add(this);
    }
    // A race that shows this to another thread shows what is in it.
    VarHandle.releaseFence();
    return this;
  }

  /**
   * Applies a function to the library's own object, which is not destroyed meanwhile. The function
   * may block.
   *
   * <p>The result must not carry out what is destroyed with this handle. The object itself is
   * refused, and so is a direct buffer, which may be a view of the library's memory. What hides
   * either in an object of its own is not seen.
   *
   * @param <R> the type of the result
   * @param <X> the type of what may be thrown
   * @param fn what to do with the object, which must not be kept
   * @return what the function returns
   * @throws X if the function throws it
   * @throws EscapedReferenceException if this is closed, or confined to another thread, or if the
   *     result would carry the object out
   */
  public <R extends @Nullable Object, X extends Throwable> R with(Op<? super H, ? extends R, X> fn)
      throws X {
    H held = hold("used");
    R result;
    try {
      result = fn.apply(held);
      if (result == held || (result instanceof Buffer buffer && buffer.isDirect())) {
        throw carriedOut(result);
      }
    } catch (Throwable e) {
      release(this, e);
      throw e;
    }
    Throwable failure = release(this, null);
    if (failure != null) {
      throw Handover.<RuntimeException>sneak(failure);
    }
    return result;
  }

  /**
   * Closes this handle. It is destroyed now, or by who ends its last use or closes the last of what
   * was opened from it. What the destructor throws is thrown there.
   *
   * @throws EscapedReferenceException if this was closed before, or is confined to another thread
   */
  @Override
  public void close() {
    Thread current = checkThread("closed");
    if (state < 0) {
      throw misuse("closed again", closed());
    }
    if (noted != null) {
      noted.remove(this);
    }
    if (!end(Caller.describe(current))) {
      throw misuse("closed again", closed());
    }
  }

  /**
   * Ends the right to use this.
   *
   * @param by who does, for messages
   * @return whether it was there
   */
  boolean end(String by) {
    int before = (int) STATE.getAndBitwiseOr(this, CLOSED);
    if (before < 0) {
      return false;
    }
    closer = by;
    Throwable failure = before == 0 ? destroy(this, null) : null;
    if (failure != null) {
      throw Handover.<RuntimeException>sneak(failure);
    }
    return true;
  }

  /** Keeps this from being destroyed until {@link #release}, and returns the object. */
  private H hold(String verb) {
    checkThread(verb);
    int now = state;
    while (true) {
      if (now < 0) {
        throw misuse(verb, closed());
      }
      int found = (int) STATE.compareAndExchange(this, now, now + 1);
      if (found == now) {
        return Objects.requireNonNull(raw);
      }
      now = found;
    }
  }

  /** Lets go of a handle that is held, and destroys it if it was the last. */
  private static @Nullable Throwable release(Handle<?> handle, @Nullable Throwable failure) {
    return (int) STATE.getAndAdd(handle, -1) - 1 == CLOSED ? destroy(handle, failure) : failure;
  }

  /**
   * Runs the destructor of a handle, and of those that it was opened from as far as they have
   * waited for it.
   *
   * @param failure what was thrown before, or null
   * @return what was thrown, or null
   */
  private static @Nullable Throwable destroy(Handle<?> handle, @Nullable Throwable failure) {
    Throwable all = failure;
    try {
      handle.destruct();
    } catch (Throwable e) {
      if (all == null) {
        all = e;
      } else if (all != e) {
        all.addSuppressed(e);
      }
    }
    Handle<?> parent = handle.parent;
    if (parent == null) {
      return all;
    }
    parent.children.remove(handle);
    return release(parent, all);
  }

  private void destruct() {
    H last = Objects.requireNonNull(raw);
    raw = null;
    destructor.accept(last);
  }

  private Thread checkThread(String verb) {
    Thread current = Thread.currentThread();
    if (owner != null && owner != current) {
      throw misuse(verb, ", but is confined to the thread that opened it: use it there");
    }
    return current;
  }

  private String closed() {
    String by = closer;
    return " after it was closed"
        + (by == null ? "" : " by " + by)
        + ": close a handle once, after its last use";
  }

  private EscapedReferenceException carriedOut(Object result) {
    return misuse(
        "used",
        ", and the function returned "
            + (result instanceof Buffer
                ? "a direct buffer, which may be a view of memory that is freed with the handle"
                : "the object itself")
            + ": return a copy of what is in it");
  }

  private EscapedReferenceException misuse(String verb, String why) {
    return new EscapedReferenceException(
        title() + " was " + verb + " on " + Caller.describe(Thread.currentThread()) + why);
  }

  /** Says what it is and where it was opened. */
  String title() {
    return "handle of "
        + (type == null ? "nothing yet" : type.getSimpleName())
        + " opened by "
        + opener
        + (place == null ? "" : " at " + place);
  }

  private static @Nullable StackTraceElement place() {
    String own = Handle.class.getName();
    return WALKER.walk(frames ->
        frames
            .filter(frame -> !frame.getClassName().equals(own))
            .findFirst()
            .map(StackFrame::toStackTraceElement)
            .orElse(null));
  }

  @Nullable Handle<?> older() {
    return older;
  }

  void older(@Nullable Handle<?> handle) {
    older = handle;
  }

  @Nullable Handle<?> newer() {
    return newer;
  }

  void newer(@Nullable Handle<?> handle) {
    newer = handle;
  }

  /** Says whether it is closed, and if it waits to be destroyed, for what. */
  @Override
  public String toString() {
    int now = state;
    if (now >= 0 || now == CLOSED) {
      return title() + (now < 0 ? ", closed" : "");
    }
    return title()
        + ", closed, and held by "
        + (now & ~CLOSED)
        + children.stream()
            .limit(NAMED)
            .map(Handle::title)
            .collect(Collectors.joining(", ", ": ", ""));
  }
}
