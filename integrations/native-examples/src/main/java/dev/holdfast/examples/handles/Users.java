// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A SQLite file with a table of users, which counts the readers that were opened and closed. */
public final class Users implements AutoCloseable {

  private final Path directory;
  private final int count;
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();

  private Users(Path directory, int count) {
    this.directory = directory;
    this.count = count;
  }

  /** Makes a file in a new temporary directory. */
  public static Users create(int count) throws IOException, SQLException {
    Users users = new Users(Files.createTempDirectory("users"), count);
    try (Connection connection = users.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("create table users (id integer primary key, name text not null)");
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement("insert into users values (?, ?)")) {
        for (int id = 0; id < count; id++) {
          insert.setInt(1, id);
          insert.setString(2, nameOf(id));
          insert.addBatch();
        }
        insert.executeBatch();
      }
      connection.commit();
    }
    return users;
  }

  /** Returns the name that the user of an id was given. */
  public static String nameOf(long id) {
    return "user " + id;
  }

  /** Opens a connection to the file. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("users.db"));
  }

  /** Opens a connection with its statements; an initialiser of locals. */
  UserReader reader() {
    try {
      UserReader reader = new UserReader(connect(), closed::incrementAndGet);
      opened.incrementAndGet();
      return reader;
    } catch (SQLException e) {
      throw new IllegalStateException("no connection to the users", e);
    }
  }

  int count() {
    return count;
  }

  int opened() {
    return opened.get();
  }

  int closed() {
    return closed.get();
  }

  /** Deletes the file. */
  @Override
  public void close() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
    Files.delete(directory);
  }
}
