// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport.Holder;
import dev.holdfast.shutdown.ShutdownReport.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps which tasks had not ended as they were about to be interrupted: those that obey may have
 * ended before the report of the close is written.
 */
final class Unended implements RuntimeListener {

  private final String runtime;

  // Changed by the tasks' own threads, read as the phase changes.
  private final Set<Task<?>> alive = ConcurrentHashMap.newKeySet();

  // Written as the phase changes, before the first interrupt; read by who closes.
  private volatile List<Holder> seen = List.of();

  Unended(String runtime) {
    this.runtime = runtime;
  }

  @Override
  public void taskStarted(Task<?> task) {
    alive.add(task);
  }

  @Override
  public void taskEnded(Task<?> task) {
    alive.remove(task);
  }

  @Override
  public void phaseEntered(ShutdownPhase phase) {
    if (phase != ShutdownPhase.CANCELLING) {
      return;
    }
    List<Holder> found = new ArrayList<>();
    for (Task<?> each : alive) {
      Thread thread = each.thread();
      if (thread != null) {
        Kind kind = thread.isVirtual() ? Kind.TASK : Kind.JOB;
        List<StackTraceElement> stack = List.of(thread.getStackTrace());
        found.add(new Holder(kind, each.name(), "runtime '" + runtime + "'", Duration.ZERO, stack));
      }
    }
    seen = found;
  }

  /**
   * Returns all that had not ended: these tasks, with the place where they stood, and what a report
   * names beside them.
   */
  List<Holder> with(List<Holder> reported) {
    List<Holder> all = new ArrayList<>(seen);
    for (Holder each : reported) {
      boolean known =
          seen.stream()
              .anyMatch(other -> other.kind() == each.kind() && other.name().equals(each.name()));
      if (!known) {
        all.add(each);
      }
    }
    return all;
  }
}
