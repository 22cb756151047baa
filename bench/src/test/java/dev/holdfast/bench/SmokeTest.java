// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.bench.access.AccessTable;
import dev.holdfast.bench.access.FreshTaskBench;
import dev.holdfast.bench.access.LeaseBench;
import dev.holdfast.bench.access.TaskLocalBench;
import dev.holdfast.bench.access.WithBench;
import dev.holdfast.bench.peers.Peers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Everything that measures runs, and says something; what it says is no test. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SmokeTest {

  @Test
  void eachBenchmarkOfAccessGivesATimeOnAVirtualThreadOfTheWorkers() throws Exception {
    System.setProperty("jmh.executor", "CUSTOM");
    System.setProperty("jmh.executor.class", WorkersExecutor.class.getName());
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(WithBench.class.getName())
                    .include(LeaseBench.class.getName())
                    .include(TaskLocalBench.class.getName())
                    .include(FreshTaskBench.class.getName())
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(5))
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results)
        .allSatisfy(result -> assertThat(result.getPrimaryResult().getScore()).isPositive());
    Set<String> ran =
        results.stream()
            .map(result -> result.getParams().getBenchmark())
            .collect(Collectors.toSet());
    assertThat(ran)
        .isEqualTo(
            declared(
                WithBench.class, LeaseBench.class, TaskLocalBench.class, FreshTaskBench.class));
  }

  private static Set<String> declared(Class<?>... classes) {
    return Stream.of(classes)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> method.isAnnotationPresent(Benchmark.class))
        .map(method -> method.getDeclaringClass().getName() + "." + method.getName())
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @MethodSource("tables")
  void eachRowOfEachTableGivesANumberForEachContestant(Tables.Entry entry) {
    try (Suite suite = entry.open().apply(Config.tiny())) {
      // Those of other programs may not be installed; they have a test of their own.
      List<Line> lines =
          suite.lines().stream().map(line -> line.without(Set.copyOf(Peers.NAMES))).toList();
      Result result =
          new Session(
                  suite,
                  lines,
                  1,
                  new Progress("test", new PrintWriter(new StringWriter()), System::nanoTime))
              .run();
      assertThat(result.rows()).hasSameSizeAs(lines);
      for (Result.Row row : result.rows()) {
        assertThat(row.outcomes())
            .as("%s: %s", row.line().name(), row.notes())
            .hasSameSizeAs(row.line().contestants())
            .allSatisfy(outcome -> assertThat(outcome.spread().min()).isNotNegative());
      }
      assertThat(Markdown.of(result)).contains("## " + entry.name(), "| row ");
    }
  }

  /** Those of access are JVMs of their own: their benchmarks are run above. */
  static Stream<Tables.Entry> tables() {
    return Tables.ALL.stream().filter(entry -> !entry.name().equals(AccessTable.NAME));
  }
}
