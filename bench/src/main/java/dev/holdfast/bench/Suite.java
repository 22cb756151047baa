// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** A table to be measured: its rows, what they say together, and what they are measured on. */
public interface Suite extends AutoCloseable {

  /** Returns the name the command is given. */
  String name();

  /** Returns what is measured and how, in one or two sentences. */
  String about();

  /** Returns the rows, in the order in which they are measured and printed. */
  List<Line> lines();

  /**
   * Makes ready what takes long to be made, for those that are to be measured; called once, before
   * the first of them is.
   *
   * @param peers who is to be measured
   * @param progress is told what goes on
   * @return those of them that cannot be measured here, of which the {@link #notes} say why
   */
  default Set<String> prepare(Set<String> peers, Consumer<String> progress) throws Exception {
    return Set.of();
  }

  /** Returns what several rows say together. */
  default List<Across> across() {
    return List.of();
  }

  /** Returns what is to be known about the table; asked after it was measured. */
  default List<String> notes() {
    return List.of();
  }

  /**
   * Returns how many rounds are run first that do not count.
   *
   * @param rounds how many rounds count
   */
  default int warmups(int rounds) {
    return Math.min(rounds, 2);
  }

  /** Ends what the rows were measured on. */
  @Override
  default void close() {}
}
