// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import java.time.Duration;
import java.util.List;

/**
 * What was seen of one scenario.
 *
 * @param what the scenario
 * @param seeds how many runs it had, those of canaries not counted
 * @param took how long it took, with the canaries
 * @param findings what is wrong
 * @param caught how many canaries were seen to be wrong, for what they do wrong
 * @param canaries how many there are
 */
record Row(
    String what, long seeds, Duration took, List<String> findings, int caught, int canaries) {

  boolean isGood() {
    return seeds > 0 && findings.isEmpty() && canaries > 0 && caught == canaries;
  }

  String text() {
    return "simulation | %s | %d seeds, %d ms | %d findings | %d of %d canaries caught"
        .formatted(what, seeds, took.toMillis(), findings.size(), caught, canaries);
  }

  String json() {
    StringBuilder list = new StringBuilder();
    for (String finding : findings) {
      list.append(list.isEmpty() ? "" : ",").append(quoted(finding));
    }
    return ("{\"checker\":\"simulation\",\"what\":%s,\"count\":%d,\"unit\":\"seeds\",\"findings\":[%s],"
            + "\"canariesCaught\":%d,\"canaries\":%d,\"millis\":%d}")
        .formatted(quoted(what), seeds, list, caught, canaries, took.toMillis());
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        quoted.append("\\n");
      } else if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else {
        quoted.append(c < ' ' ? ' ' : c);
      }
    }
    return quoted.append('"').toString();
  }
}
