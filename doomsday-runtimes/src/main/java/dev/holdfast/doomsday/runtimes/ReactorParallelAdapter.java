// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import dev.holdfast.doomsday.Work;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Project Reactor's fixed set of workers for tasks that do not block.
 *
 * <p>The reference guide, "Threading and Schedulers", and the javadoc of {@code
 * Schedulers.newParallel} say that its tasks must not block, and that its threads are {@code
 * NonBlocking}: a task is suspended as a pipeline that goes on, by {@code publishOn}, when its sink
 * is completed. The guide's "Sinks" has such a sink completed by any thread.
 */
final class ReactorParallelAdapter extends ReactorAdapter {

  ReactorParallelAdapter() {
    super("reactor-parallel");
  }

  @Override
  public Map<Scenario, String> leftOut() {
    Map<Scenario, String> all = new EnumMap<>(super.leftOut());
    all.put(Scenario.BLOCKING_JOBS, "such jobs belong on a bounded elastic scheduler");
    return all;
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    AtomicInteger count = new AtomicInteger();
    Scheduler scheduler =
        Schedulers.newParallel(
            setup.threads(),
            values.wrap(
                body -> new QuickThread(body, "reactor-parallel-" + count.incrementAndGet())));
    return new Parallel(scheduler, values);
  }

  /** A thread on which Reactor refuses to block, as on those that it makes for such a scheduler. */
  private static final class QuickThread extends Thread implements NonBlocking {
    QuickThread(Runnable body, String name) {
      super(body, name);
    }
  }

  private static final class Parallel extends Running {

    Parallel(Scheduler scheduler, ThreadValues values) {
      super(scheduler, values);
    }

    @Override
    Receipt schedule(Work work, long delayNanos) {
      Steps steps = new Steps(work, scheduler());
      steps.first = scheduler().schedule(steps, delayNanos, TimeUnit.NANOSECONDS);
      return steps;
    }
  }

  /** A task, and the pipeline that goes on with it if it is suspended. */
  private static final class Steps implements Runnable, Receipt {

    private final Work work;
    private final Scheduler scheduler;

    // Written by the submitter, and by the thread of the task; read by the auditor's.
    private volatile @Nullable Disposable first;
    private volatile @Nullable Disposable rest;

    Steps(Work work, Scheduler scheduler) {
      this.work = work;
      this.scheduler = scheduler;
    }

    @Override
    public void run() {
      if (!work.begin()) {
        work.resume();
        return;
      }
      Sinks.Empty<Void> woken = Sinks.empty();
      rest = woken.asMono().publishOn(scheduler).subscribe(nothing -> {}, work::drop, work::resume);
      work.onWake(() -> woken.emitEmpty(Sinks.EmitFailureHandler.FAIL_FAST));
    }

    /** The task is over if its disposable is, or if it went on as a pipeline, if that one is. */
    @Override
    public boolean told() {
      Disposable last = rest;
      if (last == null) {
        last = first;
      }
      return last != null && last.isDisposed();
    }
  }
}
