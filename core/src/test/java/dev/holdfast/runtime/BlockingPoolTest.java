// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** The blocking pool: how many threads it has and for how long, and which job runs when. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class BlockingPoolTest {

  private static final Duration LONG = Duration.ofSeconds(25);

  private static WorkerRuntime.Builder builder() {
    return WorkerRuntime.builder().name("pool").workers(1).spareWorkers(0);
  }

  private static void assertNothingLeft(WorkerRuntime runtime) {
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.terminated()).as(report.toString()).isTrue();
    assertThat(runtime)
        .extracting("jobs.queue", InstanceOfAssertFactories.COLLECTION)
        .as("queued jobs")
        .isEmpty();
    assertThat(runtime)
        .extracting("jobs.running", InstanceOfAssertFactories.MAP)
        .as("running jobs")
        .isEmpty();
    // A thread takes itself out just before it ends.
    Await.until(
        "no thread is left",
        () -> {
          assertThat(runtime).extracting("jobs.live").isEqualTo(0);
          return true;
        });
  }

  @Test
  void aJobRunsOnAPlatformThreadOfItsOwnKind() throws Exception {
    try (WorkerRuntime runtime = builder().start()) {
      Thread on = runtime.spawnBlocking(Thread::currentThread).get();
      assertThat(on.isVirtual()).isFalse();
      assertThat(on.isDaemon()).isTrue();
      assertThat(on.getName()).startsWith("pool-blocking-");
    }
  }

  @Test
  void noMoreRunAtOnceThanTheBound() throws Exception {
    int bound = 3;
    WorkerRuntime runtime = builder().blockingThreads(bound).start();
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Semaphore permits = new Semaphore(0);
    List<Task<?>> jobs = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      jobs.add(
          runtime.spawnBlocking(() -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            threads.add(Thread.currentThread());
            permits.acquire();
            return now.decrementAndGet();
          }));
    }
    // All that may run at once do.
    Await.until("as many run as may", () -> now.get() == bound);
    permits.release(12);
    for (Task<?> job : jobs) {
      job.get();
    }
    assertThat(most).hasValue(bound);
    assertThat(threads).hasSize(bound);
    assertNothingLeft(runtime);
  }

  @Test
  void queuedJobsBeginInTheOrderOfTheirSubmission() throws Exception {
    WorkerRuntime runtime = builder().blockingThreads(1).start();
    CountDownLatch go = new CountDownLatch(1);
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<Task<?>> jobs = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      int number = i;
      jobs.add(
          runtime.spawnBlocking(() -> {
            go.await();
            return order.add(number);
          }));
    }
    go.countDown();
    for (Task<?> job : jobs) {
      job.get();
    }
    assertThat(order).containsExactlyElementsOf(IntStream.range(0, 200).boxed().toList());
    assertNothingLeft(runtime);
  }

  private static void awaitIdle(WorkerRuntime runtime, int threads) {
    Await.until(
        threads + " threads are idle",
        () -> assertThat(runtime).extracting("jobs.idle").actual().equals(threads));
  }

  @Test
  void anIdleThreadTakesTheNextJob() throws Exception {
    WorkerRuntime runtime = builder().start();
    Thread first = runtime.spawnBlocking(Thread::currentThread).get();
    for (int i = 0; i < 20; i++) {
      awaitIdle(runtime, 1);
      assertThat(runtime.spawnBlocking(Thread::currentThread).get()).isSameAs(first);
    }
    assertNothingLeft(runtime);
    assertThat(first.join(LONG)).isTrue();
  }

  @Test
  void anIdleThreadEndsAfterTheKeepAliveTimeAndAnotherIsStarted() throws Exception {
    WorkerRuntime runtime = builder().blockingKeepAlive(Duration.ofMillis(5)).start();
    Thread first = runtime.spawnBlocking(Thread::currentThread).get();
    assertThat(first.join(LONG)).isTrue();
    assertThat(runtime.phase().name()).isEqualTo("RUNNING");
    Thread second = runtime.spawnBlocking(Thread::currentThread).get();
    assertThat(second).isNotSameAs(first);
    assertNothingLeft(runtime);
  }

  @Test
  void aJobThatComesAsTheLastThreadEndsIsRun() throws Exception {
    WorkerRuntime runtime =
        builder().blockingThreads(1).blockingKeepAlive(Duration.ofNanos(1)).start();
    for (int i = 0; i < 5_000; i++) {
      int number = i;
      Task<Integer> job = runtime.spawnBlocking(() -> number);
      assertThat(job.get(10, TimeUnit.SECONDS)).isEqualTo(number);
    }
    assertNothingLeft(runtime);
  }
}
