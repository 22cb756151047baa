// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import dev.holdfast.doomsday.Work;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Project Reactor's bounded set of workers for tasks that may block.
 *
 * <p>The reference guide, "Threading and Schedulers" and "How Do I Wrap a Synchronous, Blocking
 * Call?", and the javadoc of {@code Schedulers.newBoundedElastic} give it the tasks that block.
 */
final class ReactorBoundedElasticAdapter extends ReactorAdapter {

  ReactorBoundedElasticAdapter() {
    super("reactor-bounded-elastic");
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    Scheduler scheduler =
        Schedulers.newBoundedElastic(
            setup.threads(),
            Schedulers.DEFAULT_BOUNDED_ELASTIC_QUEUESIZE,
            values.wrap(Executors.defaultThreadFactory()),
            60);
    return new BoundedElastic(scheduler, values);
  }

  private static final class BoundedElastic extends Running {

    BoundedElastic(Scheduler scheduler, ThreadValues values) {
      super(scheduler, values);
    }

    @Override
    Receipt schedule(Work work, long delayNanos) {
      Disposable task = scheduler().schedule(work, delayNanos, TimeUnit.NANOSECONDS);
      return task::isDisposed;
    }
  }
}
