// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Holder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Recognises the tasks and jobs that called {@link System#exit}: they wait in there for the
 * shutdown hooks, and never return, so that a hook must not wait for them.
 */
final class ExitCallers {

  /** Where all ways to end the JVM in an orderly way meet. */
  private static final String TYPE = "java.lang.Shutdown";

  private static final String METHOD = "exit";

  /** Among more holders none is looked for: to take the stack of a thread is dear. */
  private static final int MOST_HOLDERS = 64;

  private ExitCallers() {}

  /**
   * Says whether such tasks and jobs are all that is alive. It stays so then: they can start
   * nothing.
   *
   * @param alive how many holders there are, counted before this call
   */
  static boolean areAllOf(long alive, Ledger ledger, BlockingPool jobs) {
    if (alive <= 0 || alive > MOST_HOLDERS) {
      return false;
    }
    AtomicLong callers = new AtomicLong();
    long now = System.nanoTime();
    ledger.forEachTask(task -> callers.addAndGet(hasCalledExit(task, now) ? 1 : 0));
    jobs.alive().forEach(job -> callers.addAndGet(hasCalledExit(job, now) ? 1 : 0));
    return callers.get() == alive;
  }

  private static boolean hasCalledExit(Object each, long now) {
    if (!(each instanceof Holder holder)) {
      return false;
    }
    ShutdownReport.Holder described = holder.describe(now);
    return described != null
        && described.stack().stream()
            .anyMatch(
                frame -> frame.getClassName().equals(TYPE) && frame.getMethodName().equals(METHOD));
  }
}
