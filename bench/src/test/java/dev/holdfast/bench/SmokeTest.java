// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.bench.access.FreshTaskBench;
import dev.holdfast.bench.access.LeaseBench;
import dev.holdfast.bench.access.TaskLocalBench;
import dev.holdfast.bench.access.WithBench;
import dev.holdfast.bench.schedule.ScheduleTable;
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
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;

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

  @Test
  void eachWorkloadOfTheScheduleEndsOnBothSchedulers() throws Exception {
    Table table = new ScheduleTable(1, 1_000, 0, line -> {}).run();
    assertThat(table.rows())
        .hasSizeGreaterThanOrEqualTo(13)
        .allSatisfy(row -> {
          assertThat(row.ours().min()).isPositive();
          assertThat(row.theirs().min()).isPositive();
          assertThat(row.ratio().median()).isPositive();
        });
    assertThat(table.markdown()).contains("| yield_many |", "geometric mean");
    assertThat(table.json()).startsWith("{\"table\":\"schedule\",\"rows\":[{\"name\":");
  }

  @Test
  void wrongCallsExitWith2AndSaySo() {
    for (List<String> arguments :
        List.of(List.of("nothing"), List.of("--rounds", "0"), List.of("--no-such"))) {
      StringWriter said = new StringWriter();
      CommandLine command = Main.command().setErr(new PrintWriter(said));
      assertThat(command.execute(arguments.toArray(String[]::new)))
          .as("%s", arguments)
          .isEqualTo(2);
      assertThat(said.toString()).contains(arguments.getLast());
    }
  }
}
