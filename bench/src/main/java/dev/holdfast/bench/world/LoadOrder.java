// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.util.Locale;

/**
 * What a load generator is told to do, as one line of text between two processes.
 *
 * @param talk what is said on each connection
 * @param port where the server listens, on loopback
 * @param connections how many connections are open, each with one request under way
 * @param millis how long requests are sent and counted
 */
record LoadOrder(Talk talk, int port, int connections, long millis) {

  private static final int MAX_CONNECTIONS = 10_000;
  private static final long MAX_MILLIS = 60_000;

  /** What is said on a connection. */
  enum Talk {
    /** A small document is posted, and answered. */
    HTTP,
    /** Sixty-four bytes, which come back. */
    ECHO
  }

  LoadOrder {
    requireInRange("port", port, 1, 65_535);
    requireInRange("connections", connections, 1, MAX_CONNECTIONS);
    requireInRange("millis", millis, 1, MAX_MILLIS);
  }

  private static void requireInRange(String what, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          what + " must be from " + min + " to " + max + ", not " + value);
    }
  }

  String text() {
    return talk + " " + port + " " + connections + " " + millis;
  }

  static LoadOrder parse(String text) {
    String[] words = text.strip().split(" +", -1);
    if (words.length != 4) {
      throw new IllegalArgumentException(
          "an order is 'HTTP|ECHO PORT CONNECTIONS MILLIS', not '" + text + "'");
    }
    try {
      return new LoadOrder(
          Talk.valueOf(words[0].toUpperCase(Locale.ROOT)),
          Integer.parseInt(words[1]),
          Integer.parseInt(words[2]),
          Long.parseLong(words[3]));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "an order is 'HTTP|ECHO PORT CONNECTIONS MILLIS', not '" + text + "'", e);
    }
  }
}
