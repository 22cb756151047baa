// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import com.typesafe.config.Config;
import dev.holdfast.doomsday.ThreadValues;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ThreadFactory;
import org.apache.pekko.actor.setup.Setup;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.apache.pekko.dispatch.ForkJoinExecutorConfigurator;
import org.apache.pekko.dispatch.MonitorableThreadFactory;
import org.apache.pekko.dispatch.ThreadPoolExecutorConfigurator;

/**
 * The executors of Pekko's own that its dispatchers have, with threads that destroy their values.
 *
 * <p>The documentation, "Classic Dispatchers", has a dispatcher driven by an executor of a class
 * that the configuration names, which Pekko makes with that configuration.
 */
final class PekkoExecutors {

  private PekkoExecutors() {}

  /** The values of one system, for the classes that its configuration names. */
  static final class Values extends Setup {

    private final ThreadValues values;

    Values(ThreadValues values) {
      this.values = values;
    }

    static ThreadValues of(DispatcherPrerequisites prerequisites) {
      return prerequisites.settings().setup().get(Values.class).orElseThrow().values;
    }
  }

  /** Has the names of the threads tell the dispatcher, as Pekko's executors do. */
  private static ThreadFactory named(ThreadFactory factory, String dispatcher) {
    return factory instanceof MonitorableThreadFactory pekkos
        ? pekkos.withName(pekkos.name() + "-" + dispatcher)
        : factory;
  }

  /** A {@code thread-pool-executor}, by a factory of threads. */
  static final class ThreadPool extends ExecutorServiceConfigurator {

    private final ThreadPoolExecutorConfigurator pool;
    private final ThreadValues values;

    ThreadPool(Config config, DispatcherPrerequisites prerequisites) {
      super(config, prerequisites);
      pool =
          new ThreadPoolExecutorConfigurator(
              config.getConfig("thread-pool-executor"), prerequisites);
      values = Values.of(prerequisites);
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory factory) {
      return pool.createExecutorServiceFactory(id, values.wrap(named(factory, id)));
    }
  }

  /** A {@code fork-join-executor}, by the hook that the JDK has for the end of its threads. */
  static final class ForkJoin extends ExecutorServiceConfigurator {

    private final ForkJoinExecutorConfigurator pool;
    private final ThreadValues values;

    ForkJoin(Config config, DispatcherPrerequisites prerequisites) {
      super(config, prerequisites);
      pool =
          new ForkJoinExecutorConfigurator(config.getConfig("fork-join-executor"), prerequisites);
      values = Values.of(prerequisites);
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory factory) {
      return pool.createExecutorServiceFactory(id, new WorkerFactory(named(factory, id), values));
    }
  }

  /** Makes threads as Pekko's own factory, which it takes the place of, does. */
  private record WorkerFactory(ThreadFactory others, ThreadValues values)
      implements ThreadFactory, ForkJoinPool.ForkJoinWorkerThreadFactory {

    @Override
    public ForkJoinWorkerThread newThread(ForkJoinPool pool) {
      // Its name, and whether it is a daemon, are those of a thread that Pekko makes.
      Thread pattern = others.newThread(() -> {});
      OwningWorker worker = new OwningWorker(pool, values);
      worker.setName(pattern.getName());
      worker.setDaemon(pattern.isDaemon());
      worker.setContextClassLoader(pattern.getContextClassLoader());
      worker.setUncaughtExceptionHandler((ended, failure) -> {});
      return worker;
    }

    @Override
    public Thread newThread(Runnable body) {
      return others.newThread(body);
    }
  }
}
