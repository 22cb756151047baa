// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.holdfast.testing.Await;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the JDK's own thread dump, as of {@code jcmd Thread.dump_to_file}, says of tasks. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ThreadDumpTest {

  @TempDir private Path directory;

  @Test
  void showsEachLiveTaskOnceUnderTheNameOfTheRuntime() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().name("dumped").workers(1).start()) {
      CountDownLatch end = new CountDownLatch(1);
      Task<?> spawned = parked(runtime, "task-spawned", end);
      Thread made = runtime.threadFactory().newThread(() -> Await.unwillingly(end));
      made.setName("task-made");
      made.start();
      Task<?> ended = runtime.spawn("task-ended", () -> null);
      ended.get();
      Await.untilWaiting(spawned.thread());
      Await.untilWaiting(made);

      String dump = dump();

      end.countDown();
      assertThat(container(dump, "dumped")).contains("\"task-spawned\"").doesNotContain("-made");
      assertThat(dump).containsOnlyOnce("\"task-spawned\"").containsOnlyOnce("\"task-made\"");
      assertThat(dump).doesNotContain("\"task-ended\"");
    }
  }

  @Test
  void doesNotShowARuntimeThatIsGone() throws Exception {
    WorkerRuntime.builder().name("gone").workers(1).start().close();
    Await.until(
        "the runtime is collected",
        () -> {
          System.gc();
          return !dumpOrFail().contains("\"gone");
        });
    assertThat(dump()).doesNotContain("\"gone");
  }

  private static Task<?> parked(WorkerRuntime runtime, String name, CountDownLatch end) {
    return runtime.spawn(
        name,
        () -> {
          end.await();
          return null;
        });
  }

  private String dumpOrFail() {
    try {
      return dump();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private String dump() throws Exception {
    Path file = directory.resolve("dump.json");
    Files.deleteIfExists(file);
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpThreads(file.toString(), ThreadDumpFormat.JSON);
    return Files.readString(file);
  }

  /** Returns what the dump says of one container, up to the next one. */
  private static String container(String dump, String name) {
    int begin = dump.indexOf("\"container\": \"" + name + "\\/");
    assertThat(begin).as("container %s in %s", name, dump).isNotNegative();
    int end = dump.indexOf("\"container\": \"", begin + 1);
    return end < 0 ? dump.substring(begin) : dump.substring(begin, end);
  }
}
