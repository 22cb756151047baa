// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Contestant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Something that schedulers are timed at.
 *
 * @param name what the tables call it
 * @param operation what it does {@code size} times
 * @param size how many operations one run has; times are quoted per operation
 * @param least how often a sample runs it at least
 * @param limitNanos how long a run takes at least if it was ended because it took too long
 * @param run does it once on virtual threads, called by a platform thread; returns when all is done
 * @param rivals who else does it, and how
 * @param note what is to be known of it; may be empty
 */
public record Workload(
    String name,
    String operation,
    int size,
    int least,
    long limitNanos,
    Body run,
    List<Rival> rivals,
    String note) {

  /** How long a scheduler is given to run what waits beside tasks that keep it busy. */
  public static final long STARVED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final int LEAST = 3;

  /** The code of a workload. */
  @FunctionalInterface
  public interface Body {
    /**
     * Runs {@code size} operations.
     *
     * @param carriers what runs them
     */
    void run(Carriers carriers, int size) throws Exception;
  }

  /** The code of a floor. */
  @FunctionalInterface
  public interface FloorBody {
    /** Runs {@code size} operations. */
    void run(int size) throws Exception;
  }

  /**
   * One that does it without virtual threads.
   *
   * @param peer who
   * @param about what it does, if that is not the same code; else empty
   * @param body its code
   */
  public record Rival(String peer, String about, Body body) {}

  /** Makes one that only schedulers of virtual threads do. */
  public Workload(String name, String operation, int size, Body run) {
    this(name, operation, size, LEAST, Long.MAX_VALUE, run, List.of(), "");
  }

  /** Adds one who does it with the same code. */
  public Workload with(String peer) {
    return with(peer, "", run);
  }

  /** Adds one who does it with code of its own. */
  public Workload with(String peer, String about, Body body) {
    List<Rival> more = new ArrayList<>(rivals);
    more.add(new Rival(peer, about, body));
    return new Workload(name, operation, size, least, limitNanos, run, more, note);
  }

  /** Adds the least that it can cost. */
  public Workload floor(String about, FloorBody body) {
    return floor(Contestant.FLOOR, about, body);
  }

  /** Adds another least that it can cost. */
  public Workload floor(String peer, String about, FloorBody body) {
    return with(peer, about, (carriers, count) -> body.run(count));
  }

  /** Returns this workload run once for a sample, if no time is left: it is a long one. */
  public Workload once() {
    return new Workload(name, operation, size, 1, limitNanos, run, rivals, note);
  }

  /** Returns this workload with a note. */
  public Workload noted(String text) {
    return new Workload(name, operation, size, least, limitNanos, run, rivals, text);
  }

  /** Returns this workload with another size. */
  public Workload of(int other) {
    return new Workload(name, operation, other, least, limitNanos, run, rivals, note);
  }

  /** Returns what a time per operation is at least if its run was ended. */
  public double limit() {
    return (double) limitNanos / size;
  }

  /** Returns this workload, which ends by itself after {@link #STARVED_NANOS}. */
  public Workload limited() {
    return new Workload(name, operation, size, least, STARVED_NANOS, run, rivals, note);
  }
}
