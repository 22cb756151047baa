// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/**
 * Connections of SQLite that belong to workers: 10,000 virtual threads share a few of them, and
 * none is closed while a statement of it is open, not even by a close of the runtime in the midst
 * of all.
 */
public final class SqliteConnections {

  private static final int WORKERS = 2;
  private static final int PER_WORKER = 4;

  /** As many as may all be on one worker, for none of them must wait for another's connection. */
  private static final int STREAMS = PER_WORKER;

  private SqliteConnections() {}

  /** Runs the program. */
  public static void main(String... args) throws Exception {
    try (Users users = Users.create(10_000)) {
      WorkerLocal<UserReader> readers =
          WorkerLocal.builder(users::reader).name("readers").leases(PER_WORKER).build();
      readByManyTasks(users, readers);
      closeAmidStatements(users, readers);
      if (users.opened() > 2 * WORKERS * PER_WORKER || users.closed() != users.opened()) {
        throw new IllegalStateException(
            users.opened() + " connections were opened, and " + users.closed() + " closed");
      }
    }
  }

  private static void readByManyTasks(Users users, WorkerLocal<UserReader> readers) {
    try (WorkerRuntime runtime = start()) {
      List<Task<Boolean>> tasks =
          IntStream.range(0, users.count())
              .mapToObj(id -> runtime.<Boolean>spawn(() -> isRead(readers, id)))
              .toList();
      long read = tasks.stream().filter(Task::join).count();
      System.out.println(
          tasks.size() + " tasks read " + read + " users over " + users.opened() + " connections");
      if (read != users.count()) {
        throw new IllegalStateException("read " + read + " of " + users.count() + " users");
      }
    }
  }

  private static boolean isRead(WorkerLocal<UserReader> readers, int id) throws SQLException {
    try (Lease<UserReader> lease = readers.lease()) {
      return Users.nameOf(id).equals(lease.get().name(id));
    }
  }

  private static void closeAmidStatements(Users users, WorkerLocal<UserReader> readers)
      throws Exception {
    int before = users.closed();
    CountDownLatch open = new CountDownLatch(STREAMS);
    CountDownLatch closing = new CountDownLatch(1);
    List<Task<Integer>> tasks;
    try (WorkerRuntime runtime = start()) {
      tasks =
          IntStream.range(0, STREAMS)
              .mapToObj(_ -> runtime.<Integer>spawn(() -> readAll(readers, open, closing)))
              .toList();
      open.await();
      runtime.shutdown();
      System.out.println(
          "closing with "
              + STREAMS
              + " statements open, "
              + (users.closed() - before)
              + " connections closed");
      closing.countDown();
    }
    int rows = tasks.stream().mapToInt(Task::join).sum();
    System.out.println(
        "closed after "
            + rows
            + " rows; "
            + users.opened()
            + " connections were opened and "
            + users.closed()
            + " closed");
    if (rows != STREAMS * users.count()) {
      throw new IllegalStateException("read " + rows + " rows of " + STREAMS * users.count());
    }
  }

  /** Reads all rows, of which all but the first while the runtime closes. */
  private static int readAll(
      WorkerLocal<UserReader> readers, CountDownLatch open, CountDownLatch closing)
      throws Exception {
    try (Lease<UserReader> lease = readers.lease();
        ResultSet rows = lease.get().ids()) {
      int read = 0;
      while (rows.next()) {
        if (read++ == 0) {
          open.countDown();
          // A blocking point: the task leaves its worker with its lease, and may resume elsewhere.
          closing.await();
        }
      }
      return read;
    }
  }

  // No spare workers, which would have connections of their own: so the number of them is exact.
  private static WorkerRuntime start() {
    return WorkerRuntime.builder().workers(WORKERS).spareWorkers(0).start();
  }
}
