// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.scheduler.Worker;
import dev.holdfast.scheduler.WorkerEvents;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one runtime tells its user: the listener, the uncaught-exception handler, and the log. None
 * of its methods throws.
 */
final class Notices implements WorkerEvents {

  private static final System.Logger LOG = System.getLogger("dev.holdfast");

  private final String name;
  private final RuntimeListener listener;
  private final Thread.@Nullable UncaughtExceptionHandler handler;

  // Where a pinned block was warned of. The monitor's thread only.
  private final Set<StackTraceElement> warnedOf = new HashSet<>();

  Notices(
      String name, RuntimeListener listener, Thread.@Nullable UncaughtExceptionHandler handler) {
    this.name = name;
    this.listener = listener;
    this.handler = handler;
  }

  void started(int workers) {
    LOG.log(
        System.Logger.Level.DEBUG,
        () ->
            "runtime '"
                + name
                + "' runs in tier CARRIER with "
                + workers
                + " workers: java.base opens java.lang");
  }

  void deadlineMissed(ShutdownReport report) {
    LOG.log(
        System.Logger.Level.WARNING,
        "close() of runtime '" + name + "' reached its deadline; the rest goes on: " + report);
  }

  void leaked(ShutdownReport.Holder leak) {
    LOG.log(
        System.Logger.Level.WARNING,
        () ->
            "a "
                + leak.kind()
                + " of local '"
                + leak.name()
                + "' was not closed by "
                + leak.owner()
                + (leak.stack().isEmpty()
                    ? " (its place was not recorded; builder().placeTracking(ALL) records all)"
                    : ", taken at " + leak.stack().getFirst()));
    quietly(() -> listener.leaked(leak));
  }

  @Override
  public void uncaught(Throwable failure) {
    Thread current = Thread.currentThread();
    Thread.UncaughtExceptionHandler chosen =
        handler == null ? current.getUncaughtExceptionHandler() : handler;
    try {
      chosen.uncaughtException(current, failure);
    } catch (Throwable e) {
      try {
        if (e != failure) {
          e.addSuppressed(failure);
        }
        LOG.log(
            System.Logger.Level.ERROR, "the uncaught-exception handler of " + name + " threw", e);
      } catch (Throwable lost) {
        // The logger fails too: nobody is left to tell, and the worker must go on.
      }
    }
  }

  private void quietly(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      uncaught(e);
    }
  }

  void taskBegins(Task<?> task) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      quietly(() -> listener.taskStarted(task));
    }
  }

  void taskEnds(Task<?> task) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      quietly(() -> listener.taskEnded(task));
    }
  }

  void phaseEntered(ShutdownPhase phase) {
    quietly(() -> listener.phaseEntered(phase));
  }

  @Override
  public void workerStarted(Worker worker) {
    quietly(() -> listener.workerStarted(worker.index()));
  }

  @Override
  public void workerStopped(Worker worker) {
    quietly(() -> listener.workerStopped(worker.index()));
  }

  @Override
  public void workerParked(Worker worker) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      quietly(() -> listener.workerParked(worker.index()));
    }
  }

  @Override
  public void workerUnparked(Worker worker) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      quietly(() -> listener.workerUnparked(worker.index()));
    }
  }

  @Override
  public void blockedWhilePinned(Worker worker, StackTraceElement[] stack) {
    StackTraceElement place = usersFrame(stack);
    if (warnedOf.add(place)) {
      LOG.log(
          System.Logger.Level.WARNING,
          () ->
              worker.name()
                  + " is blocked by a task inside with(), update() or an initialiser, at "
                  + place
                  + ": use lease() or ref() where the code may block (said once for this place)");
    }
    quietly(() -> listener.blockedWhilePinned(worker.index(), stack));
  }

  /** Returns the innermost frame that is neither the JDK's nor ours: the one to change. */
  private static StackTraceElement usersFrame(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String type = frame.getClassName();
      if (!type.startsWith("java.")
          && !type.startsWith("jdk.")
          && !type.equals(CarrierRuntime.class.getName())
          && !type.equals(TaskBody.class.getName())) {
        return frame;
      }
    }
    return stack[0];
  }
}
