// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The carrier that outlives the workers: runs what is woken after they have ended.
 *
 * <p>After the barrier no task of the runtime is alive. What may still be handed in is a second
 * wake-up of a thread that has ended, which does nothing, and a thread that has left its task but
 * not yet the JDK's own clean-up. Its one thread is started on demand and ends when idle.
 */
final class LateCarrier {

  private static final long IDLE_MILLIS = 100;

  private final ScheduledThreadPoolExecutor carrier;

  LateCarrier(String runtime) {
    carrier =
        new ScheduledThreadPoolExecutor(
            1,
            body -> {
              Thread thread = new Thread(null, body, runtime + "-late", 0, false);
              thread.setDaemon(true);
              return thread;
            });
    carrier.setKeepAliveTime(IDLE_MILLIS, TimeUnit.MILLISECONDS);
    carrier.allowCoreThreadTimeOut(true);
    carrier.setRemoveOnCancelPolicy(true);
  }

  void execute(Runnable task) {
    carrier.execute(task);
  }

  ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return carrier.schedule(command, delay, unit);
  }
}
