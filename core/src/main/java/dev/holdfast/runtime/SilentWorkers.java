// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.ExclusiveAccess;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.WorkerOwner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Workers of one runtime that do not do what they were asked to between two tasks: finds out who
 * keeps them from it.
 *
 * @param workers at least one
 */
record SilentWorkers(List<? extends WorkerOwner> workers) {

  /**
   * Describes the tasks that are on them or, if there are none, what their own threads run.
   *
   * @param known says of a task that it is listed already
   */
  List<ShutdownReport.Holder> who(TieredRuntime runtime, Predicate<Object> known, long now) {
    List<ShutdownReport.Holder> found = new ArrayList<>();
    runtime
        .ledger()
        .forEachTask(each -> {
          if (!known.test(each) && each instanceof Holder task && isOn(threadOf(each))) {
            ShutdownReport.Holder described = task.describe(now);
            if (described != null) {
              found.add(described);
            }
          }
        });
    if (found.isEmpty()) {
      workers.stream().filter(WorkerOwner::isRunning).map(SilentWorkers::call).forEach(found::add);
    }
    return found;
  }

  private static ShutdownReport.Holder call(WorkerOwner worker) {
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.TASK,
        "a call on its own thread",
        worker.name(),
        Duration.ZERO,
        List.of(worker.thread().getStackTrace()));
  }

  private static @Nullable Thread threadOf(Object task) {
    return switch (task) {
      case TaskBody<?> body -> body.thread();
      case StrayTask stray -> stray.thread();
      default -> null;
    };
  }

  /** Says whether a thread is carried by one of the workers, or is inside an exclusive access. */
  private boolean isOn(@Nullable Thread thread) {
    if (thread == null) {
      return false;
    }
    if (VirtualThreads.missing() == null && VirtualThreads.isCarried(thread)) {
      Thread carrier = VirtualThreads.carrier(thread);
      if (workers.stream().anyMatch(worker -> worker.thread() == carrier)) {
        return true;
      }
    }
    return ExclusiveAccess.isOn(thread.getStackTrace());
  }
}
