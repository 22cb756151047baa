// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.LoaderRelease;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.PluginJar;
import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A plugin that is deployed anew again and again in one runtime leaves nothing behind (S47). */
@Tag("S47")
@EveryTier
final class RedeployTest {

  private static final ClassLoadingMXBean CLASSES = ManagementFactory.getClassLoadingMXBean();
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int WARM_UP = 10;

  /** What a plugin allocates outside of the heap, and what the process may have more at the end. */
  private static final long NATIVE_BYTES = 4 << 20;

  private static final long NATIVE_BOUND = 100 << 20;

  @TempDir private static Path directory;

  private static PluginJar jar;

  private final AtomicLong made = new AtomicLong();
  private final AtomicLong destroyed = new AtomicLong();

  @BeforeAll
  static void compile() throws Exception {
    jar = PluginJar.compile(directory, ReleasedPlugin.NAME, ReleasedPlugin.SOURCE);
  }

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @DisplayName("S47: 50 deployments leave no class, no heap and no native memory behind")
  void fiftyLeaveNothing() throws Exception {
    redeploy(50);
  }

  @Test
  @Tag("long")
  @Timeout(value = 1_200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @DisplayName("S47: 1,000 deployments leave no class, no heap and no native memory behind")
  void thousandLeaveNothing() throws Exception {
    redeploy(1_000);
  }

  private void redeploy(int times) throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      for (int i = 0; i < WARM_UP; i++) {
        deployAndRelease(runtime);
      }
      System.gc();
      final int classes = CLASSES.getLoadedClassCount();
      final long heap = heap();
      final long resident = resident();
      for (int i = 0; i < times; i++) {
        deployAndRelease(runtime);
      }
      System.gc();
      // A plugin has about a dozen classes, lambdas included.
      assertThat(CLASSES.getLoadedClassCount() - classes).as("classes more").isLessThan(times);
      assertThat(heap() - heap).as("bytes of heap more").isLessThan(8L << 20);
      assertThat(resident() - resident).as("resident bytes more").isLessThan(NATIVE_BOUND);
      assertThat(destroyed).hasValue(made.get());
    }
  }

  private void deployAndRelease(WorkerRuntime runtime) throws Exception {
    PluginJar.Deployed plugin = jar.deploy();
    plugin.call("log", (Consumer<String>) this::count);
    runtime.run(() -> {
      plugin.call("with", "first");
      plugin.call("native", NATIVE_BYTES);
      ((Lease<?>) plugin.call("lease", "leased")).close();
      plugin.call("of task", null);
      plugin.call("of thread", null);
      return null;
    });
    runtime.run(() -> plugin.call("of thread on owner", null));
    runtime.spawnBlocking(() -> plugin.call("of thread", null)).join();
    LoaderRelease.Report report = LoaderRelease.release(plugin.take(), LONG);
    assertThat(report.complete()).as(report.toString()).isTrue();
    // Not at once for certain: a compilation that is in progress keeps the classes it looks at.
    Await.until(report + ", and collected", report::isCollected);
    assertThat(report.failures()).isEmpty();
  }

  private void count(String event) {
    if (event.startsWith("made")) {
      made.incrementAndGet();
    } else {
      destroyed.incrementAndGet();
    }
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /**
   * Returns the address space that the process has reserved beside the heap, as Linux counts it.
   */
  private static long resident() throws Exception {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    try (var lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst()
          .orElse(0);
    }
  }
}
