// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Starts a JVM, waits for its end, and says what the probe in it told. */
interface Launcher {

  /**
   * What became of a JVM.
   *
   * @param facts what its probe told, in order
   * @param failure a sentence if it did not end well, or null
   */
  record Told(Map<String, String> facts, @Nullable String failure) {

    /** Says whether a probe told that something is so; null if it told nothing of it. */
    @Nullable Boolean isSo(String fact) {
      String value = facts.get(fact);
      return value == null ? null : Boolean.valueOf(value);
    }
  }

  /** Starts {@code java} with these words, within a deadline of its own. */
  Told launch(List<String> words) throws IOException, InterruptedException;
}
