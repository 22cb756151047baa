// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.litmus;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.GradingResult;

/**
 * Says of what jcstress has seen whether it is good: every test ran, and raced; no model and no
 * real class did what is forbidden; every canary did what it is there for.
 */
final class Judge {

  /** What was seen of one test, in all its runs. */
  private static final class Seen {
    private final TreeSet<String> outcomes = new TreeSet<>();
    private final TreeSet<String> failures = new TreeSet<>();
    private long samples;
    private long broke;
  }

  private Judge() {}

  /**
   * Makes a row for each litmus.
   *
   * @param expected the names of the tests that were to run
   */
  static List<Row> judge(Collection<String> expected, Collection<TestResult> results) {
    Map<String, Seen> seen = seen(results);
    Map<String, List<String>> litmuses = new TreeMap<>();
    for (String test : expected) {
      int dot = test.lastIndexOf('.');
      litmuses.computeIfAbsent(test.substring(0, dot), _ -> new ArrayList<>()).add(test);
    }
    List<Row> rows = new ArrayList<>();
    litmuses.forEach((litmus, tests) -> rows.add(row(litmus, tests, seen)));
    return rows;
  }

  /**
   * Says which tests have to run for longer before anything can be said of them: who sees no race
   * may have had no processor for it.
   */
  static List<String> undecided(Collection<String> expected, Collection<TestResult> results) {
    Map<String, Seen> all = seen(results);
    return expected.stream().filter(test -> isUndecided(test, all.get(test))).toList();
  }

  private static boolean isUndecided(String test, @Nullable Seen seen) {
    return seen != null
        && seen.failures.isEmpty()
        && (isCanary(test) ? seen.broke == 0 : seen.outcomes.size() < 2);
  }

  private static boolean isCanary(String test) {
    return role(test).startsWith("Broken");
  }

  private static String role(String test) {
    return test.substring(test.lastIndexOf('.') + 1);
  }

  private static Map<String, Seen> seen(Collection<TestResult> results) {
    Map<String, Seen> seen = new TreeMap<>();
    for (TestResult result : results) {
      add(seen.computeIfAbsent(result.getName(), _ -> new Seen()), result);
    }
    return seen;
  }

  private static void add(Seen seen, TestResult result) {
    seen.samples += result.getTotalCount();
    if (result.status() != Status.NORMAL) {
      seen.failures.add("ended as " + result.status() + " " + result.getMessages());
    }
    for (GradingResult each : result.grading().gradingResults.values()) {
      if (each.count == 0) {
        continue;
      }
      seen.outcomes.add(each.id);
      if (each.expect == Expect.ACCEPTABLE_INTERESTING) {
        seen.broke += each.count;
      } else if (each.expect != Expect.ACCEPTABLE) {
        seen.failures.add(each.count + " times [" + each.id + "]: " + each.description);
      }
    }
  }

  private static Row row(String litmus, List<String> tests, Map<String, Seen> all) {
    List<String> findings = new ArrayList<>();
    long samples = 0;
    int canaries = 0;
    int caught = 0;
    for (String test : tests) {
      String role = role(test);
      boolean canary = isCanary(test);
      if (!canary && !role.startsWith("Model") && !role.startsWith("Real")) {
        findings.add(role + " is no Model, Real or Broken: name it after what it is");
      }
      canaries += canary ? 1 : 0;
      Seen seen = all.get(test);
      if (seen == null || seen.samples == 0) {
        findings.add(role + " has not run");
        continue;
      }
      samples += seen.samples;
      seen.failures.forEach(failure -> findings.add(role + " " + failure));
      if (canary) {
        caught += seen.broke > 0 ? 1 : 0;
      } else if (seen.outcomes.size() < 2) {
        findings.add(role + " saw nothing but " + seen.outcomes + ": its actors did not race");
      } else if (seen.broke > 0) {
        findings.add(role + " did " + seen.broke + " times what only a canary may do");
      }
    }
    return new Row(
        litmus.substring(litmus.lastIndexOf('.') + 1),
        tests.size(),
        samples,
        findings,
        caught,
        canaries);
  }
}
