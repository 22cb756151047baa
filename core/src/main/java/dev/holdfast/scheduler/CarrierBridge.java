// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
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

  private final Scheduler scheduler;

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
   * <p>Never throws for a thread that has run before, whatever the phase: the JDK would pass the
   * exception to the waker, and strand the woken thread.
   */
  @Override
  public void execute(Runnable task) {
    if (!VirtualThreads.isContinuation(task)) {
      throw new IllegalArgumentException("not a virtual thread of this runtime: " + task);
    }
    Thread current = Thread.currentThread();
    Membership membership = Here.membershipOf(current);
    Thread thread = VirtualThreads.threadOf(task);
    if (VirtualThreads.isNew(thread)) {
      scheduler.admission().admit(thread, current, membership);
      try {
        queue(task, current, membership);
      } catch (Throwable e) {
        scheduler.admission().retract(thread);
        throw e;
      }
    } else {
      queue(task, current, membership);
    }
  }

  private void queue(Runnable task, Thread current, @Nullable Membership membership) {
    Worker worker = workerOf(membership);
    if (worker == null) {
      scheduler.inject(task);
    } else if (current.isVirtual()) {
      worker.pushNext(task);
    } else {
      worker.pushOwn(task);
    }
  }

  private @Nullable Worker workerOf(@Nullable Membership membership) {
    return membership instanceof Worker worker && worker.scheduler() == scheduler ? worker : null;
  }

  /** Sets a timer of the carrier that the parking thread has just left. Called by the JDK. */
  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    Worker worker = workerOf(Here.membership());
    if (worker == null) {
      return scheduler.late().schedule(command, delay, unit);
    }
    return worker
        .timers()
        .schedule(command, TimerHeap.deadline(System.nanoTime(), unit.toNanos(delay)));
  }
}
