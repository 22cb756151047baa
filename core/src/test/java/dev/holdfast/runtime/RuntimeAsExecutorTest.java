// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.ExecutorsUnderTest.Sleeper;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.Carrier;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What a {@link WorkerRuntime} does as an executor beyond what every executor does. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class RuntimeAsExecutorTest {

  @EveryTier.Only(value = Tier.CARRIER, because = "it looks for tasks on the workers")
  @Test
  void everySubmittedBodyRunsAsATaskOnAWorker() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().name("exec").workers(2).start()) {
      assertThat(runtime.submit(Carrier::name).get()).startsWith("exec-");
      assertThat(runtime.submit(() -> {}, "given")).isInstanceOf(Task.class);
      CompletableFuture<String> executed = new CompletableFuture<>();
      runtime.execute(() -> executed.complete(Carrier.name()));
      assertThat(executed.get()).startsWith("exec-");
      CompletableFuture<String> supplied = CompletableFuture.supplyAsync(Carrier::name, runtime);
      assertThat(supplied.get()).startsWith("exec-");
      assertThat(runtime.<String>invokeAny(List.of(Carrier::name))).startsWith("exec-");
    }
  }

  @Test
  void aCompletionServiceHandsOutResultsAsTheyCome() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      ExecutorCompletionService<Integer> service = new ExecutorCompletionService<>(runtime);
      CountDownLatch go = new CountDownLatch(1);
      Future<Integer> slow =
          service.submit(() -> {
            go.await();
            return 1;
          });
      Future<Integer> fast = service.submit(() -> 2);
      assertThat(service.take()).isSameAs(fast);
      assertThat(fast.resultNow()).isEqualTo(2);
      assertThat(service.poll()).isNull();
      go.countDown();
      assertThat(service.take()).isSameAs(slow);
      assertThat(slow.resultNow()).isEqualTo(1);

      Sleeper sleeper = new Sleeper();
      ExecutorCompletionService<String> strings = new ExecutorCompletionService<>(runtime);
      Future<String> cancelled = strings.submit(sleeper);
      sleeper.started.await();
      cancelled.cancel(true);
      sleeper.interrupted.await();
      assertThat(strings.take()).isSameAs(cancelled);
    }
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "it looks for tasks on the workers")
  @Test
  void aChainOfCompletableFuturesRunsOnIt() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().name("chain").workers(2).start()) {
      List<String> carriers = java.util.Collections.synchronizedList(new ArrayList<>());
      CompletableFuture<Integer> left =
          CompletableFuture.supplyAsync(
              () -> {
                carriers.add(Carrier.name());
                return 20;
              },
              runtime);
      CompletableFuture<Integer> right = CompletableFuture.supplyAsync(() -> 22, runtime);
      CompletableFuture<Integer> both =
          left.thenCombineAsync(
              right,
              (a, b) -> {
                carriers.add(Carrier.name());
                return a + b;
              },
              runtime);
      CompletableFuture<String> failed =
          both.thenApplyAsync(
              n -> {
                throw new IllegalStateException("n is " + n);
              },
              runtime);
      assertThat(both.get()).isEqualTo(42);
      assertThatThrownBy(failed::join)
          .isInstanceOf(CompletionException.class)
          .hasRootCauseMessage("n is 42");
      assertThat(carriers).hasSize(2).allMatch(name -> name.startsWith("chain-"));
    }
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "it looks for tasks on the workers")
  @Test
  void aTaskThatIsCancelledBeforeItsTurnNeverRuns() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      AtomicBoolean release = new AtomicBoolean();
      Task<?> busy =
          runtime.spawn(() -> {
            while (!release.get()) {
              Thread.onSpinWait();
            }
            return null;
          });
      AtomicBoolean ran = new AtomicBoolean();
      List<Task<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        tasks.add(
            runtime.spawn(() -> {
              ran.set(true);
              return null;
            }));
      }
      tasks.forEach(task -> assertThat(task.cancel(false)).isTrue());
      release.set(true);
      busy.get();
      runtime.close();
      assertThat(ran).isFalse();
    }
  }

  @Test
  void shutdownNowReturnsTheJobsThatNoThreadHasBegun() throws Exception {
    for (int round = 0; round < 50; round++) {
      WorkerRuntime runtime = WorkerRuntime.builder().workers(1).blockingThreads(1).start();
      Sleeper sleeper = new Sleeper();
      Task<String> running = runtime.spawnBlocking(sleeper);
      sleeper.started.await();
      AtomicInteger ran = new AtomicInteger();
      List<Task<Integer>> queued = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        queued.add(runtime.spawnBlocking(ran::incrementAndGet));
      }
      List<Runnable> returned = runtime.shutdownNow();
      assertThat(new ArrayList<Object>(returned)).isEqualTo(new ArrayList<Object>(queued));
      assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertThat(running.state()).isEqualTo(Future.State.FAILED);
      assertThat(ran).hasValue(0);
      // As with a thread pool, the caller may run them, which completes their futures.
      returned.forEach(Runnable::run);
      assertThat(ran).hasValue(5);
      assertThat(queued).allMatch(job -> job.state() == Future.State.SUCCESS);
    }
  }

  @Test
  void joinThrowsTheFailureUncheckedAndOutlastsAnInterrupt() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      IOException failure = new IOException("failure");
      Task<?> failing =
          runtime.spawn(() -> {
            throw failure;
          });
      assertThatExceptionOfType(CompletionException.class)
          .isThrownBy(failing::join)
          .satisfies(e -> assertThat(e.getCause()).isSameAs(failure));

      CountDownLatch go = new CountDownLatch(1);
      Task<String> waiting =
          runtime.spawn(() -> {
            go.await();
            return "joined";
          });
      AtomicReference<String> joined = new AtomicReference<>();
      AtomicBoolean kept = new AtomicBoolean();
      Thread joining =
          Thread.ofPlatform()
              .start(() -> {
                joined.set(waiting.join());
                kept.set(Thread.currentThread().isInterrupted());
              });
      Await.untilWaiting(joining);
      joining.interrupt();
      go.countDown();
      joining.join();
      assertThat(joined).hasValue("joined");
      assertThat(kept).isTrue();

      Task<?> cancelled = runtime.spawn(new Sleeper());
      cancelled.cancel(true);
      assertThatExceptionOfType(CancellationException.class).isThrownBy(cancelled::join);
    }
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "it looks for tasks on the workers")
  @Test
  void runHandsOutWhatTheBodyReturnsOrThrows() throws Exception {
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().name("run").workers(1).spareWorkers(0).start()) {
      assertThat(runtime.run(Carrier::name)).isEqualTo("run-worker-0");
      IOException checked = new IOException("checked");
      assertThatThrownBy(() ->
              runtime.run(() -> {
                throw checked;
              }))
          .isSameAs(checked);
      AssertionError error = new AssertionError("error");
      assertThatThrownBy(() ->
              runtime.run(() -> {
                throw error;
              }))
          .isSameAs(error);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  @Test
  void anInterruptInRunCancelsTheTask() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      Sleeper sleeper = new Sleeper();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread caller =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  runtime.run(sleeper);
                } catch (Throwable e) {
                  thrown.set(e);
                }
              });
      sleeper.started.await();
      caller.interrupt();
      caller.join();
      assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
      sleeper.interrupted.await();
    }
  }

  @Test
  void namesOfTasksAreThoseOfTheirThreads() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().name("names").workers(1).start()) {
      Task<String> named = runtime.spawn("my task", () -> Thread.currentThread().getName());
      assertThat(named.get()).isEqualTo("my task");
      assertThat(named.name()).isEqualTo("my task");
      assertThat(named.thread().getName()).isEqualTo("my task");
      Task<String> unnamed = runtime.spawn(() -> Thread.currentThread().getName());
      assertThat(unnamed.get()).isEmpty();
      assertThat(unnamed.name()).isEqualTo("task-" + unnamed.thread().threadId());
      Task<String> job = runtime.spawnBlocking(() -> Thread.currentThread().getName());
      assertThat(job.get()).startsWith("names-blocking");
      assertThat(job.name()).startsWith("names-job-");
      assertThatIllegalArgumentException().isThrownBy(() -> runtime.spawn("", () -> "x"));
    }
  }

  @Test
  void anInterruptOfOneBlockingJobIsNotSeenByTheNext() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).blockingThreads(1).start()) {
      for (int i = 0; i < 100; i++) {
        Sleeper sleeper = new Sleeper();
        Task<String> job = runtime.spawnBlocking(sleeper);
        sleeper.started.await();
        job.cancel(true);
        assertThat(runtime.spawnBlocking(() -> Thread.currentThread().isInterrupted()).get())
            .isFalse();
      }
    }
  }
}
