// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.LogRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Thread-exit locals in the tasks of a runtime: their values end with the task. */
@EveryTier
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ThreadExitTaskTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private static WorkerRuntime runtime() {
    return WorkerRuntime.builder().workers(2).start();
  }

  private ThreadExitLocal<Thread> logging(String name) {
    return ThreadExitLocal.<Thread>builder(Thread::currentThread)
        .name(name)
        .destructor(value -> log.add(name + (value == Thread.currentThread() ? "" : " elsewhere")))
        .build();
  }

  @Test
  void aTaskDestroysItsValuesOnItsThreadLastMadeFirstBeforeItIsDone() throws Exception {
    ThreadExitLocal<Thread> first = logging("first");
    ThreadExitLocal<Thread> second = logging("second");
    try (WorkerRuntime runtime = runtime()) {
      for (int i = 0; i < 100; i++) {
        log.clear();
        Task<Boolean> task =
            runtime.spawn(() -> {
              Thread own = second.get();
              Thread.yield();
              first.get();
              Thread.sleep(Duration.ofNanos(1));
              return second.get() == own;
            });
        assertThat(task.join()).isTrue();
        assertThat(log).containsExactly("first", "second");
      }
    }
  }

  @Test
  void aTaskThatFailsDestroysItsValuesBeforeItIsDone() {
    ThreadExitLocal<Thread> local = logging("local");
    try (WorkerRuntime runtime = runtime()) {
      Task<Object> task =
          runtime.spawn(() -> {
            local.get();
            throw new IllegalStateException("body fails");
          });
      assertThatThrownBy(task::join)
          .isInstanceOf(CompletionException.class)
          .hasRootCauseMessage("body fails");
      assertThat(log).containsExactly("local");
    }
  }

  @Test
  void aTaskThatIsCancelledDestroysItsValuesBeforeTheRuntimeIsClosed() {
    ThreadExitLocal<Thread> local = logging("local");
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (WorkerRuntime runtime = runtime()) {
      Task<Object> task =
          runtime.spawn(() -> {
            local.get();
            made.countDown();
            Await.unwillingly(end);
            return null;
          });
      Await.unwillingly(made);
      task.cancel(true);
      assertThat(log).isEmpty();
      end.countDown();
    }
    assertThat(log).containsExactly("local");
  }

  @Test
  void aDestructorMayBlockUseOlderValuesAndMakeOthers() throws Exception {
    ThreadExitLocal<Thread> old = logging("old");
    ThreadExitLocal<Thread> late = logging("late");
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<ThreadExitLocal<String>> itself = new AtomicReference<>();
    ThreadExitLocal<String> blocking =
        ThreadExitLocal.of(
            () -> "value",
            value -> {
              Await.unwillingly(release);
              log.add("same: " + (old.get() == Thread.currentThread()));
              late.get();
              try {
                itself.get().get();
              } catch (LocalDestroyedException e) {
                log.add("refused");
              }
            });
    itself.set(blocking);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      Task<String> task =
          runtime.spawn(() -> {
            old.get();
            return blocking.get();
          });
      // On the only worker, while the destructor waits.
      assertThat(runtime.<String>run(() -> "another")).isEqualTo("another");
      assertThat(task.isDone()).isFalse();
      release.countDown();
      assertThat(task.join()).isEqualTo("value");
    }
    assertThat(log).containsExactly("same: true", "refused", "late", "old");
  }

  @Test
  void aDestructorThatFailsStopsNoOtherAndIsInTheReport() throws Exception {
    ThreadExitLocal<Thread> old = logging("old");
    ThreadExitLocal<String> failing =
        ThreadExitLocal.<String>builder(() -> "value")
            .name("failing")
            .destructor(value -> {
              throw new IllegalStateException("destructor fails");
            })
            .build();
    try (LogRecords records = LogRecords.of("dev.holdfast");
        WorkerRuntime runtime = runtime()) {
      Task<String> task =
          runtime.spawn(
              "named",
              () -> {
                old.get();
                return failing.get();
              });
      assertThat(task.join()).isEqualTo("value");
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.failures())
          .singleElement()
          .satisfies(failure -> {
            assertThat(failure.name()).isEqualTo("failing");
            assertThat(failure.owner()).isEqualTo("task 'named'");
          });
      assertThat(records.messages()).anyMatch(line -> line.contains("'failing'"));
    }
    assertThat(log).containsExactly("old");
  }

  @Test
  void aTaskHasItsOwnValueAndSoHasTheThreadOfItsWorker() throws Exception {
    ThreadExitLocal<Thread> local = logging("local");
    WorkerLocal<String> worker = WorkerLocal.of(() -> "worker");
    try (WorkerRuntime runtime = runtime()) {
      assertThat(
              runtime.<Boolean>run(
                  () -> local.get() == worker.<Thread>onOwner(value -> local.get())))
          .isFalse();
      assertThat(log).containsExactly("local");
    }
    assertThat(log).containsExactly("local", "local");
  }

  @Test
  void theValuesOfATaskAreOnOneStackWhicheverTheirKind() throws Exception {
    ThreadExitLocal<Thread> first = logging("first");
    TaskLocal<String> second = TaskLocal.of(() -> "second", log::add);
    ThreadExitLocal<Thread> third = logging("third");
    TaskLocal<String> fourth = TaskLocal.of(() -> "fourth", log::add);
    try (WorkerRuntime runtime = runtime()) {
      runtime.run(() -> {
        first.get();
        second.get();
        third.get();
        return fourth.get();
      });
      assertThat(log).containsExactly("fourth", "third", "second", "first");
    }
  }

  @Test
  void aValueThatIsMadeInAPartOfATaskEndsWithTheTask() throws Exception {
    ThreadExitLocal<Thread> exit = logging("exit");
    TaskLocal<String> bound = TaskLocal.of(() -> "none", log::add);
    try (WorkerRuntime runtime = runtime()) {
      boolean same =
          runtime.<Boolean>run(() -> {
            Thread inside = bound.bind("bound", exit::get).call();
            log.add("part ends");
            return inside == exit.get();
          });
      assertThat(same).isTrue();
      assertThat(log).containsExactly("bound", "part ends", "exit");
    }
  }

  @Test
  void manyTasksLeaveNothing() throws Exception {
    AtomicInteger made = new AtomicInteger();
    AtomicInteger destroyed = new AtomicInteger();
    ThreadExitLocal<Integer> local =
        ThreadExitLocal.of(made::incrementAndGet, value -> destroyed.incrementAndGet());
    int tasks = 20_000;
    try (WorkerRuntime runtime = runtime()) {
      for (int i = 0; i < tasks; i++) {
        runtime.spawn(local::get);
      }
    }
    assertThat(made).hasValue(tasks);
    assertThat(destroyed).hasValue(tasks);
  }

  @Test
  void aVirtualThreadThatATaskStartedByItselfIsRefusedUnlessItsFactoryWasWrapped()
      throws Exception {
    ThreadExitLocal<Thread> local = logging("local");
    AtomicReference<Throwable> refused = new AtomicReference<>();
    try (WorkerRuntime runtime = runtime()) {
      runtime.run(() -> {
        Thread stray =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    local.get();
                  } catch (ThreadExitUnavailableException e) {
                    refused.set(e);
                  }
                });
        stray.join();
        Thread wrapped =
            ThreadExitLocal.threadFactory(Thread.ofVirtual().factory()).newThread(local::get);
        wrapped.start();
        return wrapped.join(Duration.ofNanos(TimeUnit.SECONDS.toNanos(20)));
      });
    }
    assertThat(refused.get()).hasMessageContaining("spawn(...)");
    assertThat(log).containsExactly("local");
  }

  @Test
  void aThreadOfTheRuntimesFactoryIsATask() throws Exception {
    ThreadExitLocal<Thread> local = logging("local");
    try (WorkerRuntime runtime = runtime()) {
      Thread thread = runtime.threadFactory().newThread(local::get);
      thread.start();
      thread.join();
      assertThat(log).containsExactly("local");
    }
  }
}
