// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

/**
 * One of those that are measured side by side at a row.
 *
 * @param peer who it is, one of the constants here
 * @param sampler measures it
 */
public record Contestant(String peer, Sampler sampler) {

  /** Holdfast in the carrier tier. */
  public static final String HOLDFAST = "holdfast";

  /** Holdfast in the owned tier. */
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

  /** The least that the row can cost: see the row for what it is. */
  public static final String FLOOR = "floor";
}
