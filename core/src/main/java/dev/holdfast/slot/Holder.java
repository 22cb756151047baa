// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.shutdown.ShutdownReport;
import org.jspecify.annotations.Nullable;

/** Something that can hold the barrier back, and can say so in a report. */
public interface Holder {

  /**
   * Describes this holder; called by a reporting thread, at any time.
   *
   * @param now the time to reckon its age to
   * @return the description, or null if it holds nothing now
   */
  ShutdownReport.@Nullable Holder describe(long now);

  /** Returns the local whose value is held, or null if it is not a single one's; any thread. */
  default @Nullable LocalKey key() {
    return null;
  }
}
