// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Owner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the values of a task end, whatever their destructors do. */
@EveryTier
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TaskLocalDestructorTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    // Bounded: a test that fails may have left a task that waits for ever.
    Duration patience = Duration.ofSeconds(10);
    assertThat(runtime.shutdown(patience, patience).terminated()).isTrue();
  }

  private TaskLocal<String> noted(String name) {
    return TaskLocal.<String>builder(() -> name).name(name).destructor(events::add).build();
  }

  @Test
  @Tag("S40")
  @DisplayName("S40: what a destructor makes is destroyed before what is older")
  void mayMakeOthers() throws Exception {
    TaskLocal<String> oldest = noted("oldest");
    TaskLocal<String> late = noted("late");
    TaskLocal<String> later = noted("later");
    TaskLocal<String> maker =
        TaskLocal.of(
            () -> "maker",
            value -> {
              events.add(value);
              events.add("makes " + late.get() + ", " + later.get());
            });
    runtime.run(() -> oldest.get() + maker.get());
    assertThat(events).containsExactly("maker", "makes late, later", "later", "late", "oldest");
  }

  @Test
  @Tag("S40")
  @DisplayName("S40: destructors that make new values for ever are stopped after some rounds")
  void mayNotMakeOthersForEver() throws Exception {
    TaskLocal<String> oldest = noted("oldest");
    AtomicInteger made = new AtomicInteger();
    runtime.run(() -> {
      oldest.get();
      return endless(made).get();
    });
    assertThat(made.get()).isBetween(Owner.MAX_ROUNDS, Owner.MAX_ROUNDS + 2);
    assertThat(events).containsExactly("oldest");
    assertThat(runtime.shutdown(LONG, LONG).failures())
        .singleElement()
        .satisfies(failure -> assertThat(failure.cause()).hasMessageContaining("rounds"));
  }

  private static TaskLocal<Integer> endless(AtomicInteger made) {
    return TaskLocal.of(made::incrementAndGet, value -> endless(made).get());
  }

  @Test
  @Tag("S41")
  @DisplayName(
      "S41: a destructor that reads a destroyed local, its own or a younger one, is told so")
  void mayNotReadWhatIsDestroyed() throws Exception {
    AtomicReference<TaskLocal<String>> own = new AtomicReference<>();
    TaskLocal<String> younger = noted("younger");
    List<Throwable> thrown = new ArrayList<>();
    TaskLocal<String> oldest = noted("oldest");
    own.set(
        TaskLocal.<String>builder(() -> "own")
            .name("own")
            .destructor(value -> {
              thrown.add(catchThrowable(own.get()::get));
              thrown.add(catchThrowable(younger::get));
              events.add("sees " + oldest.get());
            })
            .build());
    runtime.run(() -> oldest.get() + own.get().get() + younger.get());
    assertThat(thrown)
        .hasSize(2)
        .allSatisfy(each ->
            assertThat(each)
                .isInstanceOf(LocalDestroyedException.class)
                .hasMessageContaining("on task 'task-")
                .hasMessageContaining("made before its own"));
    assertThat(thrown.get(0)).hasMessageContaining("'own'");
    assertThat(thrown.get(1)).hasMessageContaining("'younger'");
    assertThat(events).containsExactly("younger", "sees oldest", "oldest");
  }

  @Test
  @Tag("S42")
  @DisplayName("S42: destructors that throw stop no other, and do not change the task's outcome")
  void mayThrow() throws Exception {
    TaskLocal<String> first = noted("first");
    IOException checked = new IOException("disk full");
    TaskLocal<AutoCloseable> second =
        TaskLocal.<AutoCloseable>builder(() ->
                () -> {
                  throw checked;
                })
            .name("second")
            .build();
    TaskLocal<String> third = noted("third");
    AssertionError error = new AssertionError("broken");
    TaskLocal<String> fourth =
        TaskLocal.<String>builder(() -> "fourth")
            .name("fourth")
            .destructor(value -> {
              throw error;
            })
            .build();
    List<LogRecord> logged = Collections.synchronizedList(new ArrayList<>());
    Task<String> task;
    Logger logger = Logger.getLogger("dev.holdfast");
    Handler handler = keep(logged);
    logger.addHandler(handler);
    try {
      task =
          runtime.spawn(
              "careless",
              () -> {
                first.get();
                second.get();
                third.get();
                return fourth.get();
              });
      assertThat(task.join()).isEqualTo("fourth");
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(events).containsExactly("third", "first");
    assertThat(logged)
        .extracting(LogRecord::getThrown)
        .filteredOn(thrown -> thrown == error || thrown == checked)
        .containsExactly(error, checked);
    assertThat(runtime.shutdown(LONG, LONG).failures())
        .containsExactly(
            new ShutdownReport.Failure(
                ShutdownReport.Kind.DESTRUCTOR, "fourth", "task 'careless'", error),
            new ShutdownReport.Failure(
                ShutdownReport.Kind.DESTRUCTOR, "second", "task 'careless'", checked));
  }

  private static Handler keep(List<LogRecord> logged) {
    return new Handler() {
      @Override
      public void publish(LogRecord entry) {
        logged.add(entry);
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  @Test
  @Tag("S43")
  @DisplayName("S43: a destructor may block, join a task that it spawns, and use other locals")
  void mayBlockAndSpawn() throws Exception {
    WorkerLocal<StringBuilder> buffer = WorkerLocal.of(StringBuilder::new);
    TaskLocal<String> older = noted("older");
    TaskLocal<String> local =
        TaskLocal.of(
            () -> "value",
            value -> {
              Elsewhere.suspend(runtime);
              try (Lease<StringBuilder> lease = buffer.lease()) {
                lease.get().append(older.get());
                events.add(runtime.spawn(() -> "joined").join() + " with " + lease.get());
              }
            });
    runtime.run(() -> older.get() + local.get());
    assertThat(events).containsExactly("joined with older", "older");
  }

  @Test
  @Tag("S43")
  @DisplayName(
      "S43: a task whose destructor blocks is alive: close is bounded, and names the place")
  void areNamedWhileTheyBlock() throws Exception {
    CountDownLatch inDestructor = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    TaskLocal<String> slow =
        TaskLocal.of(
            () -> "slow",
            value -> {
              inDestructor.countDown();
              Await.unwillingly(goOn);
              events.add(value);
            });
    runtime.spawn("blocked", slow::get);
    inDestructor.await();
    try {
      ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
      assertThat(report.phase()).isLessThan(ShutdownPhase.QUIESCENT);
      assertThat(report.holders())
          .singleElement()
          .satisfies(holder -> {
            assertThat(holder.kind()).isEqualTo(ShutdownReport.Kind.TASK);
            assertThat(holder.name()).isEqualTo("blocked");
          });
      // The stack of a thread that is being resumed, by the interrupt, cannot be had for a moment.
      Await.until("the place is named", this::namesThePlace);
      assertThat(events).isEmpty();
    } finally {
      goOn.countDown();
    }
    runtime.close();
    assertThat(events).containsExactly("slow");
  }

  private boolean namesThePlace() {
    return runtime.shutdown(Duration.ZERO, Duration.ZERO).holders().stream()
        .flatMap(holder -> holder.stack().stream())
        .anyMatch(frame -> frame.getMethodName().equals("unwillingly"));
  }

  @Test
  @Tag("S43")
  @DisplayName("S43: an interrupt of the body does not reach the destructors, which may block")
  void areNotInterruptedByWhatWasMeantForTheBody() throws Exception {
    AtomicReference<Boolean> seen = new AtomicReference<>();
    TaskLocal<String> local =
        TaskLocal.of(() -> "value", value -> seen.set(Thread.currentThread().isInterrupted()));
    AtomicReference<Boolean> after = new AtomicReference<>();
    WorkerRuntime watched =
        WorkerRuntime.builder()
            .workers(1)
            .listener(
                new RuntimeListener() {
                  @Override
                  public void taskEnded(Task<?> task) {
                    after.set(Thread.currentThread().isInterrupted());
                  }
                })
            .start();
    try (watched) {
      watched.run(() -> {
        Thread.currentThread().interrupt();
        return local.get();
      });
    }
    assertThat(seen.get()).isFalse();
    assertThat(after.get()).isTrue();
  }

  @Test
  @DisplayName(
      "A value may hold a lease: its destructor closes it before open leases are taken away")
  void mayCloseALeaseOfTheTask() throws Exception {
    WorkerLocal<StringBuilder> buffer = WorkerLocal.of(StringBuilder::new);
    TaskLocal<Lease<StringBuilder>> kept = TaskLocal.of(buffer::lease);
    runtime.run(() -> kept.get().get().append("used"));
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.leaks()).isEmpty();
    assertThat(report.failures()).isEmpty();
    assertThat(report.made()).isEqualTo(1);
  }

  @Test
  @DisplayName("A lease that a destructor leaves open is a leak, as one that the body left open")
  void mayLeakALease() throws Exception {
    WorkerLocal<StringBuilder> buffer = WorkerLocal.of(StringBuilder::new);
    TaskLocal<String> local = TaskLocal.of(() -> "value", value -> buffer.lease());
    runtime.run(local::get);
    assertThat(runtime.shutdown(LONG, LONG).leaks()).hasSize(1);
  }

  @Test
  @DisplayName("What a listener makes at the start or the end of a task is destroyed too")
  void includeWhatListenersMake() throws Exception {
    TaskLocal<String> begin = noted("begin");
    TaskLocal<String> end = noted("end");
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    WorkerRuntime watched =
        WorkerRuntime.builder()
            .workers(1)
            .listener(
                new RuntimeListener() {
                  @Override
                  public void taskStarted(Task<?> task) {
                    if (task.name().equals("watched")) {
                      begin.get();
                    }
                  }

                  @Override
                  public void taskEnded(Task<?> task) {
                    if (task.name().equals("watched")) {
                      thrown.set(catchThrowable(end::get));
                    } else {
                      end.get();
                    }
                  }
                })
            .start();
    try (watched) {
      watched.spawn("watched", () -> events.add("body")).join();
      watched.spawn("plain", () -> events.add("body")).join();
    }
    assertThat(events).containsExactly("body", "begin", "body", "end");
    assertThat(thrown.get()).isInstanceOf(LocalDestroyedException.class);
  }

  @Test
  @Tag("S44")
  @DisplayName("S44: a task that runs inside another, as of a completion service, ends its values")
  void runBeforeTheOutcomeOfATaskInsideAnother() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    TaskLocal<String> local =
        TaskLocal.of(
            () -> "value",
            value -> {
              Await.unwillingly(goOn);
              events.add(value);
            });
    ExecutorCompletionService<String> service = new ExecutorCompletionService<>(runtime);
    Future<String> future = service.submit(local::get);
    Thread waiter =
        Thread.ofPlatform()
            .start(() -> {
              Throwable thrown = catchThrowable(future::get);
              events.add(thrown == null ? "got" : thrown.toString());
            });
    try {
      Await.untilWaiting(waiter);
    } finally {
      goOn.countDown();
    }
    waiter.join();
    assertThat(events).containsExactly("value", "got");
    assertThat(runtime.<String>invokeAny(List.of(local::get))).isEqualTo("value");
    assertThat(events).containsExactly("value", "got", "value");
  }
}
