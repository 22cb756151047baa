// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The carrier that outlives the workers: runs what is woken after they have ended.
 *
 * <p>After the barrier no task of the runtime is alive. What may still be handed in is a second
 * wake-up of a thread that has ended, which does nothing, and a thread that has left its task but
 * not yet the JDK's own clean-up. Before that, it tells of blocked workers, because whoever is told
 * may block. Its one thread is started on demand and ends when idle.
 */
final class LateCarrier {

  private static final long IDLE_MILLIS = 100;
  private static final long MEMORY_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ScheduledThreadPoolExecutor carrier;

  @SuppressWarnings("ThreadPriorityCheck") // not that of the thread that makes it
  LateCarrier(String runtime) {
    carrier =
        new ScheduledThreadPoolExecutor(
            1,
            body -> {
              Thread thread = new Thread(null, body, runtime + "-late", 0, false);
              thread.setDaemon(true);
              thread.setPriority(Thread.NORM_PRIORITY);
              return thread;
            });
    carrier.setKeepAliveTime(IDLE_MILLIS, TimeUnit.MILLISECONDS);
    carrier.allowCoreThreadTimeOut(true);
    carrier.setRemoveOnCancelPolicy(true);
  }

  /** Runs an action; throws if there is no memory for it, or for a thread. */
  void execute(Runnable action) {
    carrier.execute(action);
  }

  /**
   * Runs a virtual thread, whatever it takes. One that was queued by an attempt that failed runs
   * twice, of which the second time does nothing.
   */
  void carry(Runnable task) {
    while (true) {
      try {
        carrier.execute(task);
        return;
      } catch (OutOfMemoryError e) {
        awaitMemory();
      }
    }
  }

  /**
   * Waits a little for others to free memory, before another attempt at what must not fail; as the
   * JDK does where it hands a virtual thread to its scheduler. Makes no object.
   */
  static void awaitMemory() {
    LockSupport.parkNanos(MEMORY_WAIT_NANOS);
  }

  ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return carrier.schedule(command, delay, unit);
  }
}
