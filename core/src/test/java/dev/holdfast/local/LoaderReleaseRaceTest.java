// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.BlockingEntryException;
import dev.holdfast.runtime.LoaderRelease;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.PluginJar;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A class loader is released while its code is at work: what begins, ends or fails meanwhile. */
@Tag("S47")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LoaderReleaseRaceTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir private static Path directory;

  private static PluginJar jar;

  private PluginJar.Deployed plugin;

  @BeforeAll
  static void compile() throws Exception {
    jar = PluginJar.compile(directory, WrappingPlugin.NAME, WrappingPlugin.SOURCE);
  }

  @BeforeEach
  void deploy() {
    plugin = jar.deploy();
  }

  private static WorkerRuntime workers(int count) {
    return WorkerRuntime.builder().workers(count).spareWorkers(0).name("host").start();
  }

  @SuppressWarnings("unchecked")
  private Supplier<Object> supplier(Supplier<Object> inner) {
    return (Supplier<Object>) plugin.call("supplier", inner);
  }

  @SuppressWarnings("unchecked")
  private Callable<Object> callable(Callable<Object> inner) {
    return (Callable<Object>) plugin.call("callable", inner);
  }

  @SuppressWarnings("unchecked")
  private Consumer<Object> consumer(Consumer<Object> inner) {
    return (Consumer<Object>) plugin.call("consumer", inner);
  }

  private static Object await(CountDownLatch begun, CountDownLatch end) {
    begun.countDown();
    Await.unwillingly(end);
    return "value";
  }

  // ---- What is being made

  @Test
  @DisplayName("S47: a value of a task that is being made is waited for as one that is there")
  void waitsForInitialisersOfTasks() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch last = new CountDownLatch(1);
    TaskLocal<Object> local = TaskLocal.of(supplier(() -> await(begun, end)));
    try (WorkerRuntime runtime = workers(1)) {
      Task<Object> task =
          runtime.spawn(() -> {
            local.get();
            Await.unwillingly(last);
            return null;
          });
      try {
        begun.await();
        assertThat(LoaderRelease.release(plugin.loader(), SHORT).complete()).isFalse();
        end.countDown();
        assertThat(LoaderRelease.release(plugin.loader(), SHORT).complete()).isFalse();
      } finally {
        end.countDown();
        last.countDown();
      }
      task.join();
      assertThat(LoaderRelease.release(plugin.loader(), LONG).complete()).isTrue();
    }
  }

  @Test
  @DisplayName("S47: a value of a thread that is being made is waited for as one that is there")
  void waitsForInitialisersOfThreads() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch last = new CountDownLatch(1);
    ThreadExitLocal<Object> local = ThreadExitLocal.of(supplier(() -> await(begun, end)));
    Thread thread =
        ThreadExitLocal.threadFactory(Executors.defaultThreadFactory())
            .newThread(() -> {
              local.get();
              Await.unwillingly(last);
            });
    thread.start();
    try {
      begun.await();
      assertThat(LoaderRelease.release(plugin.loader(), SHORT).complete()).isFalse();
      end.countDown();
      assertThat(LoaderRelease.release(plugin.loader(), SHORT).complete()).isFalse();
    } finally {
      end.countDown();
      last.countDown();
    }
    thread.join();
    assertThat(LoaderRelease.release(plugin.loader(), LONG).complete()).isTrue();
  }

  /** Fails to make a value of a local of the plugin that nobody else refers to. */
  private void failToMake(boolean ofTask) {
    Supplier<Object> initial =
        supplier(() -> {
          throw new IllegalStateException("as told");
        });
    assertThatThrownBy(
            () -> {
              if (ofTask) {
                TaskLocal.of(initial, consumer(value -> {})).get();
              } else {
                ThreadExitLocal.of(initial, consumer(value -> {})).get();
              }
            })
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("S47: an initialiser that failed does not keep the loader, whoever called it")
  void isNotKeptByFailedInitialisers() throws Exception {
    CountDownLatch failed = new CountDownLatch(3);
    CountDownLatch last = new CountDownLatch(1);
    Thread thread =
        ThreadExitLocal.threadFactory(Executors.defaultThreadFactory())
            .newThread(() -> {
              failToMake(false);
              await(failed, last);
            });
    thread.start();
    try (WorkerRuntime runtime = workers(1)) {
      runtime.spawn(() -> {
        failToMake(true);
        failToMake(false);
        return await(failed, last);
      });
      runtime.spawnBlocking(() -> {
        failToMake(false);
        return await(failed, last);
      });
      try {
        failed.await();
        LoaderRelease.Report report = LoaderRelease.release(plugin.take(), LONG);
        assertThat(report.complete()).as(report.toString()).isTrue();
        assertThat(report.isCollected()).as(report.toString()).isTrue();
      } finally {
        last.countDown();
      }
    }
    thread.join();
  }

  // ---- Who is asked

  @Test
  @DisplayName("S47: a release goes on to its end when the loader has been collected meanwhile")
  void endsAfterTheLoaderWasCollected() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch last = new CountDownLatch(1);
    try (WorkerRuntime runtime = workers(2)) {
      // A body of a class of the JDK's.
      runtime.execute(
          new FutureTask<>(() -> {
            Await.unwillingly(last);
            return null;
          }));
      try {
        Task<Object> task = runtime.spawn(callable(() -> await(begun, end)));
        begun.await();
        LoaderRelease.Report report = LoaderRelease.release(plugin.take(), SHORT);
        assertThat(report.complete()).isFalse();
        end.countDown();
        task.join();
        task = null;
        Await.until("the loader is collected", report::isCollected);
        Await.until("the release has ended", () -> !isReleasing());
      } finally {
        last.countDown();
      }
    }
  }

  private static boolean isReleasing() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("holdfast-release"));
  }

  @Test
  @DisplayName("S47: two loaders with values on one thread of the pool are both released")
  void releasesTwoOnOneThread() throws Exception {
    List<PluginJar.Deployed> both = List.of(plugin, jar.deploy());
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger destroyed = new AtomicInteger();
    List<ThreadExitLocal<Object>> locals = new ArrayList<>();
    for (PluginJar.Deployed each : both) {
      plugin = each;
      locals.add(
          ThreadExitLocal.of(
              supplier(Object::new), consumer(value -> destroyed.incrementAndGet())));
    }
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).blockingKeepAlive(Duration.ofMinutes(5)).start()) {
      Task<Object> job =
          runtime.spawnBlocking(() -> {
            locals.forEach(ThreadExitLocal::get);
            return await(begun, end);
          });
      begun.await();
      try {
        for (PluginJar.Deployed each : both) {
          assertThat(LoaderRelease.release(each.loader(), SHORT).complete()).isFalse();
        }
      } finally {
        end.countDown();
      }
      job.join();
      Await.until("both are destroyed", () -> destroyed.get() == 2);
    }
  }

  // ---- The report

  @Test
  @DisplayName("S47: workers that do not answer delay the report by a second at most, all together")
  void keepsItsDeadline() throws Exception {
    CountDownLatch begun = new CountDownLatch(4);
    CountDownLatch end = new CountDownLatch(1);
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    try (WorkerRuntime runtime = workers(4)) {
      for (int i = 0; i < 4; i++) {
        runtime.spawn(() -> local.with(value -> await(begun, end)));
      }
      begun.await();
      try {
        long before = System.nanoTime();
        assertThat(LoaderRelease.release(plugin.loader(), SHORT).complete()).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - before))
            .isLessThan(Duration.ofMillis(2500));
      } finally {
        end.countDown();
      }
    }
  }

  @Test
  @DisplayName("S47: an object of the plugin in a leased value of the host is named")
  void namesLeasedValues() throws Exception {
    WorkerLocal<Object> cache =
        WorkerLocal.builder(() -> plugin.call("value", null)).name("cache").build();
    try (WorkerRuntime runtime = workers(1)) {
      runtime.run(() -> {
        cache.lease().close();
        return null;
      });
      LoaderRelease.Report report = LoaderRelease.release(plugin.loader(), LONG);
      assertThat(report.complete()).isTrue();
      assertThat(report.remaining())
          .containsExactly(
              new LoaderRelease.Remaining(
                  LoaderRelease.Reference.VALUE_OF_OTHER_LOCAL, "cache", "host-worker-0"));
    }
  }

  @Test
  @DisplayName("A destructor's exception that cannot be described is reported all the same")
  void reportsWhatCannotBeDescribed() throws Exception {
    WorkerLocal<Object> local =
        WorkerLocal.<Object>builder(supplier(Object::new))
            .name("failing")
            .destructor(value -> {
              throw (RuntimeException) plugin.call("unspeakable", null);
            })
            .build();
    try (WorkerRuntime runtime = workers(1)) {
      runtime.run(local::ref);
      LoaderRelease.Report report = LoaderRelease.release(plugin.loader(), LONG);
      assertThat(report.failures()).hasSize(1);
      assertThat(report.failures().getFirst().name()).isEqualTo("failing");
      assertThat(report.failures().getFirst().cause()).hasMessageContaining("Unspeakable");
    }
  }

  // ---- Who would wait for itself

  @Test
  @DisplayName("S24: a task, job or thread that has values of the loader does not wait for itself")
  void doesNotWaitForItself() throws Exception {
    TaskLocal<Object> ofTask = TaskLocal.of(supplier(Object::new));
    ThreadExitLocal<Object> ofThread = ThreadExitLocal.of(supplier(Object::new));
    WorkerLocal<Object> leased = WorkerLocal.of(supplier(Object::new));
    try (WorkerRuntime runtime = workers(1)) {
      Task<?> task =
          runtime.spawn(() -> {
            ofTask.get();
            assertRefused();
            return null;
          });
      task.join();
      runtime
          .spawn(() -> {
            try (Lease<Object> lease = leased.lease()) {
              assertRefused();
              return lease.get();
            }
          })
          .join();
      runtime
          .spawn(() -> {
            ofThread.get();
            assertRefused();
            return null;
          })
          .join();
      runtime
          .spawnBlocking(() -> {
            ofThread.get();
            assertRefused();
            return null;
          })
          .join();
    }
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        ThreadExitLocal.threadFactory(Executors.defaultThreadFactory())
            .newThread(() -> {
              ofThread.get();
              assertRefused();
            });
    thread.setUncaughtExceptionHandler((which, e) -> failure.set(e));
    thread.start();
    thread.join();
    assertThat(failure).hasNullValue();
  }

  private void assertRefused() {
    assertThatThrownBy(() -> LoaderRelease.release(plugin.loader(), SHORT))
        .isInstanceOf(BlockingEntryException.class)
        .hasMessageContaining("wait");
  }

  // ---- Who begins while another ends

  @Test
  @DisplayName("S47: a task that ends as it starts the next is never missed")
  void seesChainsOfTasks() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicBoolean released = new AtomicBoolean();
    AtomicInteger late = new AtomicInteger();
    CountDownLatch parked = new CountDownLatch(1);
    CompletableFuture<Object> chainEnd = new CompletableFuture<>();
    try (WorkerRuntime runtime = workers(2)) {
      for (int i = 0; i < 20; i++) {
        // In tasks, so that each worker has a long list to go through.
        runtime.run(() -> {
          for (int k = 0; k < 1_000; k++) {
            runtime.spawn(() -> {
              parked.await();
              return null;
            });
          }
          return null;
        });
      }
      try {
        AtomicReference<Callable<Object>> link = new AtomicReference<>();
        link.set(
            callable(() -> {
              if (released.get()) {
                late.incrementAndGet();
              }
              if (stop.get()) {
                chainEnd.complete(null);
              } else {
                runtime.spawn(link.get());
              }
              return null;
            }));
        runtime.spawn(link.get());
        LoaderRelease.Report report = LoaderRelease.release(plugin.loader(), Duration.ofSeconds(3));
        released.set(report.complete());
        assertThat(report.complete()).as(report.toString()).isFalse();
      } finally {
        stop.set(true);
        chainEnd.join();
        parked.countDown();
      }
      assertThat(LoaderRelease.release(plugin.loader(), LONG).complete()).isTrue();
    }
  }
}
