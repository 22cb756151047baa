// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a recycler is released that is not out: a second time, or to a pool that it is not
 * from. The cause says where it was taken, if the pool records that: {@link
 * PoolOptions#trackPlaces()}.
 */
public final class RecyclerMisuseException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /**
   * For the pools.
   *
   * @param message what happened, and what to do
   * @param taken where the recycler was taken, or null if that is not known
   */
  public RecyclerMisuseException(String message, @Nullable Throwable taken) {
    super(message, taken);
  }
}
