// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * An {@link ExecutorService} under audit, ended as its documentation shows. Adapters of runtimes
 * that are executors, or have one, stand on it.
 */
public class AuditedExecutor implements AuditedRuntime {

  /** To end it by {@code shutdown}, and wait by {@code awaitTermination}. */
  public static final String SHUTDOWN = "shutdown";

  /** To end it by {@code shutdownNow}, and wait by {@code awaitTermination}. */
  public static final String SHUTDOWN_NOW = "shutdownNow";

  /** To end it by {@code close}, which waits without bound. */
  public static final String CLOSE = "close";

  private final ExecutorService executor;
  private final IntFunction<? extends Reference> references;

  // What shutdownNow handed back: the futures that it had handed out. Compared by identity, guarded
  // by itself.
  private final Set<Object> handedBack = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * Makes an audited runtime of an executor.
   *
   * @param executor the executor
   * @param references returns references to the values of the current thread, by slot
   */
  public AuditedExecutor(ExecutorService executor, IntFunction<? extends Reference> references) {
    this.executor = executor;
    this.references = references;
  }

  @Override
  public Reference reference(int slot) {
    return references.apply(slot);
  }

  @Override
  public Receipt submit(Work work) {
    return receipt(executor.submit(work));
  }

  /** Uses the executor's timers, if it has any. */
  @Override
  public Receipt schedule(Work work, Duration delay) {
    return executor instanceof ScheduledExecutorService timers
        ? receipt(timers.schedule(work, delay.toNanos(), TimeUnit.NANOSECONDS))
        : AuditedRuntime.super.schedule(work, delay);
  }

  /**
   * Returns the receipt of a task of this executor.
   *
   * @param future which is done when the task is, or handed back by {@code shutdownNow}
   * @return the receipt
   */
  protected final Receipt receipt(Future<?> future) {
    return () -> future.isDone() || wasHandedBack(future);
  }

  private boolean wasHandedBack(Object future) {
    synchronized (handedBack) {
      return handedBack.contains(future);
    }
  }

  @Override
  public Ending shutDown(String way, Duration limit) throws Exception {
    switch (way) {
      case SHUTDOWN -> executor.shutdown();
      case SHUTDOWN_NOW -> {
        List<Runnable> unstarted = executor.shutdownNow();
        synchronized (handedBack) {
          handedBack.addAll(unstarted);
        }
      }
      case CLOSE -> {
        executor.close();
        return Ending.COMPLETE;
      }
      default -> throw new IllegalArgumentException("there is no way '" + way + "'");
    }
    return executor.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS)
        ? Ending.COMPLETE
        : Ending.TIMED_OUT;
  }

  @Override
  public void abandon() {
    executor.shutdownNow();
  }
}
