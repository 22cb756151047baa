// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles.plain;

import dev.holdfast.examples.handles.Users;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * SQLite without Holdfast. {@code per-thread}: a connection in a {@code ThreadLocal}, which on
 * virtual threads is one for each, closed by nobody. {@code close}: a connection that is closed at
 * the end of the program, while its statements are still read.
 */
public final class PlainSqlite {

  private PlainSqlite() {}

  /** Runs one of the two, and prints how many tasks ended in which way. */
  public static void main(String... args) throws Exception {
    Map<String, Integer> outcomes = new ConcurrentSkipListMap<>();
    try (Users users = Users.create(10_000)) {
      switch (args[0]) {
        case "per-thread" -> perThread(users, outcomes);
        case "close" -> close(users, outcomes);
        default -> throw new IllegalArgumentException("per-thread or close, not " + args[0]);
      }
      outcomes.forEach((outcome, count) -> System.out.println(count + " x " + outcome));
    }
  }

  private static void perThread(Users users, Map<String, Integer> outcomes) {
    ThreadLocal<Connection> connections =
        ThreadLocal.withInitial(() -> {
          try {
            return users.connect();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 1000; i++) {
        int id = i;
        threads.execute(() -> {
          try (PreparedStatement statement =
              connections.get().prepareStatement("select name from users where id = ?")) {
            statement.setInt(1, id);
            try (ResultSet rows = statement.executeQuery()) {
              outcomes.merge(rows.next() ? "read" : "missing", 1, Integer::sum);
            }
          } catch (SQLException | IllegalStateException e) {
            outcomes.merge(e.toString(), 1, Integer::sum);
          }
        });
      }
    }
  }

  private static void close(Users users, Map<String, Integer> outcomes) throws Exception {
    int readers = 4;
    CountDownLatch open = new CountDownLatch(readers);
    CountDownLatch closed = new CountDownLatch(1);
    Connection connection = users.connect();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < readers; i++) {
        threads.execute(() -> {
          try (PreparedStatement statement = connection.prepareStatement("select id from users");
              ResultSet rows = statement.executeQuery()) {
            open.countDown();
            closed.await();
            while (rows.next()) {
              rows.getInt(1);
            }
            outcomes.merge("read", 1, Integer::sum);
          } catch (SQLException | InterruptedException e) {
            outcomes.merge(e.toString(), 1, Integer::sum);
          }
        });
      }
      open.await();
      connection.close();
      closed.countDown();
    }
  }
}
