// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.dataloader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.RuntimeClosedException;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testkit.junit.RuntimeTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.dataloader.BatchLoader;
import org.dataloader.DataLoader;
import org.dataloader.DataLoaderFactory;
import org.dataloader.DataLoaderOptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Loads that nobody dispatches. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class WorkerDataLoaderTest {

  private static final int MANY = 10_000;

  private final Queue<List<Integer>> batches = new ConcurrentLinkedQueue<>();

  /** Notes the batch and gives each key its text. */
  private CompletionStage<List<String>> read(List<Integer> keys) {
    batches.add(keys);
    return CompletableFuture.completedFuture(keys.stream().map(String::valueOf).toList());
  }

  private DataLoader<Integer, String> loader(WorkerRuntime runtime) {
    return loader(runtime, this::read);
  }

  private static <V> DataLoader<Integer, V> loader(
      WorkerRuntime runtime, BatchLoader<Integer, V> function) {
    return WorkerDataLoader.of(runtime, DataLoaderFactory.newDataLoader(function));
  }

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void whatOneRoundOfTasksLoadsIsOneBatch(WorkerRuntime runtime) throws Exception {
    DataLoader<Integer, String> loader = loader(runtime);
    runtime.run(() -> {
      List<Task<String>> tasks = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int key = i;
        tasks.add(runtime.spawn(() -> loader.load(key).join()));
      }
      for (int i = 0; i < 100; i++) {
        assertThat(tasks.get(i).join()).isEqualTo(String.valueOf(i));
      }
      return null;
    });
    // With one worker that runs tasks in turn it is one; the carriers of the JDK are more.
    assertThat(batches).hasSizeLessThan(20);
    assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(100);
  }

  @RuntimeTest
  void everyLoadOfManyTasksGetsItsValue(WorkerRuntime runtime) {
    DataLoader<Integer, String> loader = loader(runtime);
    List<Task<String>> tasks =
        IntStream.range(0, MANY)
            .mapToObj(key -> runtime.<String>spawn(() -> loader.load(key).join()))
            .toList();
    for (int i = 0; i < MANY; i++) {
      assertThat(tasks.get(i).join()).isEqualTo(String.valueOf(i));
    }
    assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(MANY);
    assertThat(batches).hasSizeLessThan(MANY / 2);
  }

  @RuntimeTest
  void loadsThatFollowFromAResultAreDispatchedToo(WorkerRuntime runtime) {
    DataLoader<Integer, String> loader = loader(runtime);
    // On no task: any thread may load.
    String last =
        loader
            .load(1)
            .thenCompose(one -> loader.load(Integer.parseInt(one) + 1))
            .thenCompose(two -> loader.loadMany(List.of(Integer.parseInt(two) + 1, 7)))
            .thenCompose(all -> loader.load(all.size() + 40, "context"))
            .join();
    assertThat(last).isEqualTo("42");
    assertThat(batches).containsExactly(List.of(1), List.of(2), List.of(3, 7), List.of(42));
  }

  @RuntimeTest
  void everyFormOfLoadingIsDispatched(WorkerRuntime runtime) {
    DataLoader<Integer, String> loader = loader(runtime);
    assertThat(loader.load(1).join()).isEqualTo("1");
    assertThat(loader.load(2, "context").join()).isEqualTo("2");
    assertThat(loader.loadMany(List.of(3, 4)).join()).containsExactly("3", "4");
    assertThat(loader.loadMany(List.of(5), List.of("context")).join()).containsExactly("5");
    assertThat(loader.loadMany(Map.of(6, "context")).join()).containsEntry(6, "6");
    assertThat(batches).hasSize(5);
  }

  @RuntimeTest
  void whatIsThereIsNotDispatched(WorkerRuntime runtime) {
    DataLoader<Integer, String> loader = loader(runtime);
    assertThat(loader.load(1).join()).isEqualTo("1");
    runtime.shutdown();
    // It takes no more work, and needs none.
    assertThat(loader.load(1)).isCompletedWithValue("1");
    assertThat(batches).hasSize(1);
  }

  @RuntimeTest
  void aFunctionThatFailsFailsItsLoadsAndNoOthers(WorkerRuntime runtime) {
    DataLoader<Integer, String> loader =
        loader(
            runtime,
            keys -> {
              if (keys.contains(13)) {
                throw new IllegalStateException("no thirteen");
              }
              return read(keys);
            });
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> loader.load(13).join())
        .withRootCauseInstanceOf(IllegalStateException.class);
    assertThat(loader.load(14).join()).isEqualTo("14");
  }

  @RuntimeTest
  void aFunctionThatBlocksHoldsUpNoOtherBatch(WorkerRuntime runtime) throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    DataLoader<Integer, String> loader =
        loader(
            runtime,
            keys -> {
              if (keys.contains(1)) {
                awaitUninterruptibly(second);
              }
              return read(keys);
            });
    CompletableFuture<String> first = loader.load(1);
    while (loader.dispatchDepth() != 0) {
      Thread.onSpinWait();
    }
    assertThat(loader.load(2).join()).isEqualTo("2");
    second.countDown();
    assertThat(first.join()).isEqualTo("1");
    assertThat(batches).containsExactly(List.of(2), List.of(1));
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @RuntimeTest
  void theFunctionRunsWhereValuesOfAWorkerAre(WorkerRuntime runtime) {
    WorkerLocal<StringBuilder> buffers = WorkerLocal.of(StringBuilder::new);
    DataLoader<Integer, Integer> loader =
        loader(
            runtime,
            keys ->
                CompletableFuture.completedFuture(
                    buffers.with(buffer -> {
                      buffer.setLength(0);
                      keys.forEach(buffer::append);
                      return List.of(buffer.length());
                    })));
    assertThat(loader.load(12345).join()).isEqualTo(5);
  }

  @RuntimeTest(workers = 1, spareWorkers = 0)
  @SuppressWarnings("ThreadPriorityCheck") // so that the dispatch has its turn
  void aStreamOfLoadsPutsOffNone(WorkerRuntime runtime) throws Exception {
    DataLoader<Integer, String> loader = loader(runtime);
    runtime.run(() -> {
      CompletableFuture<String> first = loader.load(0);
      List<CompletableFuture<String>> others = new ArrayList<>();
      while (!first.isDone()) {
        others.add(loader.load(others.size() + 1));
        Thread.yield();
      }
      others.forEach(CompletableFuture::join);
      return null;
    });
  }

  @RuntimeTest
  void aLoadThatNobodyWouldDispatchIsRefused(WorkerRuntime runtime) {
    DataLoader<Integer, String> loader = loader(runtime);
    runtime.shutdown();
    assertThatThrownBy(() -> loader.load(1)).isInstanceOf(RuntimeClosedException.class);
    // The refusal is of that load alone: the next one asks again.
    assertThatThrownBy(() -> loader.load(2)).isInstanceOf(RuntimeClosedException.class);
  }

  @RuntimeTest
  void anExplicitDispatchDoesNoHarm(WorkerRuntime runtime) {
    DataLoader<Integer, String> loader = loader(runtime);
    CompletableFuture<String> one = loader.load(1);
    assertThat(loader.dispatch().join()).isSubsetOf("1");
    assertThat(one.join()).isEqualTo("1");
    assertThat(loader.load(2).join()).isEqualTo("2");
    assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(2);
  }

  // ---- The scheduler

  @RuntimeTest
  void theSchedulerRunsEachFormOfFunctionOnATask(WorkerRuntime runtime) {
    DataLoaderOptions options =
        DataLoaderOptions.newOptions()
            .setBatchLoaderScheduler(new WorkerBatchLoaderScheduler(runtime))
            .build();
    Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    List<DataLoader<Integer, String>> loaders =
        List.of(
            DataLoaderFactory.newDataLoader(
                keys -> {
                  threads.add(Thread.currentThread());
                  return read(keys);
                },
                options),
            DataLoaderFactory.newMappedDataLoader(
                keys -> {
                  threads.add(Thread.currentThread());
                  return CompletableFuture.completedFuture(Map.of(1, "1"));
                },
                options),
            DataLoaderFactory.newPublisherDataLoader(
                (keys, subscriber) -> {
                  threads.add(Thread.currentThread());
                  subscriber.onNext("1");
                  subscriber.onComplete();
                },
                options));
    for (DataLoader<Integer, String> each : loaders) {
      CompletableFuture<String> one = each.load(1);
      var _ = each.dispatch();
      assertThat(one.join()).isEqualTo("1");
    }
    assertThat(threads).hasSize(3).allMatch(Thread::isVirtual);
  }

  @RuntimeTest
  void whatTheSchedulerIsGivenFailsAsWithoutIt(WorkerRuntime runtime) {
    AtomicReference<CompletionStage<List<String>>> outcome = new AtomicReference<>();
    DataLoader<Integer, String> loader =
        DataLoaderFactory.newDataLoader(
            keys -> {
              CompletionStage<List<String>> given = outcome.get();
              if (given == null) {
                throw new IllegalStateException("thrown");
              }
              return given;
            },
            DataLoaderOptions.newOptions()
                .setBatchLoaderScheduler(new WorkerBatchLoaderScheduler(runtime))
                .build());
    assertThat(failureOf(loader, 1)).hasRootCauseMessage("thrown");
    outcome.set(CompletableFuture.failedFuture(new IllegalStateException("failed")));
    assertThat(failureOf(loader, 2)).hasRootCauseMessage("failed");
    runtime.shutdown();
    assertThat(failureOf(loader, 3)).hasRootCauseInstanceOf(RuntimeClosedException.class);
  }

  private static Throwable failureOf(DataLoader<Integer, String> loader, int key) {
    CompletableFuture<String> load = loader.load(key);
    var _ = loader.dispatch();
    try {
      return new AssertionError("did not fail: " + load.join());
    } catch (CompletionException e) {
      return e;
    }
  }
}
