// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One line of a table: what we measured beside a peer, and what was aimed at.
 *
 * @param name what was done
 * @param peer what the peer is called
 * @param ours nanoseconds per operation
 * @param theirs the peer's
 * @param ratio of the times of one round each; what it divides by what, {@code aim} says
 * @param aim what the ratio should be
 * @param bytes bytes allocated per operation of ours, where they were counted
 */
public record Row(
    String name,
    String peer,
    Spread ours,
    Spread theirs,
    Spread ratio,
    Aim aim,
    OptionalDouble bytes) {

  /**
   * What a ratio should be.
   *
   * @param bound the bound
   * @param speedup true if the ratio is their time by ours and should be the bound at least, false
   *     if it is our time by theirs and should be the bound at most
   */
  public record Aim(double bound, boolean speedup) {

    /** Our time should be at most so much of theirs. */
    public static Aim atMost(double bound) {
      return new Aim(bound, false);
    }

    /** Theirs should be at least so much of ours. */
    public static Aim speedup(double bound) {
      return new Aim(bound, true);
    }

    /** Relates two times that were measured side by side. */
    public double ratio(double ours, double theirs) {
      return speedup ? theirs / ours : ours / theirs;
    }

    boolean reachedBy(double ratio) {
      // As it is printed: what reads 1.00 is 1.00.
      double rounded = Math.round(ratio * 100) / 100.0;
      return speedup ? rounded >= bound : rounded <= bound;
    }

    String text() {
      return (speedup ? "at least " : "at most ") + Spread.number(bound) + "x";
    }
  }

  /** Says whether the median of the ratios is what was aimed at. */
  public boolean reached() {
    return aim.reachedBy(ratio.median());
  }

  String markdown() {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %s | %s | %s |",
        name,
        peer,
        ours.text(),
        theirs.text(),
        ratio.text(),
        aim.text(),
        reached() ? "yes" : "**no**",
        bytes.isPresent() ? String.format(Locale.ROOT, "%.2f", bytes.getAsDouble()) : "");
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"name\":\"%s\",\"peer\":\"%s\",\"ours\":%s,\"theirs\":%s,\"ratio\":%s,"
            + "\"speedup\":%b,\"aim\":%s,\"reached\":%b,\"bytes\":%s}",
        name,
        peer,
        json(ours),
        json(theirs),
        json(ratio),
        aim.speedup(),
        aim.bound(),
        reached(),
        bytes.isPresent() ? Double.toString(bytes.getAsDouble()) : "null");
  }

  private static String json(Spread spread) {
    return String.format(
        Locale.ROOT,
        "{\"median\":%s,\"min\":%s,\"max\":%s}",
        spread.median(),
        spread.min(),
        spread.max());
  }
}
