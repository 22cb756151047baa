// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;

/**
 * The JDK's work-stealing pool.
 *
 * <p>The javadoc of {@link ForkJoinWorkerThread} has {@code onTermination} for "cleanup associated
 * with termination of this worker thread", in a subclass that a {@code ForkJoinWorkerThreadFactory}
 * makes.
 */
final class ForkJoinPoolAdapter extends JdkAdapter {

  ForkJoinPoolAdapter() {
    super("fork-join-pool");
  }

  @Override
  public String arming() {
    return "onTermination";
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    // Async, as the javadoc says of pools for tasks that are never joined.
    ForkJoinPool pool =
        new ForkJoinPool(
            setup.threads(), of -> new OwningWorker(of, values), (thread, failure) -> {}, true);
    return new AuditedExecutor(pool, values::reference);
  }
}
