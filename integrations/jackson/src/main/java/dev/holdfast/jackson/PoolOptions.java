// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import java.io.Serializable;
import java.util.Objects;

/**
 * How a pool is called, and what it keeps at the most.
 *
 * <p>What a pool keeps is bounded for each worker, spare ones too, and once more for all threads
 * outside together: what is released past either bound is left to the garbage collector. A pool
 * does not bound how many recyclers are out.
 *
 * @param name the name for messages
 * @param recyclers the most recyclers that are kept at one place, 1 to 65,536
 * @param bytes the most bytes of buffers that are kept at one place, 1 or more; a recycler that has
 *     more by itself is not kept
 * @param tracked whether the pool records where each recycler is taken, and reports those that are
 *     never released
 */
public record PoolOptions(String name, int recyclers, long bytes, boolean tracked)
    implements Serializable {

  private static final int MOST = 65_536;

  private static final PoolOptions DEFAULTS = new PoolOptions("jackson", 16, 1L << 20, false);

  /** Checks the bounds. */
  public PoolOptions {
    Objects.requireNonNull(name, "name must not be null");
    if (name.isBlank()) {
      throw new IllegalArgumentException("name must not be blank, was '" + name + "'");
    }
    if (recyclers < 1 || recyclers > MOST) {
      throw new IllegalArgumentException(
          "recyclers must be 1 to "
              + MOST
              + ", was "
              + recyclers
              + "; to keep none use Jackson's"
              + " nonRecyclingPool()");
    }
    if (bytes < 1) {
      throw new IllegalArgumentException(
          "bytes must be 1 or more, was " + bytes + "; a recycler has mostly 16 to 40 KiB");
    }
  }

  /**
   * Returns the defaults: named {@code jackson}; 16 recyclers and 1 MiB at each place; not tracked.
   *
   * @return the defaults
   */
  public static PoolOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns these options with another name.
   *
   * @param other not blank
   * @return the options
   */
  public PoolOptions named(String other) {
    return new PoolOptions(other, recyclers, bytes, tracked);
  }

  /**
   * Returns these options with another bound on the recyclers that are kept at one place.
   *
   * @param most 1 to 65,536
   * @return the options
   */
  public PoolOptions recyclers(int most) {
    return new PoolOptions(name, most, bytes, tracked);
  }

  /**
   * Returns these options with another bound on the bytes that are kept at one place.
   *
   * @param most 1 or more
   * @return the options
   */
  public PoolOptions bytes(long most) {
    return new PoolOptions(name, recyclers, most, tracked);
  }

  /**
   * Returns these options for a pool that records where each recycler is taken: misuse names the
   * place, and what is collected without having been released is logged with it, as a warning to
   * the {@link System.Logger} named {@code dev.holdfast}, and counted. It costs a stack trace for
   * each parser and printer: to find those that nobody closes, not for production.
   *
   * @return the options
   */
  public PoolOptions trackPlaces() {
    return new PoolOptions(name, recyclers, bytes, true);
  }
}
