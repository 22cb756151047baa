// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testkit.schedule.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was found in one JVM is found in another one, turn by turn. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ReplayInAnotherJvmTest {

  /**
   * A bit of all: tasks, jobs, strays, locks, monitors, sleeps, values; and a failure at its end.
   */
  private static void body(WorkerRuntime runtime) throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    BoundedBuffer<Integer> buffer = new BoundedBuffer<>(1, true);
    Object monitor = new Object();
    List<Task<?>> tasks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int item = i;
      tasks.add(
          runtime.spawn(
              "putter-" + i,
              () -> {
                Thread.sleep(item);
                synchronized (monitor) {
                  buffer.put(item);
                  SimulatedRuntime.yieldPoint();
                }
                local.update(any -> {});
                return null;
              }));
      tasks.add(
          runtime.spawn(
              "taker-" + i,
              () -> {
                Thread stray = Thread.startVirtualThread(() -> SimulatedRuntime.yieldPoint());
                local.onOwner(any -> any);
                stray.join();
                return buffer.take();
              }));
    }
    runtime
        .spawnBlocking(() -> {
          Thread.sleep(2);
          return null;
        })
        .join();
    tasks.forEach(Task::join);
    throw new IllegalStateException("for its trace");
  }

  /** Makes one run, by a seed or a schedule, and prints it. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) {
      try {
        if (args[0].equals("seed")) {
          SimulatedRuntime.builder()
              .seed(Long.parseLong(args[1]))
              .build()
              .run(ReplayInAnotherJvmTest::body);
        } else {
          SimulatedRuntime.builder()
              .build()
              .replay(Schedule.parse(args[1]), ReplayInAnotherJvmTest::body);
        }
      } catch (SimulationFailure found) {
        System.out.println(found.schedule());
        System.out.print(found.trace());
      }
    }
  }

  private static String child(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
    command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
    command.addAll(List.of(args));
    Path output = Files.createTempFile("simulation", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      return Files.readString(output);
    } finally {
      Files.delete(output);
    }
  }

  @Test
  @DisplayName("a seed, and a schedule, give the same turns at the same places in a fresh JVM")
  void isTheSame() throws IOException, InterruptedException {
    for (long seed : new long[] {3, 17}) {
      String expected = null;
      try {
        SimulatedRuntime.builder().seed(seed).build().run(ReplayInAnotherJvmTest::body);
      } catch (SimulationFailure found) {
        assertThat(found.kind()).isEqualTo(SimulationFailure.Kind.BODY);
        expected = found.schedule() + "\n" + found.trace();
      }
      assertThat(expected).isNotNull().contains("putter-2").contains("worker-1");
      assertThat(child("seed", Long.toString(seed))).isEqualTo(expected);
      String schedule = expected.substring(0, expected.indexOf('\n'));
      assertThat(child("schedule", schedule)).isEqualTo(expected);
    }
  }
}
