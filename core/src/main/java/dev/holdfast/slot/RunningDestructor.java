// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The destructor that runs on an owner, if any: for reports, which may be late. */
final class RunningDestructor {

  // Written on the owner, read by whoever makes a report: volatile, the time before the value.
  private volatile long since;
  private volatile @Nullable Destructible value;

  void begins(Destructible of) {
    since = System.nanoTime();
    value = of;
  }

  void ended() {
    value = null;
  }

  /**
   * Describes it; any thread.
   *
   * @param owner the name of its owner
   * @param thread the thread that it runs on
   * @return the description, or null if none runs
   */
  ShutdownReport.@Nullable Holder describe(String owner, Thread thread, long now) {
    Destructible running = value;
    return running == null
        ? null
        : new ShutdownReport.Holder(
            ShutdownReport.Kind.DESTRUCTOR,
            running.name(),
            owner,
            Duration.ofNanos(Math.max(0, now - since)),
            List.of(thread.getStackTrace()));
  }
}
