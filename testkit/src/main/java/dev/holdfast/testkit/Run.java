// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.scheduler.Carriers;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testkit.SimulationFailure.Kind;
import dev.holdfast.testkit.schedule.Chooser;
import dev.holdfast.testkit.stage.Ending;
import dev.holdfast.testkit.stage.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** One run: a runtime on a stage of its own, the body, the close, and what is to be said of it. */
final class Run implements RuntimeListener {

  private static final Duration UNBOUNDED = Duration.ofNanos(Long.MAX_VALUE);

  private final SimulatedRuntime.Settings settings;
  private final SimulatedRuntime.Body body;
  private final Stage stage;

  // Written by threads of the stage, read after it has ended.
  private final List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
  private volatile @Nullable Throwable bodyFailure;
  private volatile @Nullable ShutdownReport report;

  private @Nullable Ending ending;

  Run(
      SimulatedRuntime.Settings settings,
      Chooser chooser,
      boolean detailed,
      SimulatedRuntime.Body body) {
    this.settings = settings;
    this.body = body;
    this.stage = new Stage(settings.limits(), chooser, detailed);
  }

  /** Plays; by one thread, once. */
  @Nullable SimulationFailure play(long seed, String how) {
    WorkerRuntime.Builder builder =
        WorkerRuntime.builder()
            .name("simulated")
            .workers(settings.workers())
            .spareWorkers(0)
            // An idle thread of the pool waits for a time that nothing else should wait for.
            .blockingKeepAlive(Duration.ofMillis(1))
            .listener(this)
            .uncaughtExceptionHandler((thread, failure) -> failed(failure));
    ((Carriers.Option) builder).carriers(stage.maker());
    WorkerRuntime runtime = builder.start();
    Ending known = stage.play("main", () -> runThenClose(runtime));
    ending = known;
    return judge(known, seed, how);
  }

  int turns() {
    return Objects.requireNonNull(ending).turns();
  }

  private void runThenClose(WorkerRuntime runtime) {
    try {
      body.run(runtime);
    } catch (Throwable e) {
      bodyFailure = e;
    }
    // An interrupt that the body left would cancel its tasks.
    boolean interrupted = Thread.interrupted();
    report = runtime.shutdown(bodyFailure == null ? UNBOUNDED : Duration.ZERO, UNBOUNDED);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void taskEnded(Task<?> task) {
    if (task.state() == Future.State.FAILED) {
      failed(task.exceptionNow());
    }
  }

  private void failed(Throwable failure) {
    boolean obeyed =
        failure instanceof InterruptedException || failure instanceof CancellationException;
    // A failure that nobody waits for is told twice.
    if (!obeyed && thrown.stream().noneMatch(each -> each == failure)) {
      thrown.add(failure);
    }
  }

  // ---- The verdict

  private @Nullable SimulationFailure judge(Ending known, long seed, String how) {
    Throwable ofBody = bodyFailure;
    ShutdownReport closed = report;
    // What ends the run first; then what the body says, which knows best.
    Kind kind =
        switch (known.way()) {
          case ALL_ENDED -> null;
          case DEADLOCK -> Kind.DEADLOCK;
          case TOO_MANY_TURNS -> Kind.LIVELOCK;
          case STUCK -> Kind.STUCK;
          case BROKEN_INVARIANT -> Kind.INVARIANT;
          case FAILED -> Kind.SIMULATION;
        };
    if (isFound(kind)) {
      return failure(kind, seed, how, known.words(), known.cause(), ofBody);
    }
    if (ofBody != null && isFound(Kind.BODY)) {
      return failure(Kind.BODY, seed, how, "the body threw " + ofBody, ofBody, null);
    }
    if (!thrown.isEmpty() && isFound(Kind.TASK)) {
      Throwable first = thrown.getFirst();
      return failure(Kind.TASK, seed, how, "a task threw " + first, first, null);
    }
    if (kind != null || closed == null) {
      return null;
    }
    if (!closed.leaks().isEmpty() && isFound(Kind.LEAK)) {
      return failure(Kind.LEAK, seed, how, "left open: " + closed.leaks(), null, null);
    }
    if (closed.destroyed() != closed.made()) {
      return failure(
          Kind.INVARIANT, seed, how, "not all values were destroyed: " + closed, null, null);
    }
    // Those of tasks are judged above.
    for (ShutdownReport.Failure each : closed.failures()) {
      boolean ofTask =
          each.kind() == ShutdownReport.Kind.TASK || each.kind() == ShutdownReport.Kind.JOB;
      if (!ofTask && isFound(Kind.CLOSE)) {
        return failure(Kind.CLOSE, seed, how, "the close reports " + each, each.cause(), null);
      }
    }
    return null;
  }

  private boolean isFound(@Nullable Kind kind) {
    return kind != null && !settings.tolerated().contains(kind);
  }

  private SimulationFailure failure(
      @Nullable Kind kind,
      long seed,
      String how,
      String words,
      @Nullable Throwable cause,
      @Nullable Throwable also) {
    Ending known = Objects.requireNonNull(ending);
    StringBuilder text = new StringBuilder();
    text.append(kind).append(" with seed ").append(seed).append(" (").append(how).append(", ");
    text.append(settings.workers()).append(" workers), turn ").append(known.turns());
    text.append(":\n").append(words.stripTrailing());
    text.append("\nreplay it with the schedule ").append(known.schedule());
    text.append("\nturns:\n").append(known.trace());
    SimulationFailure failure =
        new SimulationFailure(
            Objects.requireNonNull(kind),
            seed,
            known.schedule(),
            known.trace(),
            text.toString(),
            cause);
    if (also != null) {
      failure.addSuppressed(also);
    }
    return failure;
  }
}
