// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.WorkerEvents;
import dev.holdfast.slot.WorkerOwner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one runtime tells its user: the listener, the uncaught-exception handler, and the log. None
 * of its methods throws.
 */
final class Notices implements WorkerEvents {

  private static final System.Logger LOG = System.getLogger("dev.holdfast");

  // Whether it was said what the sanitiser does: once is enough for a JVM.
  private static final AtomicBoolean SAID = new AtomicBoolean();

  private final String name;
  private final RuntimeListener listener;
  private final Thread.@Nullable UncaughtExceptionHandler handler;
  private final Consumer<ShutdownReport.Failure> hookFailed;

  // Where a pinned block was warned of.
  private final Set<StackTraceElement> warnedOf = ConcurrentHashMap.newKeySet();

  /**
   * Makes the notices of a runtime.
   *
   * @param hookFailed is told of a method of the listener that threw; must not throw
   */
  Notices(
      String name,
      RuntimeListener listener,
      Thread.@Nullable UncaughtExceptionHandler handler,
      Consumer<ShutdownReport.Failure> hookFailed) {
    this.name = name;
    this.listener = listener;
    this.handler = handler;
    this.hookFailed = hookFailed;
  }

  /** Logs; what the log throws, as one whose disk is full may, goes to the handler. */
  private void log(System.Logger.Level level, Supplier<String> message) {
    try {
      LOG.log(level, message);
    } catch (Throwable e) {
      uncaught(e);
    }
  }

  void started(Tier tier, int workers) {
    log(
        System.Logger.Level.DEBUG,
        () -> "runtime '" + name + "' runs in tier " + tier + " with " + workers + " workers");
    String sanitizer = Sanitizer.told();
    if (sanitizer != null && SAID.compareAndSet(false, true)) {
      log(System.Logger.Level.INFO, () -> sanitizer);
    }
  }

  void deadlineMissed(ShutdownReport report) {
    log(
        System.Logger.Level.WARNING,
        () ->
            "close() of runtime '" + name + "' reached its deadline; the rest goes on: " + report);
  }

  void leaked(ShutdownReport.Holder leak, @Nullable History history) {
    log(
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
                    : ", taken at " + leak.stack().getFirst())
                + (leak.kind() == ShutdownReport.Kind.GUARD
                    ? "; it holds the barrier for good, so that no close() will end"
                    : "")
                + History.told(history));
    try {
      listener.leaked(leak);
    } catch (Throwable e) {
      hookFailed("leaked", e);
    }
  }

  void destructorFailed(ShutdownReport.Failure failure) {
    try {
      LOG.log(
          System.Logger.Level.WARNING,
          "the destructor of local '"
              + failure.name()
              + "' threw in "
              + failure.owner()
              + " of runtime '"
              + name
              + "'",
          failure.cause());
    } catch (Throwable e) {
      uncaught(e);
    }
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

  /**
   * Tells of a method of the listener that threw, or could not be called. Who calls catches all:
   * nothing is made before that, for a worker calls where memory may be at its end.
   *
   * @param hook the name of what was called, for the report
   */
  private void hookFailed(String hook, Throwable failure) {
    uncaught(failure);
    try {
      hookFailed.accept(
          new ShutdownReport.Failure(
              ShutdownReport.Kind.HOOK, hook, Thread.currentThread().getName(), failure));
    } catch (VirtualMachineError lost) {
      // Memory or the stack is at its end: who called goes on without the report.
      Thread.onSpinWait();
    }
  }

  void taskBegins(Task<?> task) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      try {
        listener.taskStarted(task);
      } catch (Throwable e) {
        hookFailed("taskStarted", e);
      }
    }
  }

  void taskEnds(Task<?> task) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      try {
        listener.taskEnded(task);
      } catch (Throwable e) {
        hookFailed("taskEnded", e);
      }
    }
  }

  void phaseEntered(ShutdownPhase phase) {
    try {
      listener.phaseEntered(phase);
    } catch (Throwable e) {
      hookFailed("phaseEntered", e);
    }
  }

  @Override
  public void workerStarted(WorkerOwner worker) {
    try {
      listener.workerStarted(worker.index());
    } catch (Throwable e) {
      hookFailed("workerStarted", e);
    }
  }

  @Override
  public void workerStopped(WorkerOwner worker) {
    try {
      listener.workerStopped(worker.index());
    } catch (Throwable e) {
      hookFailed("workerStopped", e);
    }
  }

  @Override
  public void workerParked(WorkerOwner worker) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      try {
        listener.workerParked(worker.index());
      } catch (Throwable e) {
        hookFailed("workerParked", e);
      }
    }
  }

  @Override
  public void workerUnparked(WorkerOwner worker) {
    if (listener != RuntimeBuilder.NO_LISTENER) {
      try {
        listener.workerUnparked(worker.index());
      } catch (Throwable e) {
        hookFailed("workerUnparked", e);
      }
    }
  }

  @Override
  public void blockedWhilePinned(WorkerOwner worker, StackTraceElement[] stack) {
    StackTraceElement place = usersFrame(stack);
    if (warnedOf.add(place)) {
      log(
          System.Logger.Level.WARNING,
          () ->
              worker.name()
                  + " is blocked by a task inside with(), update() or an initialiser, at "
                  + place
                  + ": use lease() or ref() where the code may block (said once for this place)");
    }
    try {
      listener.blockedWhilePinned(worker.index(), stack);
    } catch (Throwable e) {
      hookFailed("blockedWhilePinned", e);
    }
  }

  /** Returns the innermost frame that is neither the JDK's nor ours: the one to change. */
  private static StackTraceElement usersFrame(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String type = frame.getClassName();
      if (!type.startsWith("java.")
          && !type.startsWith("jdk.")
          && !type.equals(TieredRuntime.class.getName())
          && !type.equals(TaskBody.class.getName())) {
        return frame;
      }
    }
    return stack[0];
  }
}
