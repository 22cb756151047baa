// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;

/** What runs the tasks of a workload: a scheduler of virtual threads, or a pool. */
public interface Carriers extends AutoCloseable {

  /** Starts a task, in the cheapest way that is public. */
  void start(Runnable body);

  /**
   * Hands a job to platform threads.
   *
   * @return waits for the job
   */
  default Wait hand(Runnable job) {
    throw new UnsupportedOperationException("there is nothing to hand jobs to");
  }

  @Override
  void close();

  /** Waits for a job. */
  @FunctionalInterface
  interface Wait {
    /** Returns when the job has ended. */
    void await() throws InterruptedException;
  }

  /** Returns the scheduler that all virtual threads have unless they are told otherwise. */
  static Carriers ofJdk() {
    // Started here, so that no run pays for it; its threads end when they are idle for long.
    ExecutorService blocking =
        Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    return new Carriers() {
      @Override
      public void start(Runnable body) {
        Thread.startVirtualThread(body);
      }

      @Override
      public Wait hand(Runnable job) {
        return waitFor(blocking.submit(job));
      }

      @Override
      public void close() {
        blocking.close();
      }
    };
  }

  /** Starts a runtime with as many workers as the JDK's scheduler has carriers. */
  static Carriers ofHoldfast(Tier tier) {
    return ofHoldfast(tier, Runtime.getRuntime().availableProcessors());
  }

  /** Starts a runtime. */
  static Carriers ofHoldfast(Tier tier, int workers) {
    WorkerRuntime runtime =
        WorkerRuntime.builder().name("bench").tier(tier).workers(workers).start();
    return new Carriers() {
      @Override
      public void start(Runnable body) {
        runtime.execute(body);
      }

      @Override
      public Wait hand(Runnable job) {
        Task<?> task =
            runtime.spawnBlocking(() -> {
              job.run();
              return null;
            });
        return task::join;
      }

      @Override
      public void close() {
        runtime.close();
      }
    };
  }

  /**
   * Starts a pool of as many platform threads as there are processors, but two at least: those of a
   * pair wait for each other on their threads.
   */
  static Carriers ofFixedPool() {
    return ofPool(
        Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().daemon().factory()));
  }

  /** Starts a pool whose tasks are run in the order in which they came, like the JDK's own. */
  static Carriers ofForkJoinPool() {
    return ofPool(
        new ForkJoinPool(
            Runtime.getRuntime().availableProcessors(),
            ForkJoinPool.defaultForkJoinWorkerThreadFactory,
            null,
            true));
  }

  private static Carriers ofPool(ExecutorService pool) {
    return new Carriers() {
      @Override
      public void start(Runnable body) {
        pool.execute(body);
      }

      @Override
      public Wait hand(Runnable job) {
        return waitFor(pool.submit(job));
      }

      @Override
      public void close() {
        pool.close();
      }
    };
  }

  private static Wait waitFor(Future<?> future) {
    return () -> {
      try {
        future.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("a job failed", e.getCause());
      }
    };
  }
}
