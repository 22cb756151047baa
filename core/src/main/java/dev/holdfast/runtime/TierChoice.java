// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Decides in which tier a runtime runs, and says why. */
final class TierChoice {

  /** Names the tier of runtimes for which the builder demands none. */
  static final String PROPERTY = "holdfast.tier";

  private static final System.Logger LOG = System.getLogger("dev.holdfast");

  // Whether it was said why the better tier is not used: once is enough for a JVM.
  private static final AtomicBoolean SAID = new AtomicBoolean();

  private TierChoice() {}

  /**
   * Returns the tier.
   *
   * @param demanded by the builder, or null
   * @throws TierUnavailableException if a tier is demanded that this JVM does not offer
   * @throws IllegalArgumentException if the property names no tier
   */
  static Tier of(@Nullable Tier demanded) {
    Tier wanted = demanded == null ? ofProperty() : demanded;
    if (wanted == Tier.OWNED) {
      return Tier.OWNED;
    }
    String missing = VirtualThreads.missing();
    if (missing == null) {
      return Tier.CARRIER;
    }
    if (wanted == Tier.CARRIER) {
      throw new TierUnavailableException(Tier.CARRIER, "tier CARRIER is not available: " + missing);
    }
    if (SAID.compareAndSet(false, true)) {
      LOG.log(
          System.Logger.Level.INFO,
          () -> "runtimes of this JVM run in tier OWNED; for tier CARRIER: " + missing);
    }
    return Tier.OWNED;
  }

  private static @Nullable Tier ofProperty() {
    String given = System.getProperty(PROPERTY);
    if (given == null) {
      return null;
    }
    return switch (given.toLowerCase(Locale.ROOT)) {
      case "carrier" -> Tier.CARRIER;
      case "owned" -> Tier.OWNED;
      default ->
          throw new IllegalArgumentException(
              "system property " + PROPERTY + " must be 'carrier' or 'owned', not '" + given + "'");
    };
  }
}
