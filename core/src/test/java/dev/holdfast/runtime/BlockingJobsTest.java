// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static dev.holdfast.runtime.BlockingPools.assertNothingLeft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.LocalRef;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.slot.Here;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Blocking jobs and what they are to the runtime: counted like tasks, and never its workers. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class BlockingJobsTest {

  private static final Duration LONG = Duration.ofSeconds(25);

  /** Makes threads, some of which begin only when they are let. */
  private static final class Gated implements ThreadFactory {
    final CountDownLatch let = new CountDownLatch(1);
    final List<Thread> made = new ArrayList<>();
    private final int from;
    private final int upTo;

    /** The threads of the calls {@code from} up to {@code upTo} wait. */
    Gated(int from, int upTo) {
      this.from = from;
      this.upTo = upTo;
    }

    @Override
    public synchronized Thread newThread(Runnable body) {
      boolean waits = made.size() >= from && made.size() < upTo;
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .unstarted(() -> {
                if (waits) {
                  Await.unwillingly(let);
                }
                body.run();
              });
      made.add(thread);
      return thread;
    }

    synchronized List<Thread> made(int first, int last) {
      return List.copyOf(made.subList(first, last));
    }
  }

  @Test
  @Tag("S16")
  @DisplayName("S16: a job whose thread has not begun holds the barrier, and then finds its values")
  void aJobWhoseThreadHasNotBegunHoldsTheBarrier() throws Exception {
    Tally tally = new Tally();
    Gated factory = new Gated(2, Integer.MAX_VALUE);
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(2).spareWorkers(0).threadFactory(factory).start();
    Task<Integer> job =
        runtime.run(() -> {
          LocalRef<Tally.Value> reference = tally.local.ref();
          return runtime.spawnBlocking(() -> reference.get().touch());
        });
    // No task is left, both workers are idle: nothing but the job holds the barrier.
    runtime.shutdown();
    assertThat(runtime.awaitTermination(100, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(runtime.phase()).isEqualTo(ShutdownPhase.DRAINING);
    assertThat(job.thread()).isNull();
    tally.assertAllAlive();

    factory.let.countDown();
    assertThat(job.get()).isEqualTo(1);
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S16")
  @DisplayName("S16: a job whose thread has not begun is cancelled with the rest, and never runs")
  void aJobWhoseThreadHasNotBegunCanBeCancelled() throws Exception {
    Gated factory = new Gated(1, Integer.MAX_VALUE);
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).spareWorkers(0).threadFactory(factory).start();
    AtomicInteger ran = new AtomicInteger();
    Task<Integer> job = runtime.spawnBlocking(ran::incrementAndGet);
    Thread closer = Thread.ofPlatform().start(() -> runtime.shutdown(Duration.ZERO, LONG));
    Await.until("the job is cancelled", job::isDone);
    assertThat(job.state()).isEqualTo(Future.State.CANCELLED);
    factory.let.countDown();
    assertThat(closer.join(LONG)).isTrue();
    assertThat(runtime.isTerminated()).isTrue();
    assertThat(factory.made).noneMatch(Thread::isAlive);
    assertThat(ran).hasValue(0);
  }

  @Test
  @Tag("S16")
  @DisplayName("S16: a job submitted by the last task, as the runtime closes, finds its values")
  void aJobOfTheLastTaskFindsItsValues() throws Exception {
    Tally tally = new Tally();
    for (int i = 0; i < 300; i++) {
      WorkerRuntime runtime =
          WorkerRuntime.builder().workers(1 + i % 2).blockingKeepAlive(Duration.ofNanos(1)).start();
      AtomicReference<Task<Integer>> job = new AtomicReference<>();
      runtime.spawn(() -> {
        LocalRef<Tally.Value> reference = tally.local.ref();
        job.set(runtime.spawnBlocking(() -> reference.get().touch()));
        return null;
      });
      runtime.close();
      assertThat(job.get().state()).isEqualTo(Future.State.SUCCESS);
      tally.assertEachDestroyedOnce();
    }
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "tasks do not need the threads of workers")
  @Test
  @Tag("S17")
  @DisplayName("S17/S18: a pool thread that begins before any worker does not become one")
  void aPoolThreadThatBeginsFirstIsNoWorker() throws Exception {
    Tally tally = new Tally();
    Gated factory = new Gated(0, 2);
    Set<Thread> begun = ConcurrentHashMap.newKeySet();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerStarted(int worker) {
            begun.add(Thread.currentThread());
          }
        };
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .name("order")
            .workers(2)
            .spareWorkers(0)
            .listener(listener)
            .threadFactory(factory)
            .start();
    Task<Thread> waiting = runtime.spawn(Place::platformThread);
    // Both in one job, so that no worker can have begun in between.
    runtime
        .spawnBlocking(() -> {
          assertThat(begun).isEmpty();
          assertThat(Here.worker()).isNull();
          assertThatExceptionOfType(EscapedReferenceException.class)
              .isThrownBy(() -> tally.local.with(Tally.Value::touch))
              .withMessageContaining("a thread of the blocking pool of runtime 'order'");
          return null;
        })
        .get();
    assertThat(waiting.isDone()).isFalse();

    factory.let.countDown();
    Set<Thread> carriers = ConcurrentHashMap.newKeySet();
    Set<Thread> jobs = ConcurrentHashMap.newKeySet();
    List<Task<?>> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      all.add(
          runtime.spawn(() -> {
            carriers.add(Place.platformThread());
            LocalRef<Tally.Value> reference = tally.local.ref();
            Thread.yield();
            return runtime
                .spawnBlocking(() -> {
                  jobs.add(Thread.currentThread());
                  return reference.get().touch();
                })
                .get();
          }));
    }
    for (Task<?> task : all) {
      task.get();
    }
    assertNothingLeft(runtime);
    carriers.add(waiting.get());
    List<Thread> workers = factory.made(0, 2);
    assertThat(begun).containsExactlyInAnyOrderElementsOf(workers);
    assertThat(workers).containsAll(carriers);
    assertThat(jobs).isNotEmpty().doesNotContainAnyElementsOf(workers);
    // A worker keeps its thread and its value: there is one value for each.
    assertThat(tally.made()).isEqualTo(carriers.size());
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S20")
  @DisplayName("S20: with every worker blocked, a pool thread runs its jobs and no task")
  void aPoolThreadStandsInForNoWorker() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start();
    Gate first = new Gate();
    Gate second = new Gate();
    runtime.execute(first::spin);
    runtime.execute(second::spin);
    first.awaitEntered();
    second.awaitEntered();
    AtomicReference<Thread> ranOn = new AtomicReference<>();
    Task<?> task =
        runtime.spawn(() -> {
          ranOn.set(Place.platformThread());
          return null;
        });
    Set<Thread> pool = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 50; i++) {
      pool.add(runtime.spawnBlocking(Thread::currentThread).get());
    }
    assertThat(task.isDone()).isFalse();
    first.open();
    task.get();
    second.open();
    assertThat(pool).isNotEmpty().doesNotContain(ranOn.get());
    assertNothingLeft(runtime);
  }

  @Test
  @Tag("S23")
  @DisplayName("S23: jobs whose threads come and go leave no thread, entry or memory behind")
  void threadsThatComeAndGoLeaveNothingBehind() throws Exception {
    churn(4_000);
  }

  @Test
  @Tag("S23")
  @Tag("long")
  @Timeout(value = 300, threadMode = ThreadMode.SEPARATE_THREAD)
  @DisplayName("S23: 100,000 jobs whose threads come and go leave nothing behind")
  void aHundredThousandThreadsLeaveNothingBehind() throws Exception {
    churn(100_000);
  }

  private static void churn(int jobs) throws Exception {
    int bound = 8;
    AtomicInteger made = new AtomicInteger();
    AtomicInteger alive = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ThreadFactory factory =
        body -> {
          made.incrementAndGet();
          return new Thread(
              () -> {
                most.accumulateAndGet(alive.incrementAndGet(), Math::max);
                try {
                  body.run();
                } finally {
                  alive.decrementAndGet();
                }
              },
              "churn");
        };
    Tally tally = new Tally();
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .spareWorkers(0)
            .blockingThreads(bound)
            .blockingKeepAlive(Duration.ofNanos(1))
            .threadFactory(factory)
            .start();
    LocalRef<Tally.Value> reference = runtime.run(tally.local::ref);
    submit(runtime, reference, jobs / 10);
    long before = heapAfterCollection();
    submit(runtime, reference, jobs);
    Await.until("the idle threads have ended", () -> VmState.threads("churn").size() <= 1);
    long after = heapAfterCollection();

    assertThat(made).as("threads made").hasValueGreaterThan(jobs / 10);
    // One that has left the pool may still be on its way to its end: those come in addition.
    assertThat(most.get()).as("threads at once").isLessThanOrEqualTo(2 * bound + 1);
    assertThat(after - before).as("bytes left by %s jobs", jobs).isLessThan(jobs * 100L);
    assertThat(runtime).extracting("jobs.threads", InstanceOfAssertFactories.COLLECTION).isEmpty();
    assertThat(runtime).extracting("jobs.running", InstanceOfAssertFactories.MAP).isEmpty();
    assertThat(VmState.adopted())
        .as("known threads, the worker among them")
        .filteredOn(thread -> ((Thread) thread).getName().equals("churn"))
        .hasSize(1);
    assertThat(tally.made()).isOne();
    assertNothingLeft(runtime);
    tally.assertEachDestroyedOnce();
    System.out.printf(
        "S23: %,d jobs on %,d threads, at most %d at once; heap %,d -> %,d bytes%n",
        jobs + jobs / 10, made.get() - 1, most.get() - 1, before, after);
  }

  private static void submit(WorkerRuntime runtime, LocalRef<Tally.Value> reference, int jobs)
      throws Exception {
    List<Task<?>> some = new ArrayList<>();
    for (int i = 0; i < jobs; i++) {
      some.add(runtime.spawnBlocking(() -> reference.get().touch()));
      if (i % 2 == 0) {
        for (Task<?> job : some) {
          job.get();
        }
        some.clear();
      }
    }
    for (Task<?> job : some) {
      job.get();
    }
  }

  private static long heapAfterCollection() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Runtime vm = Runtime.getRuntime();
      least = Math.min(least, vm.totalMemory() - vm.freeMemory());
    }
    return least;
  }
}
