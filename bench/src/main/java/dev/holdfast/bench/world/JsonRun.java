// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import com.sun.management.ThreadMXBean;
import dev.holdfast.bench.world.Kit.Document;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Many short tasks, each of which reads and prints one JSON document. */
final class JsonRun {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Executor executor;
  private final Keeping keeping;
  private final List<Document> documents;
  private final int tasks;

  JsonRun(Executor executor, Keeping keeping, List<Document> documents, int tasks) {
    this.executor = executor;
    this.keeping = keeping;
    this.documents = documents;
    this.tasks = tasks;
  }

  /**
   * Runs all tasks as often as it takes to fill a time, and returns the nanoseconds per document.
   * Not a median: what the collector takes belongs to it.
   */
  double nanosPerDocument(Duration atLeast) throws InterruptedException {
    long begin = System.nanoTime();
    long runs = 0;
    long took;
    do {
      run();
      runs++;
      took = System.nanoTime() - begin;
    } while (took < atLeast.toNanos());
    return (double) took / (runs * tasks);
  }

  /** Runs all tasks once and returns the heap bytes that were allocated per document. */
  double bytesPerDocument() throws InterruptedException {
    return (double) allocatedBy(this::run) / tasks;
  }

  /** A body that waits. */
  interface Body {
    void run() throws InterruptedException;
  }

  /**
   * Returns the bytes that all threads together allocated meanwhile. What a virtual thread
   * allocates is counted for the platform thread that carries it.
   */
  static long allocatedBy(Body body) throws InterruptedException {
    long before = THREADS.getTotalThreadAllocatedBytes();
    body.run();
    return THREADS.getTotalThreadAllocatedBytes() - before;
  }

  private void run() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(tasks);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < tasks; i++) {
      Document document = documents.get(i % documents.size());
      executor.execute(() -> {
        try {
          keeping.handle(document);
        } catch (Throwable e) {
          failure.compareAndSet(null, e);
        } finally {
          done.countDown();
        }
      });
    }
    done.await();
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException("a document could not be handled: " + thrown, thrown);
    }
  }
}
