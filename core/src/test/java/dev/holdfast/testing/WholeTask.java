// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.concurrent.Callable;

/**
 * A task that is waited for to its very end: it hands out its result a little before, and a report
 * that is made at once may list it still.
 */
public final class WholeTask {

  private WholeTask() {}

  /** Runs a body in a task, and returns its result when nothing of the task is left. */
  public static <T> T run(WorkerRuntime runtime, Callable<? extends T> body) throws Exception {
    return result(runtime.<T>spawn(body));
  }

  /** Returns the result of a task when nothing of the task is left. */
  public static <T> T result(Task<T> task) throws Exception {
    T result = task.get();
    task.thread().join();
    return result;
  }
}
