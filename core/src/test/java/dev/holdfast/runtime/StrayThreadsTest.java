// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.runtime.ExecutorsUnderTest.Sleeper;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.Carrier;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Virtual threads that code inside a task starts by itself, knowing nothing of the runtime. */
@Tag("S66")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class StrayThreadsTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "see OwnedTierTest for what is known of them there")
  @Test
  @DisplayName("S66: a thread started by a task runs on the workers, and so do its children")
  void theyRunOnTheWorkers() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).name("stray").start()) {
      List<String> carriers = java.util.Collections.synchronizedList(new ArrayList<>());
      runtime.run(() -> {
        Thread child =
            Thread.ofVirtual()
                .start(() -> {
                  carriers.add(Carrier.name());
                  Thread grandchild = Thread.startVirtualThread(() -> carriers.add(Carrier.name()));
                  joined(grandchild);
                  carriers.add(Carrier.name());
                });
        child.join();
        return null;
      });
      assertThat(carriers).hasSize(3).allMatch(name -> name.startsWith("stray-"));
    }
  }

  private static void joined(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "see OwnedTierTest for what is known of them there")
  @Test
  @DisplayName("S66: the barrier waits for a thread that its task left behind, and reports it")
  void theBarrierWaitsForThem() throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    Gate gate = new Gate();
    Thread left =
        WholeTask.run(
            runtime,
            () ->
                Thread.ofVirtual()
                    .name("left behind")
                    .start(() -> {
                      gate.call();
                      tally.local.update(Tally.Value::touch);
                    }));
    gate.awaitEntered();
    Await.untilWaiting(left);
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
    assertThat(report.terminated()).isFalse();
    assertThat(report.counts().tasks()).isOne();
    assertThat(report.holders())
        .singleElement()
        .satisfies(holder -> {
          assertThat(holder.name()).isEqualTo("left behind");
          assertThat(holder.owner()).contains("started by code inside a task");
          assertThat(holder.stack()).anyMatch(f -> f.getMethodName().equals("pass"));
        });
    gate.open();
    assertThat(runtime.shutdown(LONG, Duration.ZERO).terminated()).isTrue();
    assertThat(left.isAlive()).isFalse();
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "see OwnedTierTest for what is known of them there")
  @Test
  @DisplayName("S66: cancelling interrupts them, and nothing is stranded")
  void cancellingInterruptsThem() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    List<Thread> threads = new ArrayList<>();
    List<Sleeper> sleepers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sleepers.add(new Sleeper());
    }
    runtime.run(() -> {
      for (Sleeper sleeper : sleepers) {
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    sleeper.call();
                  } catch (InterruptedException e) {
                    // Expected.
                  }
                }));
      }
      return null;
    });
    for (Sleeper sleeper : sleepers) {
      sleeper.started.await();
    }
    ShutdownReport report = runtime.shutdown(Duration.ZERO, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.failures()).isEmpty();
    assertThat(sleepers).allMatch(sleeper -> sleeper.interrupted.getCount() == 0);
    assertThat(threads).noneMatch(Thread::isAlive);
  }

  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "see OwnedTierTest for what is known of them there")
  @Test
  @DisplayName("S66: an executor of virtual threads, opened in a task, runs on the workers")
  void anExecutorInsideATaskRunsOnTheWorkers() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).name("inner").start()) {
      List<String> carriers =
          runtime.run(() -> {
            try (ExecutorService inner = Executors.newVirtualThreadPerTaskExecutor()) {
              List<Future<String>> futures =
                  inner.invokeAll(java.util.Collections.nCopies(200, Carrier::name));
              return futures.stream().map(Future::resultNow).toList();
            }
          });
      assertThat(carriers).hasSize(200).allMatch(name -> name.startsWith("inner-"));
    }
  }

  @Test
  @DisplayName("S66: a shutdown ends a task that waits for an executor of virtual threads")
  void shutdownEndsAnExecutorInsideATask() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    List<Sleeper> sleepers = IntStream.range(0, 20).mapToObj(i -> new Sleeper()).toList();
    Task<?> owner =
        runtime.spawn(() -> {
          try (ExecutorService inner = Executors.newVirtualThreadPerTaskExecutor()) {
            sleepers.forEach(inner::submit);
          }
          return null;
        });
    for (Sleeper sleeper : sleepers) {
      sleeper.started.await();
    }
    assertThat(runtime.shutdown(Duration.ZERO, LONG).terminated()).isTrue();
    assertThat(owner.isDone()).isTrue();
    assertThat(sleepers).allMatch(sleeper -> sleeper.interrupted.getCount() == 0);
  }

  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "see OwnedTierTest for what is known of them there")
  @Test
  @DisplayName(
      "S66: a thread made in a task and started by another thread is counted from its start")
  void startedByAForeignThread() throws Exception {
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).spareWorkers(0).name("given").start();
    Gate gate = new Gate();
    AtomicReference<String> carrier = new AtomicReference<>();
    Thread thread =
        WholeTask.run(
            runtime,
            () ->
                Thread.ofVirtual()
                    .name("handed out")
                    .unstarted(() -> {
                      gate.call();
                      carrier.set(Carrier.name());
                    }));
    thread.start();
    gate.awaitEntered();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
    assertThat(report.counts().tasks()).isOne();
    assertThat(report.holders()).singleElement().matches(h -> h.name().equals("handed out"));
    gate.open();
    assertThat(runtime.shutdown(LONG, Duration.ZERO).terminated()).isTrue();
    assertThat(carrier.get()).isEqualTo("given-worker-0");
  }

  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "see OwnedTierTest for what is known of them there")
  @Test
  @DisplayName(
      "S66: a thread made in a task cannot be started from outside after the shutdown began")
  void notStartedFromOutsideAfterShutdown() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    AtomicBoolean ran = new AtomicBoolean();
    List<Thread> threads =
        runtime.run(() ->
            List.of(
                Thread.ofVirtual().unstarted(() -> ran.set(true)),
                Thread.ofVirtual().unstarted(() -> ran.set(true))));
    Gate gate = new Gate();
    runtime.spawn(gate);
    gate.awaitEntered();
    runtime.shutdown();
    assertThatExceptionOfType(RuntimeClosedException.class).isThrownBy(threads.get(0)::start);
    gate.open();
    runtime.close();
    assertThatExceptionOfType(RuntimeClosedException.class).isThrownBy(threads.get(1)::start);
    assertThat(ran).isFalse();
    assertThat(threads).noneMatch(Thread::isAlive);
  }

  @Test
  @DisplayName("S66: a live thread may start more while the runtime drains")
  void theyMayStartMoreWhileDraining() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    Gate gate = new Gate();
    AtomicInteger ran = new AtomicInteger();
    runtime.run(() ->
        Thread.startVirtualThread(() -> {
          gate.call();
          assertThat(runtime.phase()).isEqualTo(ShutdownPhase.DRAINING);
          for (int i = 0; i < 100; i++) {
            Thread.startVirtualThread(ran::incrementAndGet);
            runtime.execute(ran::incrementAndGet);
          }
        }));
    gate.awaitEntered();
    runtime.shutdown();
    gate.open();
    runtime.close();
    assertThat(ran).hasValue(200);
  }

  @Test
  @DisplayName("S66: they may use worker-locals, and their leases are taken back")
  void theyMayUseWorkerLocals() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      runtime.run(() -> {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
          threads.add(
              Thread.startVirtualThread(() -> {
                tally.local.update(Tally.Value::touch);
                tally.local.ref().get().touch();
                try (var lease = tally.local.lease()) {
                  Thread.yield();
                  lease.get().touch();
                }
              }));
        }
        for (Thread thread : threads) {
          thread.join();
        }
        return null;
      });
      tally.assertAllAlive();
    }
    assertThat(tally.made()).isPositive();
    tally.assertEachDestroyedOnce();
  }

  @Test
  @DisplayName("S66: a hundred thousand of them leave nothing behind")
  void manyLeaveNothingBehind() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    AtomicInteger ran = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int round = 0; round < 10; round++) {
      runtime.run(() -> {
        for (int i = 0; i < 10_000; i++) {
          threads.add(Thread.ofVirtual().start(ran::incrementAndGet));
        }
        return null;
      });
    }
    Await.until("all have run", () -> ran.get() == 100_000);
    ShutdownReport report = runtime.shutdown(LONG, Duration.ZERO);
    assertThat(report.terminated()).isTrue();
    assertThat(report.counts()).isEqualTo(new ShutdownReport.Counts(0, 0, 0, 0));
    TieredRuntime implementation = (TieredRuntime) runtime;
    assertThat(threads).allMatch(thread -> implementation.strayScope(thread) == null);
  }

  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "see OwnedTierTest for what is known of them there")
  @Test
  @DisplayName("S66: a virtual thread of the JDK's own scheduler is none of them")
  void otherVirtualThreadsAreNotCounted() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).name("mine").start();
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<String> carrier = new CompletableFuture<>();
    Thread foreign =
        Thread.startVirtualThread(() -> {
          try {
            carrier.complete(runtime.submit(Carrier::name).get());
            go.await();
          } catch (Exception e) {
            carrier.completeExceptionally(e);
          }
        });
    assertThat(carrier.get()).isEqualTo("mine-worker-0");
    assertThat(runtime.shutdown(LONG, Duration.ZERO).terminated()).isTrue();
    assertThat(foreign.isAlive()).isTrue();
    go.countDown();
    foreign.join();
  }

  @Test
  @DisplayName("S66: parallel code of the JDK works inside tasks")
  void parallelCodeWorksInsideTasks() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      List<Task<Integer>> sums = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        sums.add(runtime.spawn(() -> IntStream.rangeClosed(1, 1_000).parallel().sum()));
        sums.add(
            runtime.spawn(() ->
                CompletableFuture.supplyAsync(() -> 500_000)
                    .thenCombineAsync(
                        CompletableFuture.supplyAsync(() -> 500), Integer::sum, runtime)
                    .get()));
      }
      for (Task<Integer> sum : sums) {
        assertThat(sum.get()).isEqualTo(500_500);
      }
    }
  }
}
