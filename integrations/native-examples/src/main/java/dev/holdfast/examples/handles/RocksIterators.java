// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.Handle;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;

/**
 * A database of RocksDB that is closed while tasks iterate over it, and do not listen to the close
 * of their runtime: it ends after their iterators, read options and snapshots, whoever is last.
 */
public final class RocksIterators {

  private static final int TASKS = 4;

  /** A snapshot with the database that it is given back to. */
  private record Held(RocksDB database, Snapshot snapshot) implements AutoCloseable {

    @Override
    public void close() {
      database.releaseSnapshot(snapshot);
      snapshot.close();
    }
  }

  private RocksIterators() {}

  /** Runs the program. */
  public static void main(String... args) throws Exception {
    try (TemporaryDirectory directory = TemporaryDirectory.create();
        WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      CountDownLatch open = new CountDownLatch(TASKS);
      CountDownLatch closed = new CountDownLatch(1);
      CountDownLatch ended = new CountDownLatch(1);
      Handle<RocksDB> database =
          Handle.ofShared(
              RocksRows.open(directory.path()),
              raw -> {
                raw.close();
                ended.countDown();
              });
      List<Task<Integer>> tasks =
          IntStream.range(0, TASKS)
              .mapToObj(_ -> runtime.<Integer>spawn(() -> count(database, open, closed)))
              .toList();
      open.await();
      // The snapshots do not have these.
      database.<Boolean, RocksDBException>with(raw -> {
        RocksRows.put(raw, RocksRows.COUNT, RocksRows.COUNT + 10);
        return true;
      });

      // In vain: the tasks do not end. An application that stops closes its database all the same.
      boolean terminated = runtime.shutdown(Duration.ZERO, Duration.ZERO).terminated();
      database.close();
      System.out.println(
          "closed under "
              + TASKS
              + " iterators"
              + (terminated || ended.getCount() == 0 ? ", and ended" : ", and still there"));
      refuse(database);

      closed.countDown();
      int rows = tasks.stream().mapToInt(Task::join).sum();
      System.out.println(
          rows + " rows read" + (ended.getCount() == 0 ? ", and ended" : ", and still there"));
      if (terminated || rows != TASKS * RocksRows.COUNT || ended.getCount() != 0) {
        throw new IllegalStateException("not all was read, or the database did not end after it");
      }
    }
  }

  /** Counts the rows of a snapshot. Each of these handles holds what it was opened from. */
  private static int count(Handle<RocksDB> database, CountDownLatch open, CountDownLatch closed) {
    try (Handle<Held> snapshot =
            database.openConfined(raw -> new Held(raw, raw.getSnapshot()), Held::close);
        Handle<ReadOptions> options =
            snapshot.openConfined(
                held -> new ReadOptions().setSnapshot(held.snapshot()), ReadOptions::close);
        Handle<RocksIterator> rows =
            options.openConfined(
                given -> database.with(raw -> raw.newIterator(given)), RocksIterator::close)) {
      return rows.<Integer, RuntimeException>with(each -> {
        each.seekToFirst();
        open.countDown();
        awaitDeaf(closed);
        int count = 0;
        for (; each.isValid(); each.next()) {
          count++;
        }
        return count;
      });
    }
  }

  /** Nobody opens or uses anything after the close. */
  private static void refuse(Handle<RocksDB> database) {
    try {
      database.openConfined(RocksDB::newIterator, RocksIterator::close);
      throw new IllegalStateException("an iterator was opened after the close");
    } catch (EscapedReferenceException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }

  /** Waits as code does that knows nothing of interrupts. */
  private static void awaitDeaf(CountDownLatch latch) {
    while (latch.getCount() != 0) {
      try {
        latch.await();
      } catch (InterruptedException _) {
        // On purpose: see the comment of the class.
      }
    }
  }
}
