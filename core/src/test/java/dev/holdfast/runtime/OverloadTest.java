// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.scheduler.RunQueue;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More than the queues hold, on fewer processors than workers: each task runs exactly once. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OverloadTest {

  private static final int TASKS = 200 * RunQueue.CAPACITY;
  private static final Duration LONG = Duration.ofSeconds(50);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64})
  @Tag("S67")
  @DisplayName("S67: one task starts far more than a queue holds; each runs once")
  void aTaskStartsMoreThanAQueueHolds(int workers) throws Exception {
    AtomicIntegerArray runs = new AtomicIntegerArray(TASKS);
    WorkerRuntime runtime = WorkerRuntime.builder().workers(workers).start();
    runtime.run(() -> {
      for (int i = 0; i < TASKS; i++) {
        int mine = i;
        runtime.execute(() -> runs.incrementAndGet(mine));
      }
      return null;
    });
    assertEachRanOnce(runs, runtime.shutdown(LONG, Duration.ZERO));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64})
  @Tag("S67")
  @DisplayName("S67: threads outside start more than the workers can run; each runs once, yields")
  void threadsOutsideStartMoreThanWorkersRun(int workers) throws Exception {
    AtomicIntegerArray runs = new AtomicIntegerArray(TASKS);
    WorkerRuntime runtime = WorkerRuntime.builder().workers(workers).start();
    List<Thread> starters = new ArrayList<>();
    for (int s = 0; s < 4; s++) {
      int first = s;
      starters.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = first; i < TASKS; i += 4) {
                  int mine = i;
                  runtime.execute(() -> {
                    Thread.yield();
                    runs.incrementAndGet(mine);
                  });
                }
              }));
    }
    for (Thread starter : starters) {
      starter.join();
    }
    assertEachRanOnce(runs, runtime.shutdown(LONG, Duration.ZERO));
  }

  private static void assertEachRanOnce(AtomicIntegerArray runs, ShutdownReport report) {
    assertThat(report.terminated()).as(report.toString()).isTrue();
    BitSet wrong = new BitSet();
    for (int i = 0; i < runs.length(); i++) {
      wrong.set(i, runs.get(i) != 1);
    }
    assertThat(wrong.cardinality()).as("tasks that ran not at all, or twice").isZero();
  }
}
