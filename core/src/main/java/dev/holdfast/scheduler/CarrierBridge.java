// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.jdk.EarlyClasses;
import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.StackRoom;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the JDK takes for the scheduler of our virtual threads, and calls when one becomes ready or
 * parks for a time.
 *
 * <p>A ForkJoinPool by type only, because the JDK hands timed parks to a scheduler of that type,
 * and to a shared timer thread otherwise. It has no threads, no task ever enters it, and nobody
 * outside sees it.
 */
final class CarrierBridge extends ForkJoinPool {

  private static final VarHandle LEFT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      EarlyClasses.initialize(lookup, Object.class, Throwable.class, StackOverflowError.class);
      LEFT = lookup.findVarHandle(CarrierBridge.class, "left", Object[].class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Scheduler scheduler;

  // What threads outside were to wake as they came to the end of their stacks. Written by them
  // without a call, for which there may be no stack left, and so without an atomic update: of two
  // that do so at the same moment one may be lost. Taken by the monitor: volatile, to be seen. A
  // list, each of whose arrays holds an item and the rest.
  private volatile @Nullable Object @Nullable [] left;

  CarrierBridge(Scheduler scheduler) {
    super(
        1,
        pool -> {
          throw new IllegalStateException("the bridge to the carriers has no threads of its own");
        },
        null,
        false);
    this.scheduler = scheduler;
  }

  /**
   * Queues a virtual thread that is ready. Called by the JDK: by the thread that starts or wakes it
   * (pinned, if that is virtual), or on the carrier itself when it yields or was woken while
   * parking.
   *
   * <p>Does not throw for a thread that has run before, whatever the phase: the JDK would pass the
   * exception to the waker, and strand the woken thread. But an {@link OutOfMemoryError} may come
   * from a waker outside, and from anyone if there is not even memory to note what is left to do:
   * then the JDK waits, and calls again until it succeeds. What is queued twice by that, or twice
   * because an error came late, is run once: the JDK's own state of the thread decides.
   */
  @Override
  public void execute(Runnable task) {
    Worker worker = null;
    boolean known = false;
    boolean isNew = false;
    try {
      if (!VirtualThreads.isContinuation(task)) {
        throw new IllegalArgumentException("not a virtual thread of this runtime: " + task);
      }
      Thread current = Thread.currentThread();
      Membership membership = Here.membershipOf(current);
      worker = workerOf(membership);
      Thread thread = VirtualThreads.threadOf(task);
      isNew = VirtualThreads.isNew(thread);
      known = true;
      if (worker != null && current.isVirtual()) {
        OwnerThread.settle(worker.thread());
      }
      if (isNew) {
        start(task, thread, current, membership, worker);
      } else {
        queue(task, current, worker);
      }
    } catch (Throwable e) {
      // No calls here: at the end of the stack there is no room for them.
      if (isNew) {
        throw e;
      }
      if (worker != null && known && !worker.leftLoop) {
        worker.undone = new Object[] {task, worker.undone};
        return;
      }
      if (e instanceof StackOverflowError) {
        left = new Object[] {task, left};
        if (known) {
          return;
        }
      }
      throw e;
    }
  }

  private void start(
      Runnable task,
      Thread thread,
      Thread current,
      @Nullable Membership membership,
      @Nullable Worker worker) {
    // Before it is counted and queued. From then on it may run, and an overflow that the JDK comes
    // to after this call would fail the start all the same, and end the thread without its body.
    StackRoom.ensure();
    scheduler.admission().admit(thread, current, membership);
    try {
      if (worker != null && current.isVirtual()) {
        worker.pushStarted(task);
      } else {
        queue(task, current, worker);
      }
    } catch (Throwable e) {
      scheduler.admission().retract(thread);
      throw e;
    }
  }

  private void queue(Runnable task, Thread current, @Nullable Worker worker) {
    if (worker == null) {
      scheduler.inject(task);
    } else if (current.isVirtual()) {
      worker.pushNext(task);
    } else {
      worker.pushOwn(task);
    }
  }

  /** Queues what threads outside could not; by the monitor. */
  void settle() {
    if (left == null) {
      return;
    }
    Object taken = LEFT.getAndSet(this, null);
    while (taken instanceof @Nullable Object[] each) {
      Runnable task = (Runnable) Objects.requireNonNull(each[0]);
      if (!VirtualThreads.isNew(VirtualThreads.threadOf(task))) {
        // Else its start failed, and it was not counted.
        scheduler.inject(task);
      }
      taken = each[1];
    }
  }

  private @Nullable Worker workerOf(@Nullable Membership membership) {
    return membership instanceof Worker worker && worker.scheduler() == scheduler ? worker : null;
  }

  /**
   * Sets a timer of the carrier that the parking thread has just left. Called by the JDK, in the
   * middle of parking it: an exception would leave that thread neither parked nor running for ever.
   * So this waits until there is memory for the timer.
   */
  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    while (true) {
      try {
        return timer(command, delay, unit);
      } catch (OutOfMemoryError e) {
        LateCarrier.awaitMemory();
      }
    }
  }

  private ScheduledFuture<?> timer(Runnable command, long delay, TimeUnit unit) {
    Worker worker = workerOf(Here.membership());
    if (worker == null) {
      return scheduler.late().schedule(command, delay, unit);
    }
    return worker
        .timers()
        .schedule(command, TimerHeap.deadline(System.nanoTime(), unit.toNanos(delay)));
  }
}
