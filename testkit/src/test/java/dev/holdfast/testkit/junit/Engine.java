// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Runs test classes in an engine of their own, and tells how they failed. */
final class Engine {

  private Engine() {}

  static EngineExecutionResults run(Class<?> tests) {
    return EngineTestKit.engine("junit-jupiter").selectors(selectClass(tests)).execute();
  }

  static EngineExecutionResults run(Class<?> tests, String parameter, String value) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter(parameter, value)
        .selectors(selectClass(tests))
        .execute();
  }

  /** Returns what the tests and containers that failed have thrown. */
  static List<Throwable> failures(EngineExecutionResults results) {
    return results.allEvents().failed().stream()
        .map(event -> event.getRequiredPayload(TestExecutionResult.class))
        .map(result -> result.getThrowable().orElseThrow())
        .toList();
  }
}
