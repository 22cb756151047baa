// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.ThreadValues;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.pattern.Patterns;

/**
 * Futures on the default dispatcher of Apache Pekko, without actors.
 *
 * <p>The documentation, "Dispatchers", says that a dispatcher is an executor for futures, and
 * "Futures patterns" how one is made after some time. The scaladoc of {@code
 * ActorSystem.getWhenTerminated} warns of operations that are scheduled on a dispatcher after that.
 */
final class PekkoFuturesAdapter extends PekkoAdapter {

  PekkoFuturesAdapter() {
    super("pekko-futures", PekkoExecutors.ForkJoin.class);
  }

  @Override
  AuditedRuntime running(ActorSystem system, ThreadValues values) {
    return new Futures(system, values);
  }

  private static final class Futures extends Running {

    Futures(ActorSystem system, ThreadValues values) {
      super(system, values);
    }

    @Override
    public Receipt submit(Work work) {
      return Receipt.of(WorkStages.start(work, system().getDispatcher()));
    }

    @Override
    public Receipt submitBlocking(Work work) {
      Executor dispatcher = system().dispatchers().lookup(PekkoAdapter.BLOCKING_DISPATCHER);
      return Receipt.of(CompletableFuture.runAsync(work, dispatcher));
    }

    @Override
    public Receipt schedule(Work work, Duration delay) {
      return Receipt.of(
          Patterns.after(delay, system(), () -> WorkStages.start(work, system().getDispatcher()))
              .toCompletableFuture());
    }
  }
}
