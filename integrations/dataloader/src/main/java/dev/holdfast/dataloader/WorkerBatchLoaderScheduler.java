// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.dataloader;

import dev.holdfast.runtime.WorkerRuntime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.dataloader.BatchLoaderEnvironment;
import org.dataloader.scheduler.BatchLoaderScheduler;

/**
 * Runs the batch functions of a loader as tasks of a runtime, whoever dispatches: there they may
 * block, and use the values of a worker.
 *
 * {@snippet lang="java" :
 * DataLoaderOptions.newOptions().setBatchLoaderScheduler(new WorkerBatchLoaderScheduler(runtime))
 * }
 *
 * <p>A dispatch returns before its batch function has run. If the runtime takes no more work from
 * the thread that dispatches, the loads of that batch fail with {@link
 * dev.holdfast.runtime.RuntimeClosedException}.
 *
 * <p>Thread-safe.
 */
public final class WorkerBatchLoaderScheduler implements BatchLoaderScheduler {

  private final WorkerRuntime runtime;

  /**
   * Makes one.
   *
   * @param runtime where batch functions run
   */
  public WorkerBatchLoaderScheduler(WorkerRuntime runtime) {
    this.runtime = Objects.requireNonNull(runtime, "runtime must not be null");
  }

  @Override
  public <K, V> CompletionStage<List<V>> scheduleBatchLoader(
      ScheduledBatchLoaderCall<V> scheduledCall, List<K> keys, BatchLoaderEnvironment environment) {
    return run(scheduledCall::invoke);
  }

  @Override
  public <K, V> CompletionStage<Map<K, V>> scheduleMappedBatchLoader(
      ScheduledMappedBatchLoaderCall<K, V> scheduledCall,
      List<K> keys,
      BatchLoaderEnvironment environment) {
    return run(scheduledCall::invoke);
  }

  /** What the function throws reaches the loads by the publisher, or the runtime's handler. */
  @Override
  public <K> void scheduleBatchPublisher(
      ScheduledBatchPublisherCall scheduledCall, List<K> keys, BatchLoaderEnvironment environment) {
    runtime.execute(scheduledCall::invoke);
  }

  /** Runs a batch function; a refusal is thrown, and so fails the loads. */
  private <R> CompletionStage<R> run(Supplier<CompletionStage<R>> call) {
    CompletableFuture<R> result = new CompletableFuture<>();
    runtime.execute(() -> {
      try {
        // What comes of it is in the result: nobody else has the other stage.
        var _ =
            call.get()
                .whenComplete((values, failure) -> {
                  if (failure == null) {
                    result.complete(values);
                  } else {
                    result.completeExceptionally(failure);
                  }
                });
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    });
    return result;
  }
}
