// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a soak is told on its command line.
 *
 * @param length how long the load goes on
 * @param seed where its choices begin
 * @param out where the plot and the samples are written, or null for nowhere
 * @param leaks what it leaks on purpose
 */
public record Options(Duration length, long seed, @Nullable Path out, Set<Leak> leaks) {

  /** What is said to who calls it wrongly. */
  static final String USAGE =
      """
      usage: Soak [--minutes N | --seconds N] [--seed S] [--out DIR] [--leak WHAT,...]
        --minutes N, --seconds N   how long the load goes on, 1 minute if not given, at least 5 seconds
        --seed S                   where the random choices begin; if not given, it is taken from the clock
        --out DIR                  writes soak.svg and soak.json there
        --leak WHAT,...            leaks on purpose: guard, thread, loader, socket, heap, value\
      """;

  private static final int SHORTEST_SECONDS = 5;

  /** Makes options; the set is copied. */
  public Options {
    leaks = Set.copyOf(leaks);
  }

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException if it is wrong; the message says how
   */
  static Options parse(String... arguments) {
    Duration length = Duration.ofMinutes(1);
    long seed = System.nanoTime();
    Path out = null;
    Set<Leak> leaks = EnumSet.noneOf(Leak.class);
    for (int i = 0; i < arguments.length; i += 2) {
      String name = arguments[i];
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException("'" + name + "' is not known, or its value is missing");
      }
      String value = arguments[i + 1];
      switch (name) {
        case "--minutes" -> length = Duration.ofMinutes(number(name, value));
        case "--seconds" -> length = Duration.ofSeconds(number(name, value));
        case "--seed" -> seed = number(name, value);
        case "--out" -> out = Path.of(value);
        case "--leak" -> leaks.addAll(leaks(value));
        default -> throw new IllegalArgumentException("'" + name + "' is not known");
      }
    }
    if (length.toSeconds() < SHORTEST_SECONDS) {
      throw new IllegalArgumentException(
          "a soak takes at least " + SHORTEST_SECONDS + " seconds, not " + length.toSeconds());
    }
    return new Options(length, seed, out, leaks);
  }

  private static long number(String name, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " must be a whole number, not '" + value + "'", e);
    }
  }

  private static Set<Leak> leaks(String value) {
    Set<Leak> leaks = EnumSet.noneOf(Leak.class);
    for (String each : value.split(",", -1)) {
      try {
        leaks.add(Leak.valueOf(each.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("'" + each + "' cannot be leaked", e);
      }
    }
    return leaks;
  }

  /** Says whether something is leaked on purpose. */
  boolean leaks(Leak what) {
    return leaks.contains(what);
  }
}
