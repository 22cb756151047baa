// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static dev.holdfast.runtime.BlockingPools.assertNothingLeft;
import static dev.holdfast.runtime.BlockingPools.builder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.runtime.FaultyFactory.Fault;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The blocking pool where threads cannot be started and jobs fail: nothing is lost. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class BlockingPoolFailureTest {

  private static final Duration LONG = Duration.ofSeconds(25);

  @Test
  @Tag("S14")
  @DisplayName("S14: a job whose thread cannot be started is rejected if no other is there")
  void jobsAreRejectedIfNoThreadCanBeStartedAndNoneIsThere() throws Exception {
    for (Fault fault : Fault.values()) {
      FaultyFactory factory = new FaultyFactory(fault, 1, 3);
      WorkerRuntime runtime = builder().threadFactory(factory).start();
      AtomicInteger ran = new AtomicInteger();
      for (int i = 0; i < 2; i++) {
        assertThatExceptionOfType(RejectedExecutionException.class)
            .isThrownBy(() -> runtime.spawnBlocking(ran::incrementAndGet))
            .withMessageContaining("no thread could be started for blocking job 'pool-job-")
            .withMessageContaining(fault.message);
      }
      // The factory is well again.
      assertThat(runtime.spawnBlocking(() -> "runs").get()).isEqualTo("runs");
      assertThat(ran).as("rejected jobs that ran").hasValue(0);
      assertNothingLeft(runtime);
      assertThat(factory.made()).noneMatch(VmState.adopted()::contains);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  @Tag("S14")
  @DisplayName("S14: a job whose thread cannot be started is taken by a thread that is there")
  void aJobWhoseThreadCannotBeStartedIsTakenByAThreadThatIsThere(Fault fault) throws Exception {
    FaultyFactory factory = new FaultyFactory(fault, 2, Integer.MAX_VALUE);
    WorkerRuntime runtime = builder().threadFactory(factory).start();
    CountDownLatch go = new CountDownLatch(1);
    Task<Thread> first =
        runtime.spawnBlocking(() -> {
          go.await();
          return Thread.currentThread();
        });
    List<Task<Thread>> others = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      others.add(runtime.spawnBlocking(Thread::currentThread));
    }
    assertThat(factory.asked()).isGreaterThan(2);
    assertThat(others).noneMatch(Future::isDone);
    go.countDown();
    for (Task<Thread> other : others) {
      assertThat(other.get()).isSameAs(first.get());
    }
    assertNothingLeft(runtime);
  }

  @Test
  @Tag("S14")
  @DisplayName("S14: a job that relied on a thread which then cannot start either is cancelled")
  void aJobThatReliedOnAThreadThatCannotStartIsCancelled() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    WorkerRuntime runtime =
        builder()
            .threadFactory(body ->
                switch (calls.getAndIncrement()) {
                  case 0 -> new Thread(body);
                  case 1 -> {
                    Await.unwillingly(go);
                    throw new OutOfMemoryError("no thread for the first job");
                  }
                  default -> throw new OutOfMemoryError("no thread for the second job");
                })
            .start();
    FutureTask<Task<Integer>> first = new FutureTask<>(() -> runtime.spawnBlocking(() -> 1));
    Thread.ofPlatform().start(first);
    Await.until("the first thread is being made", () -> calls.get() == 2);
    // Taken: the first job's thread is on its way, and would run both.
    Task<Integer> second = runtime.spawnBlocking(() -> 2);
    assertThat(second.isDone()).isFalse();
    go.countDown();
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(first::get)
        .withCauseInstanceOf(RejectedExecutionException.class)
        .withMessageContaining("no thread for the first job");
    Await.until("the second job has ended", second::isDone);
    assertThat(second.state()).isEqualTo(Future.State.CANCELLED);
    assertNothingLeft(runtime);
  }

  @Test
  @Tag("S14")
  @DisplayName("S14: no job is lost where threads fail to start, and end, all the time")
  void noJobIsLostWhereThreadsFailToStartAndEndAllTheTime() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    WorkerRuntime runtime =
        builder()
            .blockingThreads(4)
            .blockingKeepAlive(Duration.ofNanos(1))
            .threadFactory(body -> {
              if (calls.incrementAndGet() % 3 != 1) {
                throw new OutOfMemoryError("no native thread");
              }
              return Thread.ofPlatform().daemon().unstarted(body);
            })
            .start();
    AtomicInteger ran = new AtomicInteger();
    AtomicInteger rejected = new AtomicInteger();
    Queue<Task<?>> taken = new ConcurrentLinkedQueue<>();
    List<Thread> submitters = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      submitters.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int k = 0; k < 500; k++) {
                  try {
                    Task<Integer> job = runtime.spawnBlocking(ran::incrementAndGet);
                    taken.add(job);
                    if (k % 2 == 0) {
                      job.join();
                    }
                  } catch (RejectedExecutionException e) {
                    rejected.incrementAndGet();
                  } catch (CancellationException e) {
                    // The thread that was to run it could not be started either.
                  }
                }
              }));
    }
    for (Thread submitter : submitters) {
      assertThat(submitter.join(LONG)).as("what %s submitted has ended", submitter).isTrue();
    }
    assertNothingLeft(runtime);
    assertThat(taken.size() + rejected.get()).isEqualTo(2_000);
    Map<Future.State, Long> states =
        taken.stream().collect(Collectors.groupingBy(Future::state, Collectors.counting()));
    assertThat(states).doesNotContainKeys(Future.State.RUNNING, Future.State.FAILED);
    assertThat(states).containsEntry(Future.State.SUCCESS, (long) ran.get());
    assertThat(calls).as("threads asked for").hasValueGreaterThan(10);
  }

  @Test
  void whatAJobThrowsIsInItsFutureAndTheThreadGoesOn() throws Exception {
    WorkerRuntime runtime = builder().blockingThreads(1).start();
    Thread thread = runtime.spawnBlocking(Thread::currentThread).get();
    for (Throwable failure :
        List.of(new Exception("e"), new StackOverflowError("s"), new OutOfMemoryError("o"))) {
      Task<Object> job =
          runtime.spawnBlocking(() -> {
            if (failure instanceof Exception exception) {
              throw exception;
            }
            throw (Error) failure;
          });
      assertThatExceptionOfType(ExecutionException.class).isThrownBy(job::get).withCause(failure);
      assertThat(runtime.spawnBlocking(Thread::currentThread).get()).isSameAs(thread);
    }
    assertNothingLeft(runtime);
  }
}
