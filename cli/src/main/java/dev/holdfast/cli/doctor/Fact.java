// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a probe tells, as a line on its standard output. */
final class Fact {

  /** Keeps facts apart from whatever else the JVM or a logger prints. */
  private static final String MARK = "holdfast-doctor ";

  private Fact() {}

  /** Tells a fact; by a probe. */
  static void tell(String name, Object value) {
    System.out.println(MARK + name + "=" + value);
    System.out.flush();
  }

  /** Finds the facts in what a probe printed, in the order they were told. */
  static Map<String, String> in(List<String> lines) {
    Map<String, String> facts = new LinkedHashMap<>();
    for (String line : lines) {
      int equals = line.indexOf('=');
      if (line.startsWith(MARK) && equals > 0) {
        facts.put(line.substring(MARK.length(), equals), line.substring(equals + 1));
      }
    }
    return facts;
  }
}
