// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static dev.holdfast.runtime.BlockingPools.assertNothingLeft;
import static dev.holdfast.runtime.BlockingPools.awaitIdle;
import static dev.holdfast.runtime.BlockingPools.builder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** The blocking pool: how many threads it has and for how long, and which job runs when. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class BlockingPoolTest {

  private static final Duration LONG = Duration.ofSeconds(25);

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
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    for (int i = 0; i < 30_000 && (i < 200 || System.nanoTime() - end < 0); i++) {
      Task<Integer> job = runtime.spawnBlocking(() -> 1);
      // Spinning, so as to be back while the thread is still about to end.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (!job.isDone() && System.nanoTime() - deadline < 0) {
        Thread.onSpinWait();
      }
      assertThat(job.state()).isEqualTo(Future.State.SUCCESS);
      // The next one comes a little later each time: some time, right then.
      for (int wait = i % 200; wait > 0; wait--) {
        Thread.onSpinWait();
      }
    }
    assertNothingLeft(runtime);
  }

  @Test
  void anInterruptDoesNotReachTheNextJob() throws Exception {
    WorkerRuntime runtime = builder().blockingThreads(1).start();
    Thread thread = runtime.spawnBlocking(Thread::currentThread).get();

    // A job that interrupts itself while the next one waits for its thread.
    CountDownLatch queued = new CountDownLatch(1);
    Task<Boolean> self =
        runtime.spawnBlocking(() -> {
          queued.await();
          Thread.currentThread().interrupt();
          return true;
        });
    Task<Boolean> after = runtime.spawnBlocking(Thread::interrupted);
    queued.countDown();
    assertThat(self.get()).isTrue();
    assertThat(after.get()).isFalse();

    // Between two jobs.
    awaitIdle(runtime, 1);
    thread.interrupt();
    assertThat(runtime.spawnBlocking(Thread::interrupted).get()).isFalse();

    // While a job is handed over, or ends.
    for (int i = 0; i < 2_000; i++) {
      Task<Boolean> stopped = runtime.spawnBlocking(() -> true);
      Task<Boolean> next = runtime.spawnBlocking(Thread::interrupted);
      stopped.cancel(true);
      assertThat(next.get()).isFalse();
    }
    assertThat(runtime.spawnBlocking(Thread::currentThread).get()).isSameAs(thread);
    assertNothingLeft(runtime);
  }

  @Test
  void aCancelledJobThatWaitsForAThreadNeverRuns() throws Exception {
    WorkerRuntime runtime = builder().blockingThreads(1).start();
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger ran = new AtomicInteger();
    Task<Boolean> first = runtime.spawnBlocking(() -> go.await(25, TimeUnit.SECONDS));
    Task<Integer> second = runtime.spawnBlocking(ran::incrementAndGet);
    Task<Integer> third = runtime.spawnBlocking(ran::incrementAndGet);
    assertThat(second.thread()).isNull();
    assertThat(second.cancel(true)).isTrue();
    assertThat(second.cancel(true)).isFalse();
    go.countDown();
    assertThat(third.get()).isEqualTo(1);
    assertThat(first.get()).isTrue();
    assertThat(second.state()).isEqualTo(Future.State.CANCELLED);
    assertThatExceptionOfType(CancellationException.class).isThrownBy(second::get);
    assertNothingLeft(runtime);
    assertThat(ran).hasValue(1);
  }

  @Test
  void cancelInterruptsARunningJobOnlyIfItIsTold() throws Exception {
    WorkerRuntime runtime = builder().start();
    CountDownLatch begun = new CountDownLatch(2);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Boolean> left = new CompletableFuture<>();
    CompletableFuture<Thread> told = new CompletableFuture<>();
    Task<?> leftAlone =
        runtime.spawnBlocking(() -> {
          begun.countDown();
          Await.unwillingly(go);
          return left.complete(true);
        });
    Task<?> interrupted =
        runtime.spawnBlocking(() -> {
          begun.countDown();
          try {
            return new CountDownLatch(1).await(25, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            told.complete(Thread.currentThread());
            throw e;
          }
        });
    begun.await();
    Thread on = interrupted.thread();
    assertThat(leftAlone.cancel(false)).isTrue();
    assertThat(interrupted.cancel(true)).isTrue();
    assertThat(told.get(25, TimeUnit.SECONDS)).isSameAs(on);
    assertThat(leftAlone.isDone()).isTrue();
    // Its future is done, its body is not: the runtime still waits for it.
    Await.until(
        "only one job is alive",
        () -> runtime.shutdown(Duration.ZERO, Duration.ZERO).counts().jobs() == 1);
    assertThat(left).isNotDone();
    go.countDown();
    assertNothingLeft(runtime);
  }

  @Test
  void aListenerIsToldOfEachJobAndCannotHarmIt() throws Exception {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    List<Throwable> uncaught = Collections.synchronizedList(new ArrayList<>());
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void taskStarted(Task<?> task) {
            told.add("started " + task.name() + " on " + task.thread().getName());
            throw new IllegalStateException("the listener fails");
          }

          @Override
          public void taskEnded(Task<?> task) {
            told.add("ended " + task.name() + " on " + task.thread().getName());
            throw new IllegalStateException("the listener fails");
          }
        };
    WorkerRuntime runtime =
        builder().listener(listener).uncaughtExceptionHandler((on, e) -> uncaught.add(e)).start();
    Task<String> job = runtime.spawnBlocking(() -> Thread.currentThread().getName());
    String thread = job.get();
    assertNothingLeft(runtime);
    assertThat(told)
        .containsExactly(
            "started " + job.name() + " on " + thread, "ended " + job.name() + " on " + thread);
    assertThat(uncaught).hasSize(2).allMatch(e -> e.getMessage().equals("the listener fails"));
    assertThat(job.thread()).isNull();
  }
}
