// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.BlockingEntryException;
import dev.holdfast.runtime.RuntimeClosedException;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.LogRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thread-exit locals on the platform threads of a runtime. */
@EveryTier
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ThreadExitRuntimeTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private static WorkerRuntime.Builder runtime(boolean ownFactory) {
    WorkerRuntime.Builder builder =
        WorkerRuntime.builder().name("local").workers(1).spareWorkers(0);
    return ownFactory ? builder.threadFactory(body -> new Thread(body, "made")) : builder;
  }

  private ThreadExitLocal<String> logging(String name) {
    return ThreadExitLocal.of(
        () -> name, value -> log.add(value + " on " + Thread.currentThread().getName()));
  }

  private void attempt(Callable<?> use) {
    try {
      log.add(String.valueOf(use.call()));
    } catch (Exception e) {
      log.add(e.getClass().getSimpleName());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWorkersThreadDestroysItsOwnValuesAfterTheWorkers(boolean ownFactory) throws Exception {
    ThreadExitLocal<String> exit = logging("exit");
    WorkerLocal<String> used =
        WorkerLocal.of(
            () -> "worker",
            value -> {
              log.add(value + " on " + Thread.currentThread().getName());
              exit.get();
            });
    WorkerLocal<String> owned = WorkerLocal.of(() -> "owned", value -> log.add(value));
    try (WorkerRuntime runtime = runtime(ownFactory).start()) {
      runtime.run(() -> used.with(String::length));
      runtime.run(() -> owned.onOwner(value -> exit.get() + value));
    }
    String thread = ownFactory ? "made" : "local-worker-0";
    assertThat(log).containsExactly("owned", "worker on " + thread, "exit on " + thread);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aThreadOfTheBlockingPoolDestroysItsValuesWhenItHasBeenIdle(boolean ownFactory)
      throws Exception {
    ThreadExitLocal<String> exit = logging("exit");
    try (WorkerRuntime runtime =
        runtime(ownFactory).blockingKeepAlive(Duration.ofMillis(1)).start()) {
      runtime.spawnBlocking(exit::get).get();
      Await.until("the thread has ended", () -> !log.isEmpty());
    }
    assertThat(log).containsExactly("exit on " + (ownFactory ? "made" : "local-blocking-1"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCloseWaitsForTheDestructorsOfThePool(boolean ownFactory) throws Exception {
    int jobs = 4;
    CountDownLatch running = new CountDownLatch(jobs);
    CountDownLatch ending = new CountDownLatch(jobs);
    CountDownLatch closed = new CountDownLatch(1);
    ThreadExitLocal<String> exit =
        ThreadExitLocal.of(
            () -> "value",
            value -> {
              ending.countDown();
              attempt(() -> closed.await(200, TimeUnit.MILLISECONDS));
            });
    try (WorkerRuntime runtime =
        runtime(ownFactory).blockingKeepAlive(Duration.ofMillis(1)).start()) {
      for (int i = 0; i < jobs; i++) {
        runtime.spawnBlocking(() -> {
          exit.get();
          running.countDown();
          return running.await(20, TimeUnit.SECONDS);
        });
      }
      // They are idle for too long, and end before the close begins.
      ending.await();
    }
    closed.countDown();
    assertThat(log).hasSize(jobs).containsOnly("false");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDestructorThatBlocksIsInTheReportAndHoldsTheCloseUpForABoundedTime(boolean onWorker)
      throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    ThreadExitLocal<String> exit =
        ThreadExitLocal.<String>builder(() -> "value")
            .name("stuck")
            .destructor(value -> {
              inside.countDown();
              Await.unwillingly(release);
            })
            .build();
    WorkerLocal<String> owned = WorkerLocal.of(() -> "owned");
    WorkerRuntime runtime = runtime(false).destructorDeadline(Duration.ofMillis(200)).start();
    if (onWorker) {
      runtime.run(() -> owned.onOwner(value -> exit.get()));
    } else {
      runtime.spawnBlocking(exit::get).get();
    }
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isFalse();
    // A busy machine may let the deadline pass before the destructor begins.
    inside.await();
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.phase()).isEqualTo(ShutdownPhase.DESTROYING);
    assertThat(report.holders())
        .singleElement()
        .satisfies(holder -> {
          assertThat(holder.kind()).isEqualTo(ShutdownReport.Kind.DESTRUCTOR);
          assertThat(holder.name()).isEqualTo("stuck");
          assertThat(holder.owner())
              .isEqualTo("thread 'local-" + (onWorker ? "worker-0'" : "blocking-1'"));
          assertThat(holder.stack()).isNotEmpty();
        });
    release.countDown();
    assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(runtime.shutdown(LONG, LONG).holders()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDestructorThatFailsIsInTheReport(boolean ownFactory) throws Exception {
    ThreadExitLocal<String> old = logging("old");
    ThreadExitLocal<String> failing =
        ThreadExitLocal.<String>builder(() -> "value")
            .name("failing")
            .destructor(value -> {
              throw new IllegalStateException("destructor fails");
            })
            .build();
    String thread = ownFactory ? "made" : "local-blocking-1";
    try (LogRecords records = LogRecords.of("dev.holdfast");
        WorkerRuntime runtime = runtime(ownFactory).start()) {
      runtime.spawnBlocking(() -> old.get() + failing.get()).get();
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.failures())
          .singleElement()
          .satisfies(failure -> {
            assertThat(failure.kind()).isEqualTo(ShutdownReport.Kind.DESTRUCTOR);
            assertThat(failure.name()).isEqualTo("failing");
            assertThat(failure.owner()).isEqualTo("thread '" + thread + "'");
            assertThat(failure.cause()).hasMessage("destructor fails");
          });
      assertThat(records.messages()).singleElement().asString().contains("'failing'");
    }
    assertThat(log).containsExactly("old on " + thread);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDestructorOfThePoolIsNoJobAnyMore(boolean ownFactory) throws Exception {
    WorkerLocal<String> local = WorkerLocal.of(() -> "local");
    CountDownLatch draining = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    WorkerRuntime runtime = runtime(ownFactory).blockingKeepAlive(Duration.ofMillis(1)).start();
    LocalRef<String> ref = runtime.run(local::ref);
    ThreadExitLocal<String> exit =
        ThreadExitLocal.of(
            () -> "value",
            value -> {
              Await.unwillingly(draining);
              attempt(ref::get);
              attempt(() -> runtime.spawn(() -> "task"));
              attempt(() -> runtime.spawnBlocking(() -> "job"));
              attempt(() -> runtime.shutdown(Duration.ZERO, Duration.ZERO));
              done.countDown();
            });
    runtime.spawn(() -> {
      Await.unwillingly(end);
      return null;
    });
    runtime.spawnBlocking(exit::get).get();
    runtime.shutdown();
    draining.countDown();
    Await.unwillingly(done);
    end.countDown();
    assertThat(runtime.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(log)
        .containsExactly(
            EscapedReferenceException.class.getSimpleName(),
            RuntimeClosedException.class.getSimpleName(),
            RuntimeClosedException.class.getSimpleName(),
            BlockingEntryException.class.getSimpleName());
  }

  @Test
  void aFactoryOfOursMayMakeTheThreadsOfARuntime() throws Exception {
    ThreadExitLocal<String> exit = logging("exit");
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .threadFactory(ThreadExitLocal.threadFactory(body -> new Thread(body, "made")))
            .start()) {
      runtime.spawnBlocking(exit::get).get();
    }
    Await.until("the thread has ended", () -> !log.isEmpty());
    assertThat(log).containsExactly("exit on made");
  }
}
