// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/** Many tasks, each of which parses and prints the same document. */
final class CopyRun {

  private static final MemoryMXBean MEMORY = ManagementFactory.getMemoryMXBean();

  private final Executor executor;
  private final Copier copier;
  private final byte[] document;
  private final int tasks;
  private final long sum;

  CopyRun(Executor executor, Copier copier, byte[] document, int tasks) throws IOException {
    this.executor = executor;
    this.copier = copier;
    this.document = document;
    this.tasks = tasks;
    this.sum = copied(new ByteArrayInputStream(document));
  }

  /** Runs all tasks as often as it takes to fill a time, and returns nanoseconds per document. */
  double nanosPerDocument(Duration atLeast) throws InterruptedException {
    long begin = System.nanoTime();
    long runs = 0;
    long took;
    do {
      run(Function.identity());
      runs++;
      took = System.nanoTime() - begin;
    } while (took < atLeast.toNanos());
    return (double) took / (runs * tasks);
  }

  /** Runs all tasks once, and returns the heap bytes that were allocated per document. */
  double bytesPerDocument() throws InterruptedException {
    return (double) JsonRun.allocatedBy(() -> run(Function.identity())) / tasks;
  }

  /**
   * Runs all tasks so that all have their parser open at the same time, and returns how many KiB
   * the heap has more after it than before.
   */
  double kept() throws InterruptedException {
    long before = live();
    CountDownLatch reached = new CountDownLatch(tasks);
    run(text -> new Halting(text, reached));
    return Math.max(0, live() - before) / 1024.0;
  }

  /** Returns the bytes of the heap that are live. */
  private static long live() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, MEMORY.getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  private void run(Function<InputStream, InputStream> source) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(tasks);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < tasks; i++) {
      executor.execute(() -> {
        try {
          if (copied(source.apply(new ByteArrayInputStream(document))) != sum) {
            throw new IllegalStateException(
                "a document was printed differently: a buffer was used by two tasks at once");
          }
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
      throw new IllegalStateException("a document could not be copied: " + thrown, thrown);
    }
  }

  private long copied(InputStream from) throws IOException {
    CRC32C sumOfThis = new CRC32C();
    copier.copy(from, new CheckedOutputStream(OutputStream.nullOutputStream(), sumOfThis));
    return sumOfThis.getValue();
  }

  /** A source that ends only when all others are about to. */
  private static final class Halting extends FilterInputStream {
    private final CountDownLatch reached;
    private boolean halted;

    Halting(InputStream in, CountDownLatch reached) {
      super(in);
      this.reached = reached;
    }

    @Override
    public int read(byte[] into, int from, int most) throws IOException {
      int read = super.read(into, from, most);
      if (read < 0 && !halted) {
        halted = true;
        reached.countDown();
        try {
          reached.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted before all had read their document");
        }
      }
      return read;
    }
  }
}
