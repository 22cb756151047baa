// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connection to the users with its statements, for one task at a time. */
final class UserReader implements AutoCloseable {

  private final Connection connection;
  private final PreparedStatement one;
  private final PreparedStatement many;
  private final PreparedStatement all;
  private final Runnable onClose;

  UserReader(Connection connection, Runnable onClose) throws SQLException {
    this.connection = connection;
    this.one = connection.prepareStatement("select name from users where id = ?");
    // The keys are one parameter, a JSON array, so that one statement is for any number of them.
    this.many =
        connection.prepareStatement(
            "select id, name from users where id in (select value from json_each(?))");
    this.all = connection.prepareStatement("select id from users order by id");
    this.onClose = onClose;
  }

  /** Returns the name of a user, or null if there is none. */
  @Nullable String name(long id) throws SQLException {
    one.setLong(1, id);
    try (ResultSet rows = one.executeQuery()) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** Returns the names of users by one query, in the order of the ids. */
  List<@Nullable String> names(List<Long> ids) throws SQLException {
    many.setString(1, ids.toString());
    Map<Long, String> names = new HashMap<>();
    try (ResultSet rows = many.executeQuery()) {
      while (rows.next()) {
        names.put(rows.getLong(1), rows.getString(2));
      }
    }
    return ids.stream().<@Nullable String>map(names::get).toList();
  }

  /** Begins to read all ids: a statement that is open until its rows are closed. */
  ResultSet ids() throws SQLException {
    return all.executeQuery();
  }

  @Override
  public void close() throws SQLException {
    // Its statements too.
    connection.close();
    onClose.run();
  }
}
