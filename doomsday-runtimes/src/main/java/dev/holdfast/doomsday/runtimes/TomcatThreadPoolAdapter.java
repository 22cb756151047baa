// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.tomcat.util.threads.TaskQueue;
import org.apache.tomcat.util.threads.TaskThreadFactory;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;

/**
 * Tomcat's own thread pool: what each of its connectors makes for itself, and users may make to
 * give it to one.
 *
 * <p>It is put together of a {@code TaskQueue} and a {@code TaskThreadFactory} as class {@code
 * AbstractEndpoint} does. The javadoc of class {@code ThreadPoolExecutor}, "Creating new threads",
 * has threads come from a factory. A connector ends it by {@code shutdownNow} and a wait, for which
 * the configuration reference, "The HTTP Connector", has {@code executorTerminationTimeoutMillis};
 * the other ways are those that {@code ExecutorService} documents.
 */
final class TomcatThreadPoolAdapter extends TomcatAdapter {

  private static final int IDLE_SECONDS = 60;

  TomcatThreadPoolAdapter() {
    super("tomcat-thread-pool");
  }

  @Override
  public String arming() {
    return "thread factory";
  }

  @Override
  public List<String> ways() {
    return List.of(AuditedExecutor.SHUTDOWN_NOW, AuditedExecutor.SHUTDOWN, AuditedExecutor.CLOSE);
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    int threads = setup.threads();
    TaskQueue queue = new TaskQueue();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            queue,
            values.wrap(new TaskThreadFactory("audited-exec-", true, Thread.NORM_PRIORITY)));
    queue.setParent(pool);
    return new AuditedExecutor(pool, values::reference);
  }
}
