// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples;

import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Counts in many tasks without an atomic or a lock: each worker has its own counter, and what they
 * come to is added up at the end.
 */
public final class CounterPerWorker {

  private static final int TASKS = 10_000;

  /** Not thread-safe: {@code update} runs alone on its worker. */
  private static final class Counter {
    private long count;
  }

  private CounterPerWorker() {}

  /** Runs the program. */
  public static void main(String[] args) throws Exception {
    WorkerLocal<Counter> counters = WorkerLocal.of(Counter::new);
    // A worker's reference is always the same object, so that the set has one for each worker.
    Set<LocalRef<Counter>> references = ConcurrentHashMap.newKeySet();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(4).start()) {
      List<Task<Boolean>> tasks =
          IntStream.range(0, TASKS)
              .mapToObj(_ ->
                  runtime.<Boolean>spawn(() -> {
                    counters.update(counter -> counter.count++);
                    return references.add(counters.ref());
                  }))
              .toList();
      // After the joins no task counts any more, and all of them see what was counted.
      tasks.forEach(Task::join);
      long sum =
          runtime.run(
              () -> references.stream().mapToLong(reference -> reference.get().count).sum());
      System.out.println(TASKS + " tasks counted " + sum);
    }
  }
}
