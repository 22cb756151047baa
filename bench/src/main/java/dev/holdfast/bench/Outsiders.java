// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.List;

/** The peers that are processes of their own, such as Tokio and Go. */
public interface Outsiders extends AutoCloseable {

  /** There are none. */
  Outsiders NONE = (row, size) -> List.of();

  /**
   * Returns those that can do a row, each with the row's number: nanoseconds per operation.
   *
   * @param row the name of the row
   * @param size how many operations one run has
   */
  List<Contestant> at(String row, int size);

  /** Returns what is to be known about them, such as their versions and who is not installed. */
  default List<String> notes() {
    return List.of();
  }

  /** Ends their processes. */
  @Override
  default void close() {}
}
