// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.Wrapping;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The values of a task's {@link TaskLocal}s at one moment, with which code can be run elsewhere: in
 * another task, in a blocking job, on a thread that knows nothing of the runtime, in a callback.
 *
 * <p>It has the values of those locals that are {@linkplain TaskLocal.Builder#shared shared} or
 * {@linkplain TaskLocal.Builder#copied copied}, and that the task has a value of. While a body runs
 * with a snapshot, {@link TaskLocal#get} gives these values; for other locals those of the task
 * that the body runs in, if it has any. What the body makes on first use belongs to this run.
 * Afterwards all is as it was before, however the body ends; there is nothing to close or restore,
 * and runs may be nested.
 *
 * <p>A snapshot does not keep values alive, its runs do. A shared value lives until the last task
 * or run that has it ends, and is destroyed by that one, on its thread. A copy belongs to the task
 * that took the snapshot, and each run has a copy of it for itself. Once a value has been
 * destroyed, running the snapshot throws {@link LocalDestroyedException}. A value for which nothing
 * has to be done at its end, because it is not {@link AutoCloseable} and has no destructor, is
 * never destroyed, and can be used by a snapshot that outlives its task.
 *
 * <p>While a thread outside of the runtime runs a body with values that have to be destroyed, it
 * holds the runtime's barrier, as a {@link Guard} does, and is named in the report.
 *
 * <p>May be used by many threads at once; the shared values must then be thread-safe.
 */
public final class ContextSnapshot {

  private final Domain domain;
  private final List<Inheritable.Captured> captured;
  private final Set<Domain> needs;

  private ContextSnapshot(Domain domain, List<Inheritable.Captured> captured) {
    this.domain = domain;
    this.captured = captured;
    Set<Domain> found = new LinkedHashSet<>();
    for (Inheritable.Captured each : captured) {
      Domain needed = each.needs();
      if (needed != null) {
        found.add(needed);
      }
    }
    this.needs = found;
  }

  /**
   * Takes a snapshot of the current task, or of what the current thread runs with a snapshot. The
   * functions of copied locals are applied.
   *
   * @return the snapshot
   * @throws EscapedReferenceException if the current thread is no task
   */
  public static ContextSnapshot capture() {
    Thread current = Thread.currentThread();
    TaskScope scope = Here.scope(current);
    if (scope == null) {
      throw Caller.noTask(current, "ContextSnapshot.capture()");
    }
    TaskOwner owner = scope.values();
    List<Inheritable.Captured> captured = new ArrayList<>();
    if (owner != null) {
      for (Slot slot : owner.heritable()) {
        if (slot.destructor() instanceof Inheritable inheritable) {
          captured.add(inheritable.capture(slot, owner));
        }
      }
    }
    return new ContextSnapshot(scope.domain(), List.copyOf(captured));
  }

  /**
   * Runs a body with the values of this snapshot, on the current thread.
   *
   * @param body what to run
   * @throws LocalDestroyedException if a value has been destroyed; the body has then not begun
   */
  public void run(Runnable body) {
    Objects.requireNonNull(body, "body must not be null");
    try {
      call(() -> {
        body.run();
        return null;
      });
    } catch (Exception e) {
      throw Handover.<RuntimeException>sneak(e);
    }
  }

  /**
   * Calls a body with the values of this snapshot, on the current thread.
   *
   * @param <R> the type of the result
   * @param body what to call
   * @return what the body returns
   * @throws Exception what the body threw, as it is
   * @throws LocalDestroyedException if a value has been destroyed; the body has then not begun
   */
  public <R extends @Nullable Object> R call(Callable<? extends R> body) throws Exception {
    Objects.requireNonNull(body, "body must not be null");
    // What is begun here must be ended here, also when the body comes to the end of the stack.
    StackRoom.ensure();
    Thread current = Thread.currentThread();
    TaskScope scope = Here.scope(current);
    if (scope != null) {
      return callIn(scope, current, body);
    }
    TaskScope borrowed = new BorrowedScope(domain, current);
    Here.borrow(borrowed);
    try {
      return callIn(borrowed, current, body);
    } finally {
      Here.borrow(null);
    }
  }

  private <R extends @Nullable Object> R callIn(
      TaskScope scope, Thread current, Callable<? extends R> body) throws Exception {
    // Held, then asked whether the values are there: who has them is counted, and so this is in
    // time, or they are gone.
    ContextHold hold = ContextHold.of(needs, current);
    try {
      TaskOwner part = scope.begin();
      try {
        for (Inheritable.Captured each : captured) {
          each.enter(part);
        }
        return body.call();
      } finally {
        scope.finish(part);
      }
    } finally {
      ContextHold.release(hold);
    }
  }

  /**
   * Returns a body that does as {@link #run} wherever and as often as it is run.
   *
   * @param body what to run
   * @return the body that runs it with the values of this snapshot
   */
  public Runnable wrap(Runnable body) {
    Objects.requireNonNull(body, "body must not be null");
    return new WrappedRun(body);
  }

  /**
   * Returns a body that does as {@link #call} wherever and as often as it is called.
   *
   * @param <R> the type of the result
   * @param body what to call
   * @return the body that calls it with the values of this snapshot
   */
  public <R extends @Nullable Object> Callable<R> wrap(Callable<? extends R> body) {
    Objects.requireNonNull(body, "body must not be null");
    return new WrappedCall<>(body);
  }

  /** A body with this snapshot; not a lambda, so that it can say whose code it runs. */
  private final class WrappedRun implements Runnable, Wrapping {
    private final Runnable body;

    WrappedRun(Runnable body) {
      this.body = body;
    }

    @Override
    public void run() {
      ContextSnapshot.this.run(body);
    }

    @Override
    public Object wrapped() {
      return body;
    }
  }

  /** As the above. */
  private final class WrappedCall<R extends @Nullable Object> implements Callable<R>, Wrapping {
    private final Callable<? extends R> body;

    WrappedCall(Callable<? extends R> body) {
      this.body = body;
    }

    @Override
    public R call() throws Exception {
      return ContextSnapshot.this.call(body);
    }

    @Override
    public Object wrapped() {
      return body;
    }
  }

  @Override
  public String toString() {
    return "ContextSnapshot[" + captured.size() + " values of runtime '" + domain.name() + "']";
  }
}
