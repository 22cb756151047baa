// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.Internals;
import dev.holdfast.jdk.ThreadExit;
import dev.holdfast.jdk.VirtualThreads;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What this JVM, started as it was, offers: the best tier, and what is missing for a better one.
 *
 * <p>For reports and start-up checks; {@code ./holdfast doctor} prints it. It is immutable and
 * holds nothing. It does not look at the system property {@code holdfast.tier}, which chooses among
 * the tiers that are offered.
 */
public final class TierSupport {

  private final @Nullable String missing;
  private final @Nullable String exitMissing;
  private final List<String> found;
  private final List<String> absent;

  private TierSupport() {
    missing = VirtualThreads.missing();
    exitMissing = ThreadExit.missing();
    found = Internals.found();
    absent = Internals.absent();
  }

  /**
   * Looks at this JVM. May be called on any thread, before any runtime is started, and throws
   * nothing. The first call in a JVM may start short-lived threads and wait for their end.
   *
   * @return what it offers
   */
  public static TierSupport ofThisJvm() {
    return new TierSupport();
  }

  /**
   * Returns the best tier that is offered.
   *
   * @return the tier of a runtime for which neither the builder nor the property demands one
   */
  public Tier tier() {
    return missing == null ? Tier.CARRIER : Tier.OWNED;
  }

  /**
   * Says why the carrier tier is not offered.
   *
   * @return a sentence with the flag or the internal that is missing, or empty if it is offered
   */
  public Optional<String> missing() {
    return Optional.ofNullable(missing);
  }

  /**
   * Says why nothing is told of the end of a thread that nobody prepared for it.
   *
   * @return a sentence with what is missing, or empty if there is such a hook
   */
  public Optional<String> threadExitHookMissing() {
    return Optional.ofNullable(exitMissing);
  }

  /**
   * Returns the internals of the JDK that are used in the carrier tier and that this JVM declares,
   * whether or not they are opened to this library.
   *
   * @return their names, unmodifiable
   */
  public List<String> internalsFound() {
    return found;
  }

  /**
   * Returns the internals of the JDK that are used and that this JVM does not declare.
   *
   * @return their names, unmodifiable; empty on the JDK that this version was made for
   */
  public List<String> internalsAbsent() {
    return absent;
  }
}
