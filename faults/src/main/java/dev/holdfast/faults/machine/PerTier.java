// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.runtime.Tier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs a check in each tier, as often as it is to, and then each of its canaries. */
final class PerTier {

  private PerTier() {}

  /** The check, over one runtime. */
  interface Once<C> {
    /**
     * Runs it.
     *
     * @param name of the runtime
     * @param canary what is wrong on purpose, or null
     */
    void run(String name, Tier tier, @Nullable C canary, Findings findings, Outside outside)
        throws Exception;
  }

  /**
   * Runs a check and its canaries, and tells what came of it.
   *
   * @param name what the names of the runtimes begin with
   * @param about what the row says after it
   * @param times how often, in each tier
   * @param canariesIn the tier of the canaries
   * @param seenAs what the finding says by which a canary is noticed
   */
  static <C> Row run(
      String name,
      String about,
      int times,
      Once<C> once,
      Tier canariesIn,
      C[] canaries,
      Function<C, String> seenAs)
      throws Exception {
    long began = System.nanoTime();
    Findings findings = new Findings();
    int runs = 0;
    try (Outside outside = new Outside()) {
      for (int i = 0; i < times; i++) {
        for (Tier tier : Tier.values()) {
          once.run(name + "-" + i, tier, null, findings, outside);
          runs++;
        }
      }
      int caught = 0;
      for (C each : canaries) {
        Findings wrong = new Findings();
        once.run(name + "-" + each, canariesIn, each, wrong, outside);
        caught += wrong.mentions(seenAs.apply(each)) ? 1 : 0;
      }
      return Row.of(name + ": " + about, runs, findings, began)
          .withCanaries(caught, canaries.length);
    }
  }
}
