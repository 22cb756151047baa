// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.batch;

import dev.holdfast.batch.BatchQueue;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.dataloader.DataLoader;
import org.dataloader.DataLoaderFactory;
import org.dataloader.DataLoaderOptions;
import org.jspecify.annotations.Nullable;

/** A way to have the keys of many tasks answered together. */
interface Batching extends AutoCloseable {

  /**
   * Has tasks ask for values, in all a number of them, and waits for all.
   *
   * @param size how many tasks there are, and so how many keys a batch may have
   * @param values how many values are asked for, by all of them together
   */
  void run(int size, int values) throws Exception;

  @Override
  void close();

  /** What a task asks for a value. */
  interface Source {
    Integer get(Integer key) throws Exception;
  }

  /** What starts a task. */
  interface Starter {
    void start(Runnable task);
  }

  /** The function: the value of a key is its successor. */
  private static List<Integer> answer(List<? extends Integer> keys) {
    List<Integer> values = new ArrayList<>(keys.size());
    for (Integer key : keys) {
      values.add(key + 1);
    }
    return values;
  }

  /** Starts the tasks, and waits until each has had its values. */
  private static void ask(int size, int values, Starter starter, Source source) throws Exception {
    ask(size, values, starter, source, () -> {});
  }

  private static void ask(int size, int values, Starter starter, Source source, Runnable atItsEnd)
      throws Exception {
    CountDownLatch end = new CountDownLatch(size);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    int each = Math.max(1, values / size);
    for (int i = 0; i < size; i++) {
      int first = i * each;
      starter.start(() -> {
        try {
          for (int key = first; key < first + each; key++) {
            if (source.get(key) != key + 1) {
              throw new IllegalStateException("a value of another key came for " + key);
            }
          }
        } catch (Throwable e) {
          failure.set(e);
        } finally {
          atItsEnd.run();
          end.countDown();
        }
      });
    }
    end.await();
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("a task failed", failed);
    }
  }

  /** Starts a runtime of two workers, with a queue. */
  static Batching ofHoldfast(Tier tier) {
    WorkerRuntime runtime =
        WorkerRuntime.builder().name("bench-batch").tier(tier).workers(2).start();
    BatchQueue<Integer, Integer> queue = BatchQueue.of(batch -> answer(batch.keys()));
    return new Batching() {
      @Override
      public void run(int size, int values) throws Exception {
        ask(size, values, runtime::execute, queue::get);
      }

      @Override
      public void close() {
        runtime.close();
      }
    };
  }

  /** Starts a virtual thread that answers what comes in a queue. */
  static Batching ofFutures() {
    record Request(Integer key, CompletableFuture<Integer> value) {}
    ArrayBlockingQueue<Request> queue = new ArrayBlockingQueue<>(64);
    Thread collector =
        Thread.startVirtualThread(() -> {
          List<Request> batch = new ArrayList<>();
          while (true) {
            batch.clear();
            try {
              batch.add(queue.take());
            } catch (InterruptedException e) {
              return;
            }
            queue.drainTo(batch);
            List<Integer> values = answer(batch.stream().map(Request::key).toList());
            for (int i = 0; i < values.size(); i++) {
              batch.get(i).value().complete(values.get(i));
            }
          }
        });
    return new Batching() {
      @Override
      public void run(int size, int values) throws Exception {
        ask(
            size,
            values,
            Thread::startVirtualThread,
            key -> {
              Request request = new Request(key, new CompletableFuture<>());
              queue.put(request);
              return request.value().get();
            });
      }

      @Override
      public void close() {
        collector.interrupt();
      }
    };
  }

  /** Makes loaders, of which the task whose key fills the batch dispatches. */
  static Batching ofDataLoader() {
    return new Batching() {
      @Override
      public void run(int size, int values) throws Exception {
        DataLoader<Integer, Integer> loader =
            DataLoaderFactory.newDataLoader(
                keys -> CompletableFuture.completedFuture(answer(keys)),
                DataLoaderOptions.newOptions().setCachingEnabled(false).build());
        // Those that have not ended: when all of them wait, nobody else will dispatch.
        AtomicInteger asking = new AtomicInteger(size);
        ask(
            size,
            values,
            Thread::startVirtualThread,
            key -> {
              CompletableFuture<Integer> value = loader.load(key);
              dispatchIfFull(loader, asking.get());
              return value.get();
            },
            () -> dispatchIfFull(loader, asking.decrementAndGet()));
      }

      @Override
      public void close() {}
    };
  }

  private static void dispatchIfFull(DataLoader<?, ?> loader, int size) {
    if (size > 0 && loader.dispatchDepth() >= size) {
      var _ = loader.dispatch();
    }
  }
}
