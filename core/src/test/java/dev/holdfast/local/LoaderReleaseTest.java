// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.holdfast.runtime.BlockingEntryException;
import dev.holdfast.runtime.LoaderRelease;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.PluginJar;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The release of a class loader while values of its locals are alive (S47). */
@Tag("S47")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LoaderReleaseTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir private static Path directory;

  private static PluginJar jar;

  // Looked through while others add to it.
  private final List<String> events = new CopyOnWriteArrayList<>();
  private PluginJar.Deployed plugin;

  @BeforeAll
  static void compile() throws Exception {
    jar = PluginJar.compile(directory, ReleasedPlugin.NAME, ReleasedPlugin.SOURCE);
  }

  @BeforeEach
  void deploy() {
    plugin = jar.deploy();
    plugin.call("log", (Consumer<String>) events::add);
  }

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).name("host").start();
  }

  private void use(WorkerRuntime runtime, String what, String... locals) throws Exception {
    for (String local : locals) {
      runtime.run(() -> {
        plugin.call(what, local);
        return null;
      });
    }
  }

  /** Releases the plugin and lets go of it. */
  private LoaderRelease.Report release(Duration deadline) {
    return LoaderRelease.release(plugin.take(), deadline);
  }

  private static void assertCollected(LoaderRelease.Report report) {
    assertThat(report.complete()).as(report.toString()).isTrue();
    assertThat(report.remaining()).isEmpty();
    assertThat(report.isCollected()).as(report.toString()).isTrue();
  }

  @Test
  @DisplayName(
      "S47: the values are destroyed on their worker, last made first; then it is unloaded")
  void destroysThenUnloads() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      use(runtime, "with", "first", "second");
      use(runtime, "ref", "first");
      runtime.run(() -> {
        ((Lease<?>) plugin.call("lease", "leased")).close();
        return null;
      });
      events.clear();
      LoaderRelease.Report report = release(LONG);
      assertThat(events)
          .containsExactly(
              "destroyed leased on host-worker-0",
              "destroyed second on host-worker-0",
              "destroyed first on host-worker-0");
      assertThat(report.destroyed()).isEqualTo(3);
      assertThat(report.failures()).isEmpty();
      assertThat(report.holders()).isEmpty();
      assertCollected(report);
      assertThat(runtime.shutdown(LONG, LONG).destroyed()).isEqualTo(3);
    }
    assertThat(events).hasSize(3);
  }

  @Test
  @DisplayName("S47: values in several runtimes and on all their workers are destroyed")
  void destroysInAllRuntimes() throws Exception {
    try (WorkerRuntime one = WorkerRuntime.builder().workers(3).start();
        WorkerRuntime two = WorkerRuntime.builder().workers(2).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        tasks.add((i % 2 == 0 ? one : two).spawn(() -> plugin.call("with", "first")));
      }
      tasks.forEach(Task::join);
      tasks.clear();
      long made = events.stream().filter("made first"::equals).count();
      LoaderRelease.Report report = release(LONG);
      assertThat(made).isPositive();
      assertThat(report.destroyed()).isEqualTo(made);
      assertCollected(report);
    }
  }

  @Test
  @DisplayName("Values of other loaders stay, and destructors of the released may use them")
  void leavesOthersAlone() throws Exception {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> old = WorkerLocal.of(ledger::make);
    WorkerLocal<Ledger.Probe> between = WorkerLocal.of(ledger::make);
    WorkerLocal<Ledger.Probe> late = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(old::ref);
      use(runtime, "with", "first");
      runtime.run(between::ref);
      use(runtime, "with", "second");
      // A destructor of the plugin makes a value of the host's.
      plugin.call(
          "log",
          (Consumer<String>)
              text -> {
                if (text.startsWith("destroyed")) {
                  late.update(probe -> probe.uses++);
                }
              });
      LoaderRelease.Report report = release(LONG);
      assertThat(report.destroyed()).isEqualTo(2);
      assertThat(report.failures()).isEmpty();
      assertThat(ledger.made()).hasSize(3);
      assertThat(ledger.destroyed()).isEmpty();
      runtime.run(() -> {
        old.update(probe -> assertThat(probe.isDestroyed()).isFalse());
        late.update(probe -> assertThat(probe.uses).isEqualTo(2));
        return null;
      });
      assertCollected(report);
    }
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  @DisplayName("A destructor may use older values of its loader; what it uses first throws")
  void letsDestructorsUseOlderValues() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      use(runtime, "with", "first", "reader", "maker");
      LoaderRelease.Report report = release(LONG);
      assertThat(events).contains("reads first").doesNotContain("made unused");
      assertThat(report.destroyed()).isEqualTo(3);
      assertThat(report.failures()).hasSize(1);
      assertThat(report.failures().getFirst().name()).isEqualTo("maker");
      assertThat(report.failures().getFirst().cause().toString())
          .contains("LocalDestroyedException")
          .contains("LoaderRelease");
      assertCollected(report);
    }
  }

  @Test
  @DisplayName("A destructor that throws stops no other; the report keeps no class of it")
  void reportsFailures() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      use(runtime, "with", "first", "failing", "second");
      LoaderRelease.Report report = release(LONG);
      assertThat(report.destroyed()).isEqualTo(3);
      assertThat(report.failures()).hasSize(1);
      ShutdownReport.Failure failure = report.failures().getFirst();
      assertThat(failure.name()).isEqualTo("failing");
      assertThat(failure.owner()).isEqualTo("host-worker-0");
      assertThat(failure.cause()).hasMessage("plugin.Plugin$Broken: as told");
      assertThat(failure.cause().getCause()).hasMessage("plugin.Plugin$Broken: cause");
      assertThat(failure.cause().getStackTrace()[0].getMethodName()).isEqualTo("close");
      assertCollected(report);
      // The runtime's own report has it too.
      assertThat(runtime.shutdown(LONG, LONG).failures()).containsExactly(failure);
    }
  }

  @Test
  @DisplayName("After the release a first use throws and names it; so does what was in use")
  void refusesUses() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      use(runtime, "with", "first");
      LocalRef<?> ref = (LocalRef<?>) runtime.run(() -> plugin.call("ref", "first"));
      LoaderRelease.Report report = LoaderRelease.release(plugin.loader(), LONG);
      assertThat(report.complete()).isTrue();
      assertThat(report.collected()).isFalse();
      assertThat(report.remaining()).isEmpty();
      for (String local : List.of("first", "second")) {
        for (String form : List.of("with", "ref", "lease", "guard")) {
          assertThatThrownBy(() -> runtime.run(() -> plugin.call(form, local)))
              .as(form + " " + local)
              .isInstanceOf(LocalDestroyedException.class)
              .hasMessageContaining(local)
              .hasMessageContaining("LoaderRelease.release()");
        }
      }
      for (String local : List.of("of task", "of thread")) {
        assertThatThrownBy(() -> runtime.run(() -> plugin.call(local, null)))
            .isInstanceOf(LocalDestroyedException.class)
            .hasMessageContaining("LoaderRelease.release()");
      }
      assertThatThrownBy(() -> runtime.run(ref::get))
          .isInstanceOf(LocalDestroyedException.class)
          .hasMessageContaining("LoaderRelease.release()");
      assertThat(events).containsExactly("made first", "destroyed first on host-worker-0");
      // A second release finds nothing to do.
      plugin.take();
      assertCollected(report);
    }
  }

  @Test
  @DisplayName("A reference that is kept does not keep the loader")
  void isNotKeptByReferences() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      LocalRef<?> ref = (LocalRef<?>) runtime.run(() -> plugin.call("ref", "first"));
      Guard<?> guard = (Guard<?>) runtime.run(() -> plugin.call("guard", "second"));
      guard.close();
      Lease<?> lease = runtime.run(() -> closed((Lease<?>) plugin.call("lease", "leased")));
      assertCollected(release(LONG));
      assertThat(lease).isNotNull();
      assertThat(ref).isNotNull();
      assertThat(guard).isNotNull();
    }
  }

  private static Lease<?> closed(Lease<?> lease) {
    lease.close();
    return lease;
  }

  // ---- Holders

  private ShutdownReport.Holder heldBy(LoaderRelease.Report report) {
    assertThat(report.complete()).isFalse();
    assertThat(report.collected()).isFalse();
    assertThat(events).noneMatch(event -> event.startsWith("destroyed"));
    assertThat(report.holders()).as(report.toString()).hasSize(1);
    return report.holders().getFirst();
  }

  private void assertGoesOnByItself(LoaderRelease.Report report) {
    Await.until(
        "the value is destroyed",
        () -> events.stream().anyMatch(event -> event.startsWith("destroyed first")));
    assertThat(report.isCollected()).isTrue();
  }

  @Test
  @DisplayName("A task of the loader is waited for; at the deadline it is named, with its stack")
  void waitsForTasks() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (WorkerRuntime runtime = oneWorker()) {
      Task<Object> task = spawnBody(runtime, begun, end);
      begun.await();
      LoaderRelease.Report report = release(SHORT);
      try {
        ShutdownReport.Holder holder = heldBy(report);
        assertThat(holder.kind()).isEqualTo(ShutdownReport.Kind.TASK);
        assertThat(holder.name()).isEqualTo("busy");
        assertThat(holder.stack()).anyMatch(frame -> frame.getClassName().startsWith("plugin."));
      } finally {
        end.countDown();
      }
      task.join();
      task = null;
      assertGoesOnByItself(report);
    }
  }

  @SuppressWarnings("unchecked")
  private Task<Object> spawnBody(WorkerRuntime runtime, CountDownLatch begun, CountDownLatch end) {
    Runnable inside =
        () -> {
          begun.countDown();
          Await.unwillingly(end);
        };
    return runtime.spawn("busy", (Callable<Object>) plugin.call("body", inside));
  }

  @Test
  @DisplayName("A runnable of the loader is waited for, however it was submitted; a job too")
  void waitsForRunnablesAndJobs() throws Exception {
    CountDownLatch begun = new CountDownLatch(3);
    CountDownLatch end = new CountDownLatch(1);
    Runnable inside =
        () -> {
          begun.countDown();
          Await.unwillingly(end);
        };
    try (WorkerRuntime runtime = oneWorker()) {
      use(runtime, "with", "first");
      runtime.execute((Runnable) plugin.call("runnable", inside));
      runtime.submit((Runnable) plugin.call("runnable", inside));
      spawnJob(runtime, inside);
      begun.await();
      LoaderRelease.Report report = release(SHORT);
      try {
        assertThat(report.holders())
            .extracting(ShutdownReport.Holder::kind)
            .containsExactlyInAnyOrder(
                ShutdownReport.Kind.TASK, ShutdownReport.Kind.TASK, ShutdownReport.Kind.JOB);
        assertThat(events).containsExactly("made first");
      } finally {
        end.countDown();
      }
      assertGoesOnByItself(report);
    }
  }

  @SuppressWarnings("unchecked")
  private void spawnJob(WorkerRuntime runtime, Runnable inside) {
    runtime.spawnBlocking((Callable<Object>) plugin.call("body only", inside));
  }

  @Test
  @DisplayName("A lease of a task of the host is waited for, and is named")
  void waitsForLeases() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (WorkerRuntime runtime = oneWorker()) {
      use(runtime, "with", "first");
      Task<Object> task =
          runtime.spawn(
              "tenant",
              () -> {
                try (Lease<?> lease = (Lease<?>) plugin.call("lease", "leased")) {
                  begun.countDown();
                  Await.unwillingly(end);
                  return lease.get().toString();
                }
              });
      begun.await();
      LoaderRelease.Report report = release(SHORT);
      try {
        ShutdownReport.Holder holder = heldBy(report);
        assertThat(holder.kind()).isEqualTo(ShutdownReport.Kind.LEASE);
        assertThat(holder.name()).isEqualTo("leased");
        assertThat(holder.owner()).contains("tenant");
      } finally {
        end.countDown();
      }
      assertThat(task.join()).isNotNull();
      assertGoesOnByItself(report);
    }
  }

  @Test
  @DisplayName("A guard is waited for, and is named")
  void waitsForGuards() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      Guard<?> guard = (Guard<?>) runtime.run(() -> plugin.call("guard", "first"));
      LoaderRelease.Report report = release(SHORT);
      try {
        ShutdownReport.Holder holder = heldBy(report);
        assertThat(holder.kind()).isEqualTo(ShutdownReport.Kind.GUARD);
        assertThat(holder.name()).isEqualTo("first");
        assertThat(((Supplier<?>) guard.get()).get()).isEqualTo("first");
      } finally {
        guard.close();
      }
      assertGoesOnByItself(report);
    }
  }

  @Test
  @DisplayName("A running with is waited for, and its task is named")
  void waitsForRunningWith() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (WorkerRuntime runtime = oneWorker()) {
      Runnable inside =
          () -> {
            begun.countDown();
            Await.unwillingly(end);
          };
      Task<Object> task = runtime.spawn("inside", () -> plugin.call("run inside with", inside));
      begun.await();
      LoaderRelease.Report report = release(SHORT);
      try {
        ShutdownReport.Holder holder = heldBy(report);
        assertThat(holder.kind()).isEqualTo(ShutdownReport.Kind.TASK);
        assertThat(holder.name()).isEqualTo("inside");
        assertThat(holder.stack()).anyMatch(frame -> frame.getMethodName().equals("update"));
      } finally {
        end.countDown();
      }
      task.join();
      assertGoesOnByItself(report);
    }
  }

  @Test
  @DisplayName("A task of the host that has a value of a task-local is waited for")
  void waitsForValuesOfTasks() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (WorkerRuntime runtime = oneWorker()) {
      use(runtime, "with", "first");
      Task<Object> task =
          runtime.spawn(
              "request",
              () -> {
                plugin.call("of task", null);
                plugin.call("of thread", null);
                begun.countDown();
                Await.unwillingly(end);
                return null;
              });
      begun.await();
      LoaderRelease.Report report = release(SHORT);
      try {
        assertThat(events).noneMatch(event -> event.startsWith("destroyed"));
        assertThat(report.holders())
            .extracting(ShutdownReport.Holder::kind, ShutdownReport.Holder::name)
            .containsExactlyInAnyOrder(
                tuple(ShutdownReport.Kind.VALUE, "of task"),
                tuple(ShutdownReport.Kind.VALUE, "of thread"));
        assertThat(report.holders().getFirst().owner()).contains("request");
      } finally {
        end.countDown();
      }
      task.join();
      assertGoesOnByItself(report);
      assertThat(events).filteredOn(event -> event.startsWith("destroyed of")).hasSize(2);
    }
  }

  @Test
  @DisplayName("Thread-exit values of a runtime's own threads are destroyed on them, which go on")
  void destroysOnThreadsOfTheRuntime() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> plugin.call("of thread on owner", null));
      String thread =
          runtime
              .spawnBlocking(() -> {
                plugin.call("of thread", null);
                return Thread.currentThread().getName();
              })
              .join();
      events.clear();
      LoaderRelease.Report report = release(LONG);
      assertThat(events)
          .containsExactlyInAnyOrder(
              "destroyed first on host-worker-0",
              "destroyed of thread on host-worker-0",
              "destroyed of thread on " + thread);
      assertThat(report.destroyed()).isEqualTo(3);
      assertCollected(report);
      String same = runtime.spawnBlocking(() -> Thread.currentThread().getName()).join();
      assertThat(same).isEqualTo(thread);
    }
  }

  @Test
  @DisplayName("A worker or pool thread that waits does not keep what ran on it last")
  void isNotKeptByResults() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      assertThat(runtime.run(() -> plugin.call("value", null))).isNotNull();
      assertThat(runtime.spawnBlocking(() -> plugin.call("value", null)).join()).isNotNull();
      assertCollected(release(LONG));
    }
  }

  @Test
  @DisplayName("An object of the plugin in a local of the host keeps it; the report says so")
  void saysWhatOfOursKeepsIt() throws Exception {
    WorkerLocal<Object> cache =
        WorkerLocal.builder(() -> plugin.call("value", null)).name("cache").build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(cache::ref);
      LoaderRelease.Report report = release(LONG);
      assertThat(report.complete()).isTrue();
      assertThat(report.collected()).isFalse();
      assertThat(report.remaining())
          .containsExactly(
              new LoaderRelease.Remaining(
                  LoaderRelease.Reference.VALUE_OF_OTHER_LOCAL, "cache", "host-worker-0"));
    }
  }

  @Test
  @DisplayName("A local comes from its initialiser's loader too, if the host makes it for a plugin")
  @SuppressWarnings("unchecked")
  void comesFromItsInitialiser() throws Exception {
    try (WorkerRuntime runtime = oneWorker()) {
      WorkerLocal<Object> made =
          WorkerLocal.of((Supplier<Object>) plugin.call("supplier", null), value -> {});
      runtime.run(made::ref);
      LoaderRelease.Report report = LoaderRelease.release(plugin.loader(), LONG);
      assertThat(report.destroyed()).isEqualTo(1);
      assertThatThrownBy(() -> runtime.run(made::ref)).isInstanceOf(LocalDestroyedException.class);
    }
  }

  @Test
  @DisplayName("A local comes from the loader that makes it too, whatever it calls")
  void comesFromItsMaker() throws Exception {
    Supplier<Object> shared = Object::new;
    try (WorkerRuntime runtime = oneWorker()) {
      WorkerLocal<?> made = (WorkerLocal<?>) plugin.call("local with", shared);
      runtime.run(made::ref);
      LoaderRelease.Report report = LoaderRelease.release(plugin.loader(), LONG);
      assertThat(report.destroyed()).isEqualTo(1);
      assertThatThrownBy(() -> runtime.run(made::ref)).isInstanceOf(LocalDestroyedException.class);
    }
  }

  @Test
  @DisplayName("What was abandoned is destroyed by the close of the runtime, if that comes first")
  void endsWithTheRuntime() throws Exception {
    LoaderRelease.Report report;
    try (WorkerRuntime runtime = oneWorker()) {
      Guard<?> guard = (Guard<?>) runtime.run(() -> plugin.call("guard", "first"));
      report = release(SHORT);
      try {
        heldBy(report);
      } finally {
        guard.close();
      }
    }
    assertThat(events).containsExactly("made first", "destroyed first on host-worker-0");
    assertThat(report.isCollected()).isTrue();
  }

  @Test
  @DisplayName("The calls that would wait for themselves are refused, as are lasting loaders")
  @SuppressWarnings("unchecked")
  void refusesWhatWouldWaitForItself() throws Exception {
    ClassLoader own = WorkerLocal.class.getClassLoader();
    assertThatThrownBy(() -> LoaderRelease.release(own, SHORT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LoaderRelease.release(plugin.loader(), Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    try (WorkerRuntime runtime = oneWorker()) {
      List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
      Runnable releases =
          () -> {
            try {
              LoaderRelease.release(plugin.loader(), LONG);
            } catch (RuntimeException e) {
              thrown.add(e);
            }
          };
      runtime.spawn((Callable<Object>) plugin.call("body", releases)).join();
      runtime.spawnBlocking((Callable<Object>) plugin.call("body only", releases)).join();
      runtime.run(() -> plugin.call("run inside with", releases));
      assertThat(thrown).hasSize(3).hasOnlyElementsOfType(BlockingEntryException.class);
    }
  }
}
