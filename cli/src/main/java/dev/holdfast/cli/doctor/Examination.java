// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import dev.holdfast.runtime.TierSupport;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was found out.
 *
 * @param support what the JVM of this command offers
 * @param starts what became of each way to start a program
 * @param findings what was seen of the ends of threads
 */
record Examination(TierSupport support, List<Tried> starts, List<Finding> findings) {

  /**
   * A way to start a program.
   *
   * @param start the way
   * @param tier the tier that its probe told, or null
   * @param hook whether it has the thread-exit hook, or null if it is not known
   * @param missing what its probe told to be missing for the carrier tier, or null
   * @param failure why there is no tier, though it was tried, or null
   */
  record Tried(
      Start start,
      @Nullable String tier,
      @Nullable Boolean hook,
      @Nullable String missing,
      @Nullable String failure) {}

  /**
   * Something that a JVM does or does not.
   *
   * @param name a short name for it
   * @param sentence what it does, if the answer is yes
   * @param seen the answer, or null if there was none
   * @param failure why there was none, or null
   */
  record Finding(String name, String sentence, @Nullable Boolean seen, @Nullable String failure) {}

  /** Says whether a tier works in each way that could be tried. */
  boolean good() {
    return starts.stream().allMatch(tried -> tried.failure() == null)
        && findings.stream().allMatch(finding -> finding.failure() == null);
  }

  /** Returns what is missing for the carrier tier, each with the ways in which it is. */
  Map<String, Set<String>> missing() {
    Map<String, Set<String>> ways = new LinkedHashMap<>();
    for (Tried tried : starts) {
      String missing = tried.missing();
      if (missing != null) {
        ways.computeIfAbsent(missing, key -> new LinkedHashSet<>()).add(tried.start().way());
      }
    }
    return ways;
  }
}
