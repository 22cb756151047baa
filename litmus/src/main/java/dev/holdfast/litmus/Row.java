// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.litmus;

import java.util.List;

/**
 * What was seen of one litmus: of its models and real classes, and of its canaries.
 *
 * @param what the name of the litmus
 * @param tests how many tests it has that were to run
 * @param samples how often they ran, all together
 * @param findings what is wrong, each in a sentence
 * @param caught how many canaries were seen to break
 * @param canaries how many there are
 */
record Row(String what, int tests, long samples, List<String> findings, int caught, int canaries) {

  boolean isGood() {
    return findings.isEmpty() && caught == canaries;
  }

  String text() {
    return "jcstress | %s | %d samples of %d tests | %d findings | %d of %d canaries caught"
        .formatted(what, samples, tests, findings.size(), caught, canaries);
  }

  String json() {
    StringBuilder list = new StringBuilder();
    for (String finding : findings) {
      list.append(list.isEmpty() ? "" : ",").append(quoted(finding));
    }
    return "{\"checker\":\"jcstress\",\"what\":%s,\"count\":%d,\"unit\":\"samples\",\"findings\":[%s],\"canariesCaught\":%d,\"canaries\":%d}"
        .formatted(quoted(what), samples, list, caught, canaries);
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else {
        quoted.append(c < ' ' ? ' ' : c);
      }
    }
    return quoted.append('"').toString();
  }
}
