// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.testing.Await;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Loads that always have a task ready on each worker, and others that must make progress beside
 * them. No spare workers, unless said: nothing but the order in which a worker takes tasks helps.
 */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class FairnessTest {

  private static final WorkerLocal<Object> LOCAL = WorkerLocal.of(Object::new);

  /** What must make progress beside a load. */
  private enum Third {

    /** A task that yields often. */
    YIELDS {
      @Override
      void progress(WorkerRuntime runtime) throws Exception {
        runtime
            .spawn(() -> {
              for (int i = 0; i < 500; i++) {
                Thread.yield();
              }
              return null;
            })
            .get();
      }
    },

    /** Tasks from outside, each waited for. */
    FROM_OUTSIDE {
      @Override
      void progress(WorkerRuntime runtime) throws Exception {
        for (int i = 0; i < 100; i++) {
          assertThat(runtime.submit(() -> 42).get()).isEqualTo(42);
        }
      }
    },

    /** A task that sleeps, so that only a timer can make it ready. */
    SLEEPS {
      @Override
      void progress(WorkerRuntime runtime) throws Exception {
        runtime
            .spawn(() -> {
              // So often that the monitor, which fires the timers of a stopped worker, is no help.
              for (int i = 0; i < 100; i++) {
                Thread.sleep(1);
              }
              return null;
            })
            .get();
      }
    },

    /** A task that is woken by a thread that is no worker. */
    WOKEN_FROM_OUTSIDE {
      @Override
      void progress(WorkerRuntime runtime) throws Exception {
        AtomicInteger given = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        Task<?> task =
            runtime.spawn(() -> {
              for (int i = 1; i <= 100; i++) {
                while (given.get() < i) {
                  LockSupport.park();
                }
                taken.set(i);
              }
              return null;
            });
        for (int i = 1; i <= 100; i++) {
          given.set(i);
          LockSupport.unpark(task.thread());
          int wanted = i;
          Await.until("wake-up " + i + " was taken", () -> taken.get() == wanted);
        }
        task.get();
      }
    },

    /** Calls on the worker's own thread. */
    CALLS_THE_OWNER {
      @Override
      void progress(WorkerRuntime runtime) throws Exception {
        runtime
            .spawn(() -> {
              for (int i = 0; i < 100; i++) {
                LOCAL.onOwner(value -> value);
              }
              return null;
            })
            .get();
      }
    },

    /** A tree of tasks that start tasks. */
    SPAWNS {
      @Override
      void progress(WorkerRuntime runtime) throws Exception {
        assertThat(runtime.spawn(() -> leaves(runtime, 7)).get()).isEqualTo(128);
      }

      private int leaves(WorkerRuntime runtime, int depth) throws Exception {
        if (depth == 0) {
          return 1;
        }
        Task<Integer> left = runtime.spawn(() -> leaves(runtime, depth - 1));
        Task<Integer> right = runtime.spawn(() -> leaves(runtime, depth - 1));
        return left.get() + right.get();
      }
    };

    abstract void progress(WorkerRuntime runtime) throws Exception;
  }

  static Stream<Arguments> matrix() {
    return Stream.of(EndlessLoad.values())
        .flatMap(load ->
            Stream.of(Third.values())
                .flatMap(third -> Stream.of(1, 2).map(n -> Arguments.of(load, third, n))));
  }

  @ParameterizedTest(name = "S58: beside {0}, {1} goes on, with {2} workers")
  @MethodSource("matrix")
  @Tag("S58")
  void aThirdMakesProgressBesideAnEndlessLoad(EndlessLoad load, Third third, int workers)
      throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(workers).spareWorkers(0).start()) {
      AtomicBoolean stop = new AtomicBoolean();
      List<Future<?>> tasks = new ArrayList<>();
      try {
        for (int i = 0; i < workers; i++) {
          tasks.addAll(load.start(runtime, stop));
        }
        third.progress(runtime);
      } finally {
        stop.set(true);
      }
      for (Future<?> task : tasks) {
        task.get();
      }
    }
  }

  @Test
  @Tag("S58")
  @DisplayName("S58: tasks that yield take turns")
  void tasksThatYieldTakeTurns() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      int count = 50;
      AtomicLongArray turns = new AtomicLongArray(count);
      AtomicLongArray worst = new AtomicLongArray(1);
      AtomicInteger started = new AtomicInteger();
      List<Task<?>> tasks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int me = i;
        tasks.add(
            runtime.spawn(() -> {
              started.incrementAndGet();
              while (started.get() < count) {
                Thread.yield();
              }
              for (int turn = 0; turn < 500; turn++) {
                turns.incrementAndGet(me);
                long ahead = 0;
                for (int other = 0; other < count; other++) {
                  ahead = Math.max(ahead, turns.get(me) - turns.get(other));
                }
                worst.accumulateAndGet(0, ahead, Math::max);
                Thread.yield();
              }
              return null;
            }));
      }
      for (Task<?> task : tasks) {
        task.get();
      }
      // One sees before another that all have started; from then on strictly in turn.
      assertThat(worst.get(0)).isLessThanOrEqualTo(3);
    }
  }

  @Test
  @Tag("S58")
  @DisplayName("S58: a pair that has handed over for a while goes behind all that wait")
  void aPairGoesBehindAllThatWait() throws Exception {
    List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      Task<List<Task<?>>> starter =
          runtime.spawn(() -> {
            AtomicInteger turns = new AtomicInteger();
            Semaphore ping = new Semaphore(1);
            Semaphore pong = new Semaphore(0);
            List<Task<?>> tasks = new ArrayList<>();
            tasks.add(runtime.spawn(() -> handOver(turns, ping, pong)));
            tasks.add(runtime.spawn(() -> handOver(turns, pong, ping)));
            for (int i = 0; i < 20; i++) {
              tasks.add(runtime.spawn(() -> seen.add(turns.get())));
            }
            return tasks;
          });
      for (Task<?> task : starter.get()) {
        task.get();
      }
    }
    // Not one of them each time that the pair has gone before the queue as often as it may.
    assertThat(seen).hasSize(20);
    assertThat(Collections.max(seen) - Collections.min(seen)).isLessThanOrEqualTo(20);
  }

  private static int handOver(AtomicInteger turns, Semaphore mine, Semaphore others)
      throws InterruptedException {
    int count = 0;
    for (int i = 0; i < 1_000; i++) {
      mine.acquire();
      count = turns.incrementAndGet();
      others.release();
    }
    return count;
  }

  @Test
  @Tag("S59")
  @DisplayName("S59: the one ready task behind a task that computes is taken by another worker")
  void theOnlyTaskBehindOneThatComputesIsTaken() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      for (int round = 0; round < 50; round++) {
        assertThat(runtime.spawn(() -> spinUntilDone(runtime, 1)).get()).isTrue();
      }
    }
  }

  @Test
  @Tag("S59")
  @DisplayName("S59: all tasks behind a task that computes are taken by another worker")
  void allTasksBehindOneThatComputesAreTaken() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      for (int round = 0; round < 10; round++) {
        assertThat(runtime.spawn(() -> spinUntilDone(runtime, 1_000)).get()).isTrue();
      }
    }
  }

  @Test
  @Tag("S59")
  @DisplayName("S59: with one worker, a spare worker takes the task behind one that computes")
  void aSpareWorkerTakesTheTaskBehindOneThatComputes() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      // After a second, so that programs that compute in tasks do not get more threads for it.
      assertThat(runtime.spawn(() -> spinUntilDone(runtime, 10)).get()).isTrue();
    }
  }

  @Test
  @Tag("S59")
  @DisplayName("S59: what a computing task wakes, and what its timers wake, is taken as well")
  void whatAComputingTaskWakesIsTaken() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      for (int round = 0; round < 20; round++) {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        Task<Boolean> hog =
            runtime.spawn(() -> {
              runtime.spawn(() -> {
                Thread.sleep(1);
                return done.incrementAndGet();
              });
              Task<?> waiter =
                  runtime.spawn(() -> {
                    go.await();
                    return done.incrementAndGet();
                  });
              // The sleeper may be done by now; the waiter cannot be.
              Await.untilWaiting(waiter.thread());
              go.countDown();
              while (done.get() < 2) {
                Thread.onSpinWait();
              }
              return true;
            });
        assertThat(hog.get()).isTrue();
      }
    }
  }

  /** Starts tasks, and computes without a break until all have run. */
  private static boolean spinUntilDone(WorkerRuntime runtime, int count) {
    AtomicInteger done = new AtomicInteger();
    for (int i = 0; i < count; i++) {
      runtime.spawn(done::incrementAndGet);
    }
    while (done.get() < count) {
      Thread.onSpinWait();
    }
    return true;
  }
}
