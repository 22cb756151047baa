// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row to be measured: what is done, by whom, and what is aimed at.
 *
 * @param name what the row is called, by {@code --row} too
 * @param unit what its numbers are, such as "ns per task"; less is better in every row
 * @param contestants who is measured, Holdfast first
 * @param aims what Holdfast's number should be, beside others or by itself
 * @param limit what a number is at least if its run was ended because it took too long
 * @param place where the row's numbers stand in a picture of lines; null if in none
 * @param notes what is to be known about the row
 */
public record Line(
    String name,
    String unit,
    List<Contestant> contestants,
    List<Aim> aims,
    double limit,
    @Nullable Place place,
    List<String> notes) {

  /** Keeps its own lists. */
  public Line {
    contestants = List.copyOf(contestants);
    aims = List.copyOf(aims);
    notes = List.copyOf(notes);
  }

  /** Makes a row without a limit and without notes. */
  public Line(String name, String unit, List<Contestant> contestants, List<Aim> aims) {
    this(name, unit, contestants, aims, Double.POSITIVE_INFINITY, null, List.of());
  }

  /** Returns this row with a limit: a number that reaches it is said to be of a run cut short. */
  public Line withLimit(double value) {
    return new Line(name, unit, contestants, aims, value, place, notes);
  }

  /** Returns this row with one more note. */
  public Line withNote(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new Line(name, unit, contestants, aims, limit, place, more);
  }

  /** Returns this row with a place in a picture of lines. */
  public Line at(Place other) {
    return new Line(name, unit, contestants, aims, limit, other, notes);
  }

  Line without(Set<String> peers) {
    return withContestants(contestants.stream().filter(c -> !peers.contains(c.peer())).toList());
  }

  Line withContestants(List<Contestant> chosen) {
    return new Line(name, unit, chosen, aims, limit, place, notes);
  }

  /**
   * Where numbers stand in a picture of lines.
   *
   * @param axis what there is more and more of
   * @param series what is done, the same for all rows of one line
   * @param at how much of it there is
   */
  public record Place(Axis axis, String series, int at) {
    /** What there is more and more of, in a picture of its own. */
    public enum Axis {
      /** Tasks that are spawned. */
      TASKS,
      /** Workers of a runtime. */
      WORKERS
    }
  }

  /**
   * What a number of Holdfast's should be.
   *
   * @param peer the contestant that it is divided by, or that divides it; null if it stands alone
   * @param kind how to compare
   * @param bound the bound
   */
  public record Aim(@Nullable String peer, Kind kind, double bound) {

    /** Checks that there is a peer where one is needed. */
    public Aim {
      if ((peer == null) != (kind == Kind.AT_MOST)) {
        throw new IllegalArgumentException(
            "an aim of the kind " + kind + " cannot have " + peer + " as its peer");
      }
    }

    /** The peer's number divided by ours should be at least the bound. */
    public static Aim speedup(String peer, double bound) {
      return new Aim(peer, Kind.SPEEDUP_AT_LEAST, bound);
    }

    /** Our number divided by the peer's should be at most the bound. */
    public static Aim share(String peer, double bound) {
      return new Aim(peer, Kind.SHARE_AT_MOST, bound);
    }

    /** Our number should be at most the bound. */
    public static Aim atMost(double bound) {
      return new Aim(null, Kind.AT_MOST, bound);
    }

    /** Says whether a number is what was aimed at, as it is printed: what reads 1.00 is 1.00. */
    boolean reachedBy(double number) {
      return kind.reaches(number, bound);
    }

    String text() {
      return kind.text(bound);
    }

    /** How an aim compares. */
    public enum Kind {
      /** The peer's number divided by ours is at least the bound. */
      SPEEDUP_AT_LEAST,
      /** Our number divided by the peer's is at most the bound. */
      SHARE_AT_MOST,
      /** Our number is at most the bound. */
      AT_MOST;

      /** Relates two numbers of one round. */
      double relate(double ours, double theirs) {
        return switch (this) {
          case SPEEDUP_AT_LEAST -> theirs / ours;
          case SHARE_AT_MOST -> ours / theirs;
          case AT_MOST -> ours;
        };
      }

      boolean reaches(double number, double bound) {
        double rounded = Math.round(number * 100) / 100.0;
        return this == SPEEDUP_AT_LEAST ? rounded >= bound : rounded <= bound;
      }

      String text(double bound) {
        return (this == SPEEDUP_AT_LEAST ? "at least " : "at most ")
            + Spread.number(bound)
            + (this == AT_MOST ? "" : "x");
      }
    }
  }
}
