// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * A tool that looks for errors, with the broken things, the canaries, that show that it sees them.
 *
 * <p>One more is added by a class and a line in {@link Checkers#all}. What it runs, it runs in JVMs
 * of its own, see {@link ChildJvm}: they must not share static state, flags or agents.
 */
public interface Checker {

  /** What it is chosen by on the command line; one word. */
  String name();

  /** What it checks, in one line. */
  String about();

  /** Says whether its short form is a part of the build of another module. */
  default boolean isRunByItsModule() {
    return false;
  }

  /**
   * Checks.
   *
   * @param length how much of it
   * @param progress is told, now and then, what goes on
   * @return what was checked, each with what was found; a tool that did not work is a finding
   */
  List<Row> check(Length length, Consumer<String> progress)
      throws IOException, InterruptedException;
}
