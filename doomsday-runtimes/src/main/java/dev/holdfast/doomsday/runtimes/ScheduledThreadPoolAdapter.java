// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * The JDK's pool with timers, with its default policies: delayed tasks are still run after {@code
 * shutdown}.
 *
 * <p>As {@link ThreadPoolAdapter}, of which its class is a subclass.
 */
final class ScheduledThreadPoolAdapter extends JdkAdapter {

  ScheduledThreadPoolAdapter() {
    super("scheduled-thread-pool-executor");
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    return new AuditedExecutor(
        new ScheduledThreadPoolExecutor(
            setup.threads(), values.wrap(Executors.defaultThreadFactory())),
        values::reference);
  }
}
