// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.Version;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;

/**
 * An actor system of Apache Pekko, and the dispatchers that run what it is given.
 *
 * <p>The documentation, "Classic Dispatchers", says how threads are chosen by configuration, down
 * to a class of the user's that makes the executor; its "Blocking Needs Careful Management" has
 * jobs that block run on a dispatcher of their own. "Coordinated Shutdown" says how a system is
 * ended, and that the JVM's exit ends it, too. The scaladoc of {@code
 * ActorSystem.getWhenTerminated} says that the dispatchers are shut down before it completes. A
 * task that ends its own system does not wait for that, since the system waits for the task.
 */
abstract class PekkoAdapter implements RuntimeAdapter {

  /** To end it by {@code terminate}, and wait for {@code getWhenTerminated}. */
  static final String TERMINATE = "terminate";

  /** To end it by {@code CoordinatedShutdown}, and wait for what its {@code runAll} returns. */
  static final String COORDINATED = "CoordinatedShutdown";

  /** To end it by {@code close}, which waits as long as its configuration says: a minute. */
  static final String CLOSE = "close";

  /** Where jobs that block are to run. */
  static final String BLOCKING_DISPATCHER = "blocking-dispatcher";

  private static final String SYSTEM = "doomsday";

  private final String name;
  private final Class<?> executor;

  /**
   * Makes an adapter.
   *
   * @param executor makes the executor of the default dispatcher; an {@code
   *     ExecutorServiceConfigurator}
   */
  PekkoAdapter(String name, Class<?> executor) {
    this.name = name;
    this.executor = executor;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String version() {
    return Version.current();
  }

  @Override
  public String arming() {
    return "executor of the dispatcher";
  }

  @Override
  public List<String> ways() {
    return List.of(TERMINATE, COORDINATED, CLOSE);
  }

  /** Returns the runtime that a system is for those who use it in this adapter's way. */
  abstract AuditedRuntime running(ActorSystem system, ThreadValues values);

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    String configuration =
        """
        pekko {
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          actor.default-dispatcher {
            executor = "%2$s"
            fork-join-executor {
              parallelism-min = %1$d
              parallelism-max = %1$d
            }
            thread-pool-executor.fixed-pool-size = %1$d
          }
        }
        %4$s {
          type = Dispatcher
          executor = "%3$s"
          thread-pool-executor.fixed-pool-size = 16
          throughput = 1
        }
        """
            .formatted(
                setup.threads(),
                executor.getName(),
                PekkoExecutors.ThreadPool.class.getName(),
                BLOCKING_DISPATCHER);
    BootstrapSetup bootstrap =
        BootstrapSetup.create(
            ConfigFactory.parseString(configuration).withFallback(ConfigFactory.load()));
    return running(
        ActorSystem.create(SYSTEM, bootstrap.and(new PekkoExecutors.Values(values))), values);
  }

  /** A running system; how it is given tasks is left to the way in which it is used. */
  abstract static class Running implements AuditedRuntime {

    private final ActorSystem system;
    private final ThreadValues values;

    Running(ActorSystem system, ThreadValues values) {
      this.system = system;
      this.values = values;
    }

    final ActorSystem system() {
      return system;
    }

    @Override
    public Reference reference(int slot) {
      return values.reference(slot);
    }

    @Override
    public Ending shutDown(String way, Duration limit) throws Exception {
      if (Thread.currentThread().getName().startsWith(SYSTEM + "-")) {
        system.terminate();
        return Ending.UNTOLD;
      }
      return switch (way) {
        case TERMINATE -> {
          system.terminate();
          yield await(system.getWhenTerminated(), limit);
        }
        case COORDINATED -> await(CoordinatedShutdown.get(system).runAll(new EndOfAudit()), limit);
        case CLOSE -> {
          system.close();
          yield Ending.COMPLETE;
        }
        default -> throw new IllegalArgumentException("there is no way '" + way + "'");
      };
    }

    private static Ending await(CompletionStage<?> over, Duration limit)
        throws InterruptedException, ExecutionException {
      try {
        over.toCompletableFuture().get(limit.toNanos(), TimeUnit.NANOSECONDS);
        return Ending.COMPLETE;
      } catch (TimeoutException e) {
        return Ending.TIMED_OUT;
      }
    }

    @Override
    public boolean endsWithTheJvm() {
      return true;
    }

    @Override
    public void abandon() {
      system.terminate();
    }
  }

  private static final class EndOfAudit implements CoordinatedShutdown.Reason {}
}
