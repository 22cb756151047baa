// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.holdfast.runtime.ExecutorsUnderTest.Sleeper;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Carrier;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** The threads that {@link WorkerRuntime#threadFactory} makes. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class ThreadFactoryTest {

  @EveryTier.Only(value = Tier.CARRIER, because = "see OwnedTierTest for what a start means there")
  @Test
  void itMakesUnstartedVirtualThreadsThatRunOnTheWorkers() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().name("factory").workers(2).start()) {
      ThreadFactory factory = runtime.threadFactory();
      AtomicReference<String> carrier = new AtomicReference<>();
      AtomicReference<Thread> ran = new AtomicReference<>();
      Thread thread =
          factory.newThread(() -> {
            carrier.set(Carrier.name());
            ran.set(Thread.currentThread());
          });
      assertThat(thread.isVirtual()).isTrue();
      assertThat(thread.getState()).isEqualTo(Thread.State.NEW);
      thread.setName("renamed");
      thread.start();
      assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
      assertThat(carrier.get()).startsWith("factory-");
      assertThat(ran).hasValue(thread);
      assertThat(thread.getName()).isEqualTo("renamed");
      assertThat(thread.getState()).isEqualTo(Thread.State.TERMINATED);
      assertThatNullPointerException().isThrownBy(() -> factory.newThread(null));
    }
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "see OwnedTierTest for what a start means there")
  @Test
  void anUnstartedThreadHoldsNothingBackAndCannotBeStartedAfterwards() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    AtomicBoolean ran = new AtomicBoolean();
    Thread late = runtime.threadFactory().newThread(() -> ran.set(true));
    ShutdownReport report = runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO);
    assertThat(report.terminated()).isTrue();
    assertThatExceptionOfType(RuntimeClosedException.class)
        .isThrownBy(late::start)
        .withMessageContaining(runtime.name());
    late.join();
    assertThat(late.isAlive()).isFalse();
    assertThat(ran).isFalse();
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "see OwnedTierTest for what a start means there")
  @Test
  void aStartedThreadHoldsTheBarrierAndIsReportedByName() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    CountDownLatch go = new CountDownLatch(1);
    Thread thread = runtime.threadFactory().newThread(() -> awaitUninterrupted(go));
    thread.setName("holds on");
    thread.start();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
    assertThat(report.terminated()).isFalse();
    assertThat(report.counts().tasks()).isOne();
    assertThat(report.holders()).singleElement().matches(h -> h.name().equals("holds on"));
    go.countDown();
    report = runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO);
    assertThat(report.phase()).isEqualTo(ShutdownPhase.TERMINATED);
    assertThat(thread.isAlive()).isFalse();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // Goes on waiting, on purpose.
      }
    }
  }

  @Test
  void threadsInheritWhatVirtualThreadsInherit() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      InheritableThreadLocal<String> inherited = new InheritableThreadLocal<>();
      inherited.set("from the maker");
      ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {};
      ClassLoader before = Thread.currentThread().getContextClassLoader();
      Thread.currentThread().setContextClassLoader(loader);
      try {
        CompletableFuture<String> seen = new CompletableFuture<>();
        CompletableFuture<ClassLoader> seenLoader = new CompletableFuture<>();
        runtime
            .threadFactory()
            .newThread(() -> {
              seen.complete(inherited.get());
              seenLoader.complete(Thread.currentThread().getContextClassLoader());
            })
            .start();
        assertThat(seen.get()).isEqualTo("from the maker");
        assertThat(seenLoader.get()).isSameAs(loader);
        assertThat(runtime.spawn(inherited::get).get()).isEqualTo("from the maker");
      } finally {
        Thread.currentThread().setContextClassLoader(before);
      }
    }
  }

  @Test
  void whatABodyThrowsGoesToTheHandlerOfItsThread() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      RuntimeException failure = new RuntimeException("failure");
      CompletableFuture<Thread> thread = new CompletableFuture<>();
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread failing =
          runtime
              .threadFactory()
              .newThread(() -> {
                throw failure;
              });
      failing.setUncaughtExceptionHandler((on, e) -> {
        thread.complete(on);
        thrown.complete(e);
      });
      failing.start();
      assertThat(thrown.get()).isSameAs(failure);
      assertThat(thread.get()).isSameAs(failing);
    }
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "see OwnedTierTest for what a start means there")
  @Test
  @Tag("S66")
  @DisplayName("S66: a thread-per-task executor on the factory runs on the workers and is counted")
  void aThreadPerTaskExecutorOnTheFactoryRunsOnTheWorkers() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().name("per-task").workers(2).start();
    ExecutorService executor = Executors.newThreadPerTaskExecutor(runtime.threadFactory());
    List<Callable<String>> bodies = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      bodies.add(Carrier::name);
    }
    for (Future<String> future : executor.invokeAll(bodies)) {
      assertThat(future.resultNow()).startsWith("per-task-");
    }
    assertThat(executor.invokeAny(bodies)).startsWith("per-task-");

    Sleeper sleeper = new Sleeper();
    Future<String> asleep = executor.submit(sleeper);
    sleeper.started.await();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofSeconds(20));
    assertThat(report.terminated()).isTrue();
    sleeper.interrupted.await();
    assertThat(asleep.state()).isEqualTo(Future.State.FAILED);
    assertThatExceptionOfType(RuntimeClosedException.class)
        .isThrownBy(() -> executor.submit(() -> "late"));
    executor.shutdown();
    assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
  }
}
