// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles.plain;

import dev.holdfast.examples.handles.RocksRows;
import dev.holdfast.examples.handles.TemporaryDirectory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * RocksDB without Holdfast. {@code database}: a database that is closed under an iterator. {@code
 * options}: read options and their bound that are closed under an iterator. {@code iterator}: an
 * iterator that is used after its own close.
 */
public final class PlainRocks {

  private PlainRocks() {}

  /** Runs one of the three, and prints how many rows were read, if the JVM is still there. */
  public static void main(String... args) throws Exception {
    try (TemporaryDirectory directory = TemporaryDirectory.create()) {
      RocksDB database = RocksRows.open(directory.path());
      switch (args[0]) {
        case "database" -> database(database);
        case "options" -> options(database);
        case "iterator" -> iterator(database);
        default ->
            throw new IllegalArgumentException("database, options or iterator, not " + args[0]);
      }
    }
  }

  private static void database(RocksDB database) throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.execute(() -> {
        RocksIterator rows = database.newIterator();
        rows.seekToFirst();
        open.countDown();
        while (closed.getCount() != 0) {
          try {
            closed.await();
          } catch (InterruptedException _) {
            // As code does that knows nothing of interrupts.
          }
        }
        read(rows);
      });
      open.await();
      threads.shutdownNow();
      // Nobody waits for ever for threads that do not listen.
      database.close();
      closed.countDown();
    }
  }

  private static void options(RocksDB database) {
    Slice bound = new Slice("row 09000".getBytes(StandardCharsets.US_ASCII));
    ReadOptions options = new ReadOptions().setIterateUpperBound(bound);
    RocksIterator rows = database.newIterator(options);
    rows.seekToFirst();
    options.close();
    bound.close();
    read(rows);
  }

  private static void iterator(RocksDB database) {
    RocksIterator rows = database.newIterator();
    rows.seekToFirst();
    rows.close();
    read(rows);
  }

  private static void read(RocksIterator rows) {
    int count = 0;
    for (; rows.isValid(); rows.next()) {
      count++;
    }
    System.out.println(count + " rows read");
  }
}
