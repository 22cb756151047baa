// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The peers that are processes of their own, such as Tokio and Go. */
public interface Outsiders extends AutoCloseable {

  /** There are none. */
  Outsiders NONE = (row, size) -> List.of();

  /**
   * Returns those that have a row, whether they are installed or not, each with the row's number:
   * nanoseconds per operation. Nothing is started or built.
   *
   * @param row the name of the row
   * @param size how many operations one run has
   */
  List<Contestant> at(String row, int size);

  /**
   * Makes those ready that are to be measured; called once, before the first of them is.
   *
   * @param peers who is to be measured, others too
   * @param progress is told what goes on, if it takes long
   * @return those of them that cannot be measured here, of which the {@link #notes} say why
   */
  default Set<String> prepare(Set<String> peers, Consumer<String> progress) throws Exception {
    return Set.of();
  }

  /**
   * Returns what is to be known about those that were to be measured, such as their versions and
   * who is not installed.
   */
  default List<String> notes() {
    return List.of();
  }

  /** Ends their processes. */
  @Override
  default void close() {}
}
