// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

/**
 * What stands above a picture.
 *
 * @param title what it shows
 * @param subtitle on which machine it was measured, and when
 */
public record Caption(String title, String subtitle) {

  private static final int TITLE_LIMIT = 80;
  private static final int SUBTITLE_LIMIT = 125;

  /** Refuses what does not fit above a picture. */
  public Caption {
    requireAtMost("title", title, TITLE_LIMIT);
    requireAtMost("subtitle", subtitle, SUBTITLE_LIMIT);
  }

  private static void requireAtMost(String what, String text, int limit) {
    if (text.length() > limit) {
      throw new IllegalArgumentException(
          "a "
              + what
              + " has room for "
              + limit
              + " characters, and this has "
              + text.length()
              + ": "
              + text);
    }
  }
}
