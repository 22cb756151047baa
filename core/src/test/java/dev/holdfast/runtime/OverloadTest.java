// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.scheduler.RunQueue;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More than the queues hold, on fewer processors than workers: each task runs exactly once. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class OverloadTest {

  private static final int TASKS = 200 * RunQueue.CAPACITY;
  private static final Duration LONG = Duration.ofSeconds(50);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64})
  @Tag("S67")
  @DisplayName("S67: one task starts far more than a queue holds, and yields; each runs once")
  void aTaskStartsMoreThanAQueueHolds(int workers) throws Exception {
    AtomicIntegerArray runs = new AtomicIntegerArray(TASKS);
    WorkerRuntime runtime = WorkerRuntime.builder().workers(workers).start();
    runtime.run(() -> {
      for (int i = 0; i < TASKS; i++) {
        int mine = i;
        runtime.execute(() -> runs.incrementAndGet(mine));
        if (i % (RunQueue.CAPACITY + 1) == RunQueue.CAPACITY) {
          // With one worker its slot and its queue are full now, and this task needs a place too.
          Thread.yield();
        }
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

  @Test
  @Tag("S67")
  @Tag("long")
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  @DisplayName("S67: 10,000,000 tasks are started and run, and leave no thread and no memory")
  void tenMillionTasks() throws Exception {
    int batches = 100;
    int batch = 100_000;
    LongAdder ran = new LongAdder();
    WorkerRuntime runtime = WorkerRuntime.builder().name("many").start();
    long begun = System.nanoTime();
    for (int i = 0; i < batches; i++) {
      runtime.run(() -> {
        List<Task<Object>> tasks = new ArrayList<>(batch);
        for (int t = 0; t < batch; t++) {
          tasks.add(
              runtime.spawn(() -> {
                ran.increment();
                return null;
              }));
        }
        tasks.forEach(Task::join);
        return null;
      });
    }
    long nanos = System.nanoTime() - begun;
    assertThat(ran.sum()).isEqualTo((long) batches * batch);
    assertThat(runtime.shutdown(LONG, Duration.ZERO).terminated()).isTrue();
    assertThat(VmState.threads("many")).isEmpty();
    System.gc();
    Runtime vm = Runtime.getRuntime();
    long heap = vm.totalMemory() - vm.freeMemory();
    System.out.printf(
        "10,000,000 tasks: %,d ns each, heap left %,d KiB%n", nanos / batches / batch, heap / 1024);
    assertThat(heap).isLessThan(200L << 20);
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
