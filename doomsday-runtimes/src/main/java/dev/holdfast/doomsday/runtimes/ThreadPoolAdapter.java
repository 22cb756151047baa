// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The JDK's pool of platform threads.
 *
 * <p>Its javadoc, "Creating new threads", has threads come from a factory: the one place where code
 * of the user's surrounds the life of a thread. Its "Finalization" and {@code ExecutorService}'s
 * "Usage Examples" say how to end it.
 */
final class ThreadPoolAdapter extends JdkAdapter {

  ThreadPoolAdapter() {
    super("thread-pool-executor");
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    int threads = setup.threads();
    return new AuditedExecutor(
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            values.wrap(Executors.defaultThreadFactory())),
        values::reference);
  }
}
