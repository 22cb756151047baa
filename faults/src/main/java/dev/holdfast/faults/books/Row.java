// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.books;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The result of one check, as one line of JSON.
 *
 * @param checker what was run
 * @param what what it looks for, in a few words
 * @param runs how often it was tried
 * @param findings how many things were wrong
 * @param examples the first of them, in words
 * @param caught how many faults that were put in on purpose were found
 * @param expected how many of those there were
 * @param took how long it took, without what was put in on purpose
 */
public record Row(
    String checker,
    String what,
    long runs,
    long findings,
    List<String> examples,
    int caught,
    int expected,
    Duration took) {

  private static final String CHECKER = "faults";
  private static final int MOST_EXAMPLES = 20;

  /** Makes a row; the list is copied, and cut. */
  public Row {
    examples = examples.stream().limit(MOST_EXAMPLES).toList();
  }

  /**
   * Makes the row of a check that has had no canary yet.
   *
   * @param began when it began, as {@link System#nanoTime}
   */
  public static Row of(String what, long runs, Findings found, long began) {
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    return new Row(CHECKER, what, runs, found.count(), found.kept(), 0, 0, took);
  }

  /** Makes the row of a check that did not come to its end. */
  public static Row broken(String what, String finding, Duration took) {
    return new Row(CHECKER, what, 0, 1, List.of(finding), 0, 0, took);
  }

  /** Returns this with what its canaries came to. */
  public Row withCanaries(int nowCaught, int nowExpected) {
    return new Row(checker, what, runs, findings, examples, nowCaught, nowExpected, took);
  }

  /** Says whether something was run, nothing was found, and there are canaries, all caught. */
  public boolean passed() {
    return runs > 0 && findings == 0 && expected > 0 && caught == expected;
  }

  /** Returns this in one line of JSON, with the names that the rows of all checkers have. */
  public String json() {
    List<String> told = new ArrayList<>(examples);
    if (findings > examples.size()) {
      told.add("and " + (findings - examples.size()) + " more");
    }
    return "{\"checker\":"
        + quoted(checker)
        + ",\"what\":"
        + quoted(what)
        + ",\"count\":"
        + runs
        + ",\"unit\":\"runs\",\"seconds\":"
        + took.toMillis() / 1000.0
        + ",\"findings\":"
        + told.stream().map(Row::quoted).collect(Collectors.joining(",", "[", "]"))
        + ",\"canariesCaught\":"
        + caught
        + ",\"canaries\":"
        + expected
        + ",\"good\":"
        + passed()
        + "}";
  }

  /** Returns a text as a string of JSON. */
  public static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        default -> {
          if (c < ' ') {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }
}
