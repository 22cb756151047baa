// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

/**
 * One of those that are measured side by side at a row.
 *
 * @param peer who it is, one of the constants here
 * @param sampler measures it
 * @param about what it does, where that does not go without saying; else empty
 */
public record Contestant(String peer, Sampler sampler, String about) {

  /** Holdfast in the carrier tier. */
  public static final String HOLDFAST = "holdfast";

  /** Holdfast in the owned tier; measured only if it is asked for by name. */
  public static final String OWNED = "holdfast-owned";

  /** The JDK's default scheduler of virtual threads. */
  public static final String JDK = "jdk";

  /** A ForkJoinPool, without virtual threads. */
  public static final String FORK_JOIN = "forkjoin";

  /** A fixed pool of platform threads. */
  public static final String FIXED = "fixed";

  /** Tokio, in another process. */
  public static final String TOKIO = "tokio";

  /** Go, in another process. */
  public static final String GO = "go";

  /**
   * The least that the row can cost: see the row for what it is. A second one of the same row has a
   * name that begins with this and a hyphen.
   */
  public static final String FLOOR = "floor";

  /** Makes one of which nothing has to be said. */
  public Contestant(String peer, Sampler sampler) {
    this(peer, sampler, "");
  }

  /** Says whether this is no scheduler, but the least that the row can cost. */
  public boolean isFloor() {
    return isFloor(peer);
  }

  static boolean isFloor(String peer) {
    return peer.equals(FLOOR) || peer.startsWith(FLOOR + "-");
  }
}
