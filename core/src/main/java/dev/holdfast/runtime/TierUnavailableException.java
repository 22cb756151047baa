// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

/** Thrown when a runtime is asked to start in a tier that this JVM does not offer. */
public final class TierUnavailableException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final Tier tier;

  TierUnavailableException(Tier tier, String message) {
    super(message);
    this.tier = tier;
  }

  /**
   * Returns the tier that was asked for.
   *
   * @return the tier
   */
  public Tier tier() {
    return tier;
  }
}
