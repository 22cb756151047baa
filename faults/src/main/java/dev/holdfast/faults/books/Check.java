// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.books;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that puts one kind of fault in, and tells in a row what came of it. */
public interface Check {

  /** What it is chosen by; one word. */
  String name();

  /** What the JVM is told in which it runs, its heap above all. */
  List<String> flags();

  /** How long that JVM may take; more than that is a hang. */
  Duration atMost(Extent extent);

  /** Runs it; in a JVM of its own, which is halted afterwards. */
  Row run(Extent extent) throws Exception;

  /**
   * How much of it.
   *
   * @param isLong whether it is to take minutes instead of seconds
   * @param out where files may be written, or null for nowhere
   */
  record Extent(boolean isLong, @Nullable Path out) {}
}
