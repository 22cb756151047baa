// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.List;

/**
 * A row to be measured: what is done, by whom, and what is aimed at.
 *
 * @param name what the row is called, by {@code --row} too
 * @param unit what its numbers are, such as "ns per task"; less is better in every row
 * @param contestants who is measured, Holdfast first
 * @param aims what Holdfast's number should be, beside others or by itself
 */
public record Line(String name, String unit, List<Contestant> contestants, List<Aim> aims) {

  /**
   * What a number of Holdfast's should be.
   *
   * @param peer the contestant that it is divided by, or that divides it; null if it stands alone
   * @param kind how to compare
   * @param bound the bound
   */
  public record Aim(String peer, Kind kind, double bound) {

    /** How an aim compares. */
    public enum Kind {
      /** The peer's number divided by ours is at least the bound. */
      SPEEDUP_AT_LEAST,
      /** Our number divided by the peer's is at most the bound. */
      SHARE_AT_MOST,
      /** Our number is at most the bound. */
      AT_MOST
    }
  }
}
