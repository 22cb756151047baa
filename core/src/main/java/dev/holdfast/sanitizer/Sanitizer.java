// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.sanitizer;

import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whether this JVM runs with the sanitiser: what the system property {@code holdfast.sanitize} said
 * when the library was first used.
 *
 * <p>Constants, so that the compiler leaves out what is behind them while it is off. Code on the
 * path of an access asks one of them and calls something out of line.
 */
public final class Sanitizer {

  /** Turns the sanitiser on. */
  public static final String PROPERTY = "holdfast.sanitize";

  /** One take in so many is tracked if the property does not say; see docs/sanitizer.md. */
  static final int DEFAULT_EVERY = 4096;

  private static final int MAX_EVERY = 1_000_000_000;

  /**
   * What a value of the property means.
   *
   * @param every one take in so many is tracked; 0 for none
   * @param sampled whether takes are sampled, and the rest is left out
   * @param wrong what is wrong with the value, or null
   */
  record Setting(int every, boolean sampled, @Nullable String wrong) {}

  private static final Setting SETTING = read(System.getProperty(PROPERTY));

  /** Whether anything is recorded. */
  public static final boolean ON = SETTING.every != 0;

  /** Whether everything is: each take, and the values of tasks. */
  public static final boolean ALL = ON && !SETTING.sampled;

  private Sanitizer() {}

  static Setting read(@Nullable String given) {
    String value = given == null ? "false" : given.toLowerCase(Locale.ROOT);
    if (value.equals("true")) {
      return new Setting(1, false, null);
    }
    if (value.equals("false")) {
      return new Setting(0, false, null);
    }
    if (value.equals("sample")) {
      return new Setting(DEFAULT_EVERY, true, null);
    }
    int every = value.startsWith("sample:") ? number(value.substring("sample:".length())) : 0;
    return every > 0
        ? new Setting(every, true, null)
        : new Setting(
            0,
            false,
            "system property "
                + PROPERTY
                + " must be 'true', 'false', 'sample' or 'sample:N' with N from 1 to "
                + MAX_EVERY
                + ", of which one in N leases and guards is tracked; not '"
                + given
                + "'");
  }

  /** Returns what a text says, or 0 if that is no number in the range. */
  private static int number(String text) {
    try {
      int number = Integer.parseInt(text);
      return number <= MAX_EVERY ? number : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /**
   * Checks the property; by who starts a runtime.
   *
   * @throws IllegalArgumentException if it is none of what it can be
   */
  public static void check() {
    check(SETTING);
  }

  static void check(Setting setting) {
    if (setting.wrong != null) {
      throw new IllegalArgumentException(setting.wrong);
    }
  }

  /** Says what is tracked, for the log; null if nothing is. */
  public static @Nullable String told() {
    return told(SETTING);
  }

  static @Nullable String told(Setting setting) {
    if (setting.every == 0) {
      return null;
    }
    return setting.sampled
        ? "the sanitiser is on for one in " + setting.every + " leases and guards"
        : "the sanitiser is on for every access, which takes microseconds each: not for production";
  }

  /**
   * Returns how many takes come before the next one that is tracked, that one included. Not always
   * the same number: a program that takes the same few things again and again would have the same
   * one tracked each time.
   */
  public static int gap() {
    int every = SETTING.every;
    return every <= 1 ? 1 : ThreadLocalRandom.current().nextInt(1, 2 * every);
  }
}
