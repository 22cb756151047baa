// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.EarlyClasses;
import java.lang.invoke.MethodHandles;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads that a runtime of the owned tier has made for others to start.
 *
 * <p>Nobody tells the runtime of the start. So such a thread is counted as it begins to run, and
 * one that was started and has not begun holds the barrier back. One that is started after the
 * barrier does not run its body. Nobody else needs to know of these threads, and one that is never
 * started is forgotten when it is collected; or at the barrier, if it was made by a task that
 * passed values on to it.
 */
final class Offers {

  static {
    EarlyClasses.initialize(MethodHandles.lookup(), State.class);
  }

  private enum State {
    /** It has not begun. */
    OPEN,
    /** It has begun, and is counted. */
    TAKEN,
    /** It was not started before the barrier. */
    SEALED
  }

  /** A thread that has not begun to run, until it begins. */
  private static final class Offer extends WeakReference<VirtualTask<?>> {
    private final long id;

    // Set once, by the thread that begins or by the closing thread.
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

    // One that has inherited values must end them, even if it is never started.
    private final @Nullable VirtualTask<?> withValues;

    Offer(VirtualTask<?> task, ReferenceQueue<VirtualTask<?>> queue) {
      super(task, queue);
      id = task.thread().threadId();
      withValues = task.values() == null ? null : task;
    }

    /** Closes it, for good; returns false if it has begun. */
    boolean close() {
      if (!state.compareAndSet(State.OPEN, State.SEALED)) {
        return state.get() == State.SEALED;
      }
      if (withValues != null) {
        withValues.end();
      }
      return true;
    }
  }

  private final Map<Long, Offer> open = new ConcurrentHashMap<>();
  private final ReferenceQueue<VirtualTask<?>> collected = new ReferenceQueue<>();

  /**
   * Adds a thread that is about to be handed out.
   *
   * @param check throws if none may be made any more; the thread is then forgotten, and never
   *     begins
   */
  void add(VirtualTask<?> task, Runnable check) {
    clean();
    Offer offer = new Offer(task, collected);
    // Added, then checked; who closes sets the phase, then seals: one of the two sees the other.
    open.put(offer.id, offer);
    try {
      check.run();
    } catch (Throwable e) {
      open.remove(offer.id, offer);
      throw e;
    }
  }

  /** Forgets those that were collected. */
  void clean() {
    for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
      open.remove(((Offer) gone).id, gone);
    }
  }

  /**
   * Counts a task whose thread begins; on that thread.
   *
   * @throws RuntimeClosedException after the barrier
   */
  void take(TieredRuntime runtime, VirtualTask<?> task) {
    // Made before anything is counted: there may be no memory for it.
    Long id = task.thread().threadId();
    @Nullable Offer offer = open.get(id);
    // Counted, then taken; the closing thread takes it, then counts.
    runtime.startedLate(
        task, () -> offer != null && offer.state.compareAndSet(State.OPEN, State.TAKEN));
    open.remove(id);
  }

  /** Calls the action with those that were started and have not begun; any thread. */
  void forEachStarted(Consumer<? super VirtualTask<?>> action) {
    for (Offer offer : open.values()) {
      VirtualTask<?> task = offer.get();
      if (task != null && task.thread().getState() != Thread.State.NEW) {
        action.accept(task);
      }
    }
  }

  /**
   * Closes all, if none of them was started; by the closing thread, when nothing else is alive. May
   * be called again.
   *
   * @return false if one was started: it is about to begin, or is counted by now
   */
  boolean seal() {
    clean();
    boolean sealed = true;
    for (Offer offer : open.values()) {
      VirtualTask<?> task = offer.get();
      if (task != null && task.thread().getState() != Thread.State.NEW) {
        sealed = false;
      }
    }
    if (!sealed) {
      return false;
    }
    for (Offer offer : open.values()) {
      sealed &= offer.close();
    }
    return sealed;
  }
}
