// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.eclipse.jetty.util.Jetty;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Jetty's pool of platform threads.
 *
 * <p>The programming guide, "Jetty Threading Architecture", "Thread Pool", has it be an {@code
 * Executor}, with a queue that must be unbounded; its "QueuedThreadPool configuration" says that no
 * threads are reserved for {@code TryExecutor} if it is told so, as small pools must be. The
 * longest constructor of class {@code QueuedThreadPool} takes the factory of its threads. The
 * guide's "Jetty Component Lifecycle" and the javadoc of {@code LifeCycle} say how it is started
 * and stopped.
 */
final class JettyThreadPoolAdapter implements RuntimeAdapter {

  /** By {@code LifeCycle.stop}, which waits for as long as {@code setStopTimeout} says. */
  static final String STOP = "stop";

  private static final int IDLE_MILLIS = 60_000;

  @Override
  public String name() {
    return "jetty-queued-thread-pool";
  }

  @Override
  public String version() {
    return Jetty.VERSION;
  }

  @Override
  public String arming() {
    return "thread factory";
  }

  @Override
  public List<String> ways() {
    return List.of(STOP);
  }

  @Override
  public AuditedRuntime start(Setup setup) throws Exception {
    return new Running(setup);
  }

  private static final class Running implements AuditedRuntime {

    /** The wait is in two halves, each counted in whole milliseconds that are rounded down. */
    private static final Duration ROUNDING = Duration.ofMillis(2);

    private final ThreadValues values;
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final QueuedThreadPool pool;

    // Set by the thread whose stop lasted too long: from then on stop returns at once.
    private volatile boolean ranOut;

    Running(Setup setup) throws Exception {
      values = new ThreadValues(setup.armory());
      ThreadFactory factory = values.wrap(Executors.defaultThreadFactory());
      int count = setup.threads();
      pool =
          new QueuedThreadPool(
              count,
              count,
              IDLE_MILLIS,
              0,
              null,
              null,
              body -> {
                Thread thread = factory.newThread(body);
                threads.add(thread);
                return thread;
              });
      pool.start();
    }

    @Override
    public Reference reference(int slot) {
      return values.reference(slot);
    }

    @Override
    public Receipt submit(Work work) {
      return Receipt.of(CompletableFuture.runAsync(work, pool));
    }

    /** That the time was not enough can be told by the clock alone, and by a line in the log. */
    @Override
    public Ending shutDown(String way, Duration limit) throws Exception {
      if (!way.equals(STOP)) {
        throw new IllegalArgumentException("there is no way '" + way + "'");
      }
      pool.setStopTimeout(limit.toMillis());
      long begin = System.nanoTime();
      pool.stop();
      if (System.nanoTime() - begin >= limit.minus(ROUNDING).toNanos()) {
        ranOut = true;
      }
      if (ranOut) {
        return Ending.TIMED_OUT;
      }
      // It does not wait for the thread that calls it.
      return threads.contains(Thread.currentThread()) ? Ending.UNTOLD : Ending.COMPLETE;
    }

    @Override
    public void abandon() {
      threads.forEach(Thread::interrupt);
      if (pool.isStarted()) {
        pool.setStopTimeout(1);
        try {
          pool.stop();
        } catch (Exception e) {
          throw new IllegalStateException("the pool cannot be stopped", e);
        }
      }
    }
  }
}
