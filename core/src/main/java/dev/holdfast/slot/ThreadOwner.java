// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.jdk.ThreadExit;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A thread as the owner of values, which are destroyed on it as it ends.
 *
 * <p>A thread has one only if its end will be seen: by the JDK's own hook, or because its body was
 * made by {@link #around}. "On the owner" means: by the thread itself. The values of a thread that
 * is a task are the task's.
 */
public final class ThreadOwner extends Owner implements Runnable, Holder {

  private static final Slot[] NONE = {};

  /** The owners of virtual threads, and of all where the JDK's hook cannot be reached. */
  private static final ThreadLocal<@Nullable ThreadOwner> WRAPPED = new ThreadLocal<>();

  private final Thread thread;
  private final @Nullable Domain domain;
  private final boolean errands;

  // Used on the owner only.
  private @Nullable Slot[] slots = NONE;
  private boolean counted;

  private final RunningDestructor running = new RunningDestructor();

  private ThreadOwner(Thread thread) {
    Membership membership = thread.isVirtual() ? null : Here.membershipOn(thread);
    this.thread = thread;
    this.domain = membership == null ? null : membership.domain();
    this.errands = membership != null;
  }

  /**
   * Returns the owner of what ends with the current thread, or null if nobody would see its end.
   *
   * @param current the current thread
   */
  public static @Nullable Owner of(Thread current) {
    TaskScope task = current.isVirtual() ? Here.task(current) : null;
    if (task != null && task.endsOnItsThread()) {
      return task.whole();
    }
    ThreadOwner known = known(current);
    return known == null && isHooked(current) ? make(current) : known;
  }

  /** Says whether the JDK's hook is called as a thread ends. */
  private static boolean isHooked(Thread current) {
    return ThreadExit.missing() == null && !current.isVirtual();
  }

  private static @Nullable ThreadOwner known(Thread current) {
    return isHooked(current) ? (ThreadOwner) ThreadExit.action() : WRAPPED.get();
  }

  private static ThreadOwner make(Thread current) {
    ThreadOwner made = new ThreadOwner(current);
    if (isHooked(current)) {
      ThreadExit.action(made);
    } else {
      WRAPPED.set(made);
    }
    return made;
  }

  /**
   * Returns a body that runs the given one and then destroys what was made on its thread.
   *
   * @param body the body of a thread
   */
  public static Runnable around(Runnable body) {
    return () -> runThenDestroy(body);
  }

  private static void runThenDestroy(Runnable body) {
    Thread current = Thread.currentThread();
    ThreadOwner known = known(current);
    if (known != null && !known.ended()) {
      // An outer body will do it, or the hook: values were made here before this one began.
      body.run();
      return;
    }
    ThreadOwner owner = make(current);
    try {
      body.run();
    } finally {
      owner.run();
    }
  }

  /** The current thread ends the JVM. A task that does so is alive, as its runtime sees it. */
  static void endCurrent() {
    ThreadOwner known = known(Thread.currentThread());
    if (known != null) {
      known.run();
    }
  }

  /** Destroys the values; on the thread, as it ends. */
  @Override
  public void run() {
    // Of the body, which is over; a destructor that waits is not meant.
    Thread.interrupted();
    if (domain == null || !hasValues()) {
      destroyAll();
    } else {
      domain.exiting(this);
      try {
        destroyAll();
      } finally {
        domain.exited(this);
      }
    }
    // The JDK keeps this owner for as long as somebody keeps the thread.
    slots = NONE;
    if (counted) {
      counted = false;
      ExitingThread.ownerEnded();
    }
  }

  /** Destroys the values of a loader's locals on the current thread, which goes on. */
  public static void releaseCurrent(Origin origin) {
    ThreadOwner known = known(Thread.currentThread());
    if (known == null || known.ended()) {
      return;
    }
    @Nullable Slot[] all = known.slots;
    for (int i = 0; i < all.length; i++) {
      Slot slot = all[i];
      if (slot != null && slot.key().comesFrom(origin)) {
        // Younger destructors find it as a sealed one.
        slot.seal();
        all[i] = null;
      }
    }
    known.release(origin);
  }

  Thread thread() {
    return thread;
  }

  @Override
  boolean runsErrands() {
    return errands;
  }

  @Override
  ShutdownReport.Holder holds(Slot slot, long nanos) {
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.VALUE,
        slot.name(),
        name(),
        Duration.ofNanos(Math.max(0, nanos)),
        List.of(thread.getStackTrace()));
  }

  @Override
  protected void destroying(Destructible value) {
    running.begins(value);
  }

  @Override
  protected void destroyed(boolean interrupted) {
    running.ended();
  }

  @Override
  public ShutdownReport.@Nullable Holder describe(long now) {
    return running.describe(name(), thread, now);
  }

  @Override
  public String name() {
    String given = thread.getName();
    return "thread '" + (given.isEmpty() ? "#" + thread.threadId() : given) + "'";
  }

  @Override
  public @Nullable Slot slot(LocalKey key) {
    @Nullable Slot[] all = slots;
    int index = key.index();
    return index < all.length ? all[index] : null;
  }

  @Override
  public Slot newSlot(LocalKey key, Slot.@Nullable Destructor destructor) {
    if (!counted) {
      ExitingThread.ownerMade();
      counted = true;
    }
    int index = key.index();
    if (index >= slots.length) {
      slots = Arrays.copyOf(slots, Math.max(index + 1, slots.length + (slots.length >> 1)));
    }
    Slot slot = new Slot(this, key, destructor);
    slots[index] = slot;
    return slot;
  }

  @Override
  boolean endsWith(Thread current, @Nullable TaskScope task) {
    return current == thread;
  }

  @Override
  void making(Slot slot) {
    slot.key().making(slot);
  }

  @Override
  void changed(Slot slot, @Nullable Object value) {
    // A slot is asked for its value itself.
  }

  @Override
  protected void failed(ShutdownReport.Failure failure) {
    if (domain != null) {
      domain.destructorFailed(failure);
      return;
    }
    System.getLogger("dev.holdfast")
        .log(
            System.Logger.Level.WARNING,
            "the destructor of local '"
                + failure.name()
                + "' failed on "
                + failure.owner()
                + " at its end; those of the others are run",
            failure.cause());
  }
}
