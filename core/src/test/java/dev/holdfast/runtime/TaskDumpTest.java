// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.ForkedJvm;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** Dumps of threads and reports of holders, taken while tasks start, end, park and wake. */
@Tag("S62")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class TaskDumpTest {

  private static final int LIVE = 40;
  private static final int LISTS = 60;
  private static final int REPORTS = 25;

  @TempDir private Path directory;

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong churned = new AtomicLong();

  /** Starts tasks that stay, in the ways a task can be alive, each known by its name. */
  private static List<Gate> startLive(WorkerRuntime runtime) throws Exception {
    List<Gate> gates = new ArrayList<>();
    CountDownLatch ready = new CountDownLatch(LIVE);
    for (int i = 0; i < LIVE; i++) {
      Gate gate = new Gate();
      gates.add(gate);
      boolean stray = isStray(i);
      String name = "live-" + i;
      Runnable body =
          () -> {
            ready.countDown();
            gate.call();
          };
      if (stray) {
        runtime.run(() -> Thread.ofVirtual().name(name).start(body));
      } else {
        runtime.spawn(name, Executors.callable(body));
      }
    }
    ready.await();
    return gates;
  }

  private static boolean isStray(int number) {
    return number % 4 == 3;
  }

  private static Set<String> spawnedNames() {
    return IntStream.range(0, LIVE)
        .filter(i -> !isStray(i))
        .mapToObj(i -> "live-" + i)
        .collect(Collectors.toSet());
  }

  private static Set<String> liveNames() {
    return IntStream.range(0, LIVE).mapToObj(i -> "live-" + i).collect(Collectors.toSet());
  }

  /** A task that starts others, some of which park and are woken, until told to stop. */
  private Future<?> churn(WorkerRuntime runtime) {
    return runtime.spawn(
        "churn",
        () -> {
          while (!stop.get()) {
            List<Task<?>> batch = new ArrayList<>();
            SynchronousQueue<Integer> queue = new SynchronousQueue<>();
            for (int i = 0; i < 10; i++) {
              int number = i;
              batch.add(
                  runtime.spawn(() -> {
                    if (number % 2 == 0) {
                      queue.put(number);
                    } else {
                      queue.take();
                    }
                    return churned.incrementAndGet();
                  }));
            }
            for (Task<?> task : batch) {
              joinWhatever(task);
            }
          }
          return null;
        });
  }

  /** Waits for a task although a shutdown interrupts everybody. */
  private static void joinWhatever(Task<?> task) {
    try {
      task.join();
    } catch (RuntimeException e) {
      // It was interrupted before it began to wait.
    }
    Thread.interrupted();
  }

  /**
   * Lists the threads of the JVM with their stacks, as its own dumps did up to JDK 24. The dumps of
   * JDK 25 crash the JVM now and then while virtual threads of any scheduler mount and unmount
   * (JDK-8364343).
   */
  private static Set<String> listedNames() throws ReflectiveOperationException {
    Class<?> containers = Class.forName("jdk.internal.vm.ThreadContainers");
    Set<String> names = new HashSet<>();
    list(containers.getMethod("root").invoke(null), names);
    return names;
  }

  /** Lists the threads of a container and of all in it, as the JDK's dumps go through them. */
  private static void list(Object container, Set<String> names)
      throws ReflectiveOperationException {
    Class<?> type = Class.forName("jdk.internal.vm.ThreadContainer");
    ((Stream<?>) type.getMethod("threads").invoke(container))
        .map(Thread.class::cast)
        .filter(thread -> thread.getStackTrace().length > 0)
        .map(Thread::getName)
        .forEach(names::add);
    Stream<?> children = (Stream<?>) type.getMethod("children").invoke(container);
    for (Object child : children.toList()) {
      list(child, names);
    }
  }

  @Test
  @DisplayName("S62: every list of the JVM's threads holds every live task, with a stack")
  void everyListHoldsEveryLiveTask() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      List<Gate> gates = startLive(runtime);
      Future<?> churn = churn(runtime);
      try {
        long before = churned.get();
        for (int i = 0; i < LISTS; i++) {
          Set<String> listed = listedNames();
          // A gate looks up now and then: at that moment its stack may be empty, once.
          listed.addAll(listedNames());
          assertThat(listed).containsAll(liveNames());
        }
        Await.until("other tasks go on", () -> churned.get() > before);
      } finally {
        stop.set(true);
        gates.forEach(Gate::open);
      }
      churn.get();
    }
    assertThat(listedNames()).doesNotContainAnyElementsOf(liveNames());
  }

  @Test
  @DisplayName("S62: a thread dump of the JVM names every parked task")
  void aDumpNamesEveryParkedTask() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(Dump.class, directory.resolve("dump").toString());
    assertThat(outcome.exit()).as(outcome.lines().toString()).isZero();
    String dump = Files.readString(directory.resolve("dump"));
    Set<String> names =
        Pattern.compile("\"name\": \"(live-\\d+)\"")
            .matcher(dump)
            .results()
            .map(result -> result.group(1))
            .collect(Collectors.toSet());
    assertThat(names).isEqualTo(liveNames());
  }

  /** Parks tasks and lets the JVM write a dump, while nothing else happens in it. */
  static final class Dump {

    public static void main(String[] arguments) throws Exception {
      try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (String name : liveNames()) {
          if (threads.size() % 4 == 3) {
            threads.add(runtime.run(() -> Thread.ofVirtual().name(name).start(() -> await(go))));
          } else {
            threads.add(runtime.spawn(name, () -> await(go)).thread());
          }
        }
        threads.forEach(Await::untilWaiting);
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .dumpThreads(arguments[0], ThreadDumpFormat.JSON);
        go.countDown();
      }
    }

    private static Void await(CountDownLatch latch) {
      try {
        latch.await();
        return null;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  @DisplayName("S62: the stack of every live task can be read while it is woken and parks")
  void stacksCanBeReadWhileTasksParkAndWake() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      List<Future<?>> busy = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      AtomicLong passed = new AtomicLong();
      for (int pair = 0; pair < 8; pair++) {
        SynchronousQueue<Boolean> queue = new SynchronousQueue<>();
        Task<?> taker =
            runtime.spawn(() -> {
              while (queue.take()) {
                passed.incrementAndGet();
              }
              return null;
            });
        Task<?> giver =
            runtime.spawn(() -> {
              while (!stop.get()) {
                queue.put(true);
              }
              queue.put(false);
              return null;
            });
        busy.add(taker);
        busy.add(giver);
        threads.add(taker.thread());
        threads.add(giver.thread());
      }
      try {
        Await.until("the pairs are under way", () -> passed.get() > 1_000);
        int seen = 0;
        for (int i = 0; i < 300; i++) {
          for (Thread thread : threads) {
            StackTraceElement[] stack = thread.getStackTrace();
            seen += stack.length > 0 ? 1 : 0;
            assertThat(thread.getState()).isNotEqualTo(Thread.State.TERMINATED);
          }
        }
        // A thread that is on its way between two states shows no frames.
        assertThat(seen).isGreaterThan(300);
        long now = passed.get();
        Await.until("the pairs go on", () -> passed.get() > now);
      } finally {
        stop.set(true);
      }
      for (Future<?> task : busy) {
        task.get();
      }
    }
  }

  @Test
  @DisplayName("S62: every report of holders names every live task")
  void everyReportNamesEveryLiveTask() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    List<Gate> gates = startLive(runtime);
    Future<?> churn = churn(runtime);
    try {
      for (int i = 0; i < REPORTS; i++) {
        ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofMillis(1));
        assertThat(report.terminated()).isFalse();
        assertThat(report.counts().tasks()).isGreaterThanOrEqualTo(LIVE + 1);
        assertThat(report.holders())
            .extracting(ShutdownReport.Holder::name)
            .containsAll(runtime.tier() == Tier.CARRIER ? liveNames() : spawnedNames())
            .contains("churn");
        // Those that did not use the runtime have no name of their own there.
        assertThat(report.holders())
            .filteredOn(holder -> holder.name().startsWith("a virtual thread that task"))
            .hasSize(runtime.tier() == Tier.CARRIER ? 0 : LIVE - spawnedNames().size());
        assertThat(report.holders())
            .filteredOn(holder -> holder.name().startsWith("live-"))
            .allMatch(holder -> holder.kind() == ShutdownReport.Kind.TASK);
      }
    } finally {
      stop.set(true);
      gates.forEach(Gate::open);
    }
    churn.get();
    assertThat(runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO).terminated()).isTrue();
  }
}
