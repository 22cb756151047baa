// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The executor that JMH runs its measuring loops on, so that each loop is a task of a runtime.
 *
 * <p>Named by {@code -Djmh.executor=CUSTOM -Djmh.executor.class=...}; JMH calls the constructor.
 */
public final class WorkersExecutor extends AbstractExecutorService {

  /** The name of the property that says in which tier; the carrier tier if it is not set. */
  public static final String TIER = "holdfast.bench.tier";

  private final WorkerRuntime runtime;

  /**
   * Starts the runtime.
   *
   * @param threads how many loops JMH is going to submit
   * @param prefix what JMH names its threads by
   */
  public WorkersExecutor(int threads, String prefix) {
    runtime =
        WorkerRuntime.builder()
            .name(prefix)
            .tier(Tier.valueOf(System.getProperty(TIER, Tier.CARRIER.name())))
            .workers(Math.max(threads, Runtime.getRuntime().availableProcessors()))
            .start();
  }

  @Override
  public void execute(Runnable command) {
    runtime.execute(command);
  }

  @Override
  public void shutdown() {
    runtime.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return runtime.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return runtime.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return runtime.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return runtime.awaitTermination(timeout, unit);
  }
}
