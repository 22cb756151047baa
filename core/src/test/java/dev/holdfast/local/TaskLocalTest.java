// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The values of tasks: one for each task, made on first use, and where they are refused. */
@EveryTier
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TaskLocalTest {

  private final WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger made = new AtomicInteger();
  private final TaskLocal<Integer> numbered =
      TaskLocal.<Integer>builder(made::incrementAndGet)
          .name("numbered")
          .destructor(value -> events.add("end " + value))
          .build();

  @AfterEach
  void close() {
    // Bounded: a test that fails may have left a task that waits for ever.
    Duration patience = Duration.ofSeconds(10);
    assertThat(runtime.shutdown(patience, patience).terminated()).isTrue();
  }

  @Test
  @DisplayName("Each task has one value of its own, made on first use, wherever it resumes")
  void isOneValuePerTask() {
    List<Task<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      tasks.add(
          runtime.spawn(() -> {
            int first = numbered.get();
            for (int turn = 0; turn < 5; turn++) {
              Thread.yield();
              assertThat(numbered.get()).isEqualTo(first);
            }
            return first;
          }));
    }
    assertThat(tasks.stream().map(Task::join)).doesNotHaveDuplicates().hasSize(100);
    assertThat(made).hasValue(100);
  }

  @Test
  @DisplayName("A value stays the same when its task moves to another worker")
  void movesWithItsTask() throws Exception {
    runtime.run(() -> {
      int first = numbered.get();
      Elsewhere.suspend(runtime);
      assertThat(numbered.get()).isEqualTo(first);
      return null;
    });
  }

  @Test
  @DisplayName("A task that uses no local makes no value")
  void isMadeOnFirstUseOnly() throws Exception {
    runtime.run(() -> null);
    assertThat(made).hasValue(0);
    assertThat(events).isEmpty();
  }

  @Test
  @DisplayName("G2: values end at the end of their task, last made first, on its thread")
  void endLastMadeFirst() throws Exception {
    AtomicReference<Thread> body = new AtomicReference<>();
    List<TaskLocal<String>> locals = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String name = "value " + i;
      locals.add(
          TaskLocal.of(
              () -> name,
              value -> {
                assertThat(Thread.currentThread()).isSameAs(body.get());
                events.add(value);
              }));
    }
    List<String> order = new ArrayList<>();
    runtime.run(() -> {
      body.set(Thread.currentThread());
      for (int i = 0; i < 100; i++) {
        order.add(locals.get(i * 37 % 100).get());
      }
      for (int i = 0; i < 100; i++) {
        assertThat(locals.get(i).get()).isEqualTo("value " + i);
      }
      assertThat(events).isEmpty();
      return null;
    });
    assertThat(order).doesNotHaveDuplicates();
    assertThat(events).containsExactlyElementsOf(order.reversed());
  }

  @Test
  @DisplayName("An AutoCloseable value is closed, unless the local has a destructor of its own")
  void closesByDefault() throws Exception {
    TaskLocal<AutoCloseable> closed = TaskLocal.of(() -> () -> events.add("closed"));
    TaskLocal<AutoCloseable> released =
        TaskLocal.of(() -> () -> events.add("wrong"), value -> events.add("released"));
    TaskLocal<StringBuilder> plain = TaskLocal.of(StringBuilder::new);
    runtime.run(() -> {
      closed.get();
      released.get();
      plain.get();
      return null;
    });
    assertThat(events).containsExactly("released", "closed");
  }

  @Test
  @Tag("S44")
  @DisplayName("S44: join, get and the state of a task tell of its end only after the destructors")
  void endBeforeTheOutcomeIsSeen() throws Exception {
    CountDownLatch inDestructor = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    TaskLocal<String> slow =
        TaskLocal.of(
            () -> "slow",
            value -> {
              inDestructor.countDown();
              Await.unwillingly(goOn);
              events.add("destroyed");
            });
    Task<String> task = runtime.spawn(slow::get);
    Thread waiter =
        Thread.ofPlatform()
            .start(() -> {
              task.join();
              events.add("joined");
            });
    inDestructor.await();
    try {
      assertThat(task.isDone()).isFalse();
      Await.untilWaiting(waiter);
    } finally {
      goOn.countDown();
    }
    waiter.join();
    assertThat(events).containsExactly("destroyed", "joined");
  }

  @Test
  @Tag("S44")
  @DisplayName("S44: a task that fails has destroyed its values when its failure is seen")
  void endBeforeAFailureIsSeen() {
    Task<Object> task =
        runtime.spawn(() -> {
          numbered.get();
          throw new IllegalStateException("body");
        });
    assertThatThrownBy(task::join)
        .isInstanceOf(CompletionException.class)
        .hasRootCauseMessage("body");
    assertThat(events).containsExactly("end 1");
  }

  @Test
  @Tag("S44")
  @DisplayName("S44: the values of a cancelled task end when its body does, before close returns")
  void endWithTheBodyOfACancelledTask() throws Exception {
    CountDownLatch used = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Task<Object> task =
        runtime.spawn(() -> {
          numbered.get();
          used.countDown();
          Await.unwillingly(goOn);
          return null;
        });
    used.await();
    assertThat(task.cancel(true)).isTrue();
    assertThat(task.isDone()).isTrue();
    assertThat(events).isEmpty();
    goOn.countDown();
    runtime.close();
    assertThat(events).containsExactly("end 1");
  }

  @Test
  @DisplayName("S1, S4: outside of any task get throws, and says how to enter one")
  @Tag("S4")
  void isRefusedOnAForeignThread() throws Exception {
    assertThatThrownBy(numbered::get)
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("numbered")
        .hasMessageContaining(Thread.currentThread().getName())
        .hasMessageContaining("runtime.run(...)")
        .hasMessageContaining("ContextSnapshot.capture()");
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            numbered.get();
          } catch (EscapedReferenceException e) {
            thrown.set(e);
          }
        })
        .join();
    assertThat(thrown.get()).isNotNull();
    assertThat(made).hasValue(0);
  }

  @Test
  @Tag("S5")
  @DisplayName("S5: a blocking job has no task-locals, and the message says what to do")
  void isRefusedInABlockingJob() {
    Task<Integer> job = runtime.spawnBlocking(numbered::get);
    assertThatThrownBy(job::join)
        .hasCauseInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("blocking pool")
        .hasMessageContaining("ContextSnapshot.capture()");
  }

  @Test
  @DisplayName("On a worker's own thread there is no task: get throws inside onOwner")
  void isRefusedOnTheWorkersOwnThread() throws Exception {
    WorkerLocal<String> worker = WorkerLocal.of(() -> "worker's");
    runtime.run(() -> {
      numbered.get();
      assertThatThrownBy(() -> worker.onOwner(value -> numbered.get()))
          .isInstanceOf(EscapedReferenceException.class)
          .hasMessageContaining("worker's own thread");
      return null;
    });
  }

  @Test
  @DisplayName("A thread that code inside a task starts has a value of its own, which is destroyed")
  void isOneValuePerStray() throws Exception {
    CountDownLatch ended = new CountDownLatch(2);
    AtomicReference<Thread> destroyedBy = new AtomicReference<>();
    TaskLocal<String> older = TaskLocal.of(() -> "older", value -> ended.countDown());
    TaskLocal<String> local =
        TaskLocal.of(
            () -> "younger",
            value -> {
              destroyedBy.set(Thread.currentThread());
              events.add(value + " sees " + older.get());
              ended.countDown();
            });
    Thread thread =
        runtime.run(() -> {
          Thread stray =
              Thread.ofVirtual()
                  .name("stray")
                  .start(() -> {
                    older.get();
                    local.get();
                    Thread.yield();
                    local.get();
                  });
          stray.join();
          return stray;
        });
    ended.await();
    assertThat(events).containsExactly("younger sees older");
    assertThat(destroyedBy.get()).isNotSameAs(thread);
    assertThat(destroyedBy.get().isVirtual()).isTrue();
  }

  @Test
  @DisplayName(
      "G7: close waits for the destructors of a thread that a task started, which may block")
  void isWaitedForByTheBarrier() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch inDestructor = new CountDownLatch(1);
    WorkerLocal<String> worker = WorkerLocal.of(() -> "worker's", value -> events.add(value));
    TaskLocal<String> slow =
        TaskLocal.of(
            () -> "stray's",
            value -> {
              inDestructor.countDown();
              Await.unwillingly(goOn);
              events.add(worker.with(other -> value + " before " + other));
            });
    runtime.run(() -> {
      Thread.ofVirtual().start(slow::get).join();
      return worker.ref();
    });
    inDestructor.await();
    Thread closer = Thread.ofPlatform().start(runtime::close);
    Await.untilWaiting(closer);
    assertThat(events).isEmpty();
    goOn.countDown();
    closer.join();
    assertThat(events.getFirst()).isEqualTo("stray's before worker's");
    assertThat(events.subList(1, events.size())).isNotEmpty().containsOnly("worker's");
  }

  @Test
  @DisplayName("Tasks started by a thread factory and by execute have values too")
  void isThereHoweverATaskIsStarted() throws Exception {
    Thread thread = runtime.threadFactory().newThread(numbered::get);
    thread.start();
    thread.join();
    runtime.execute(numbered::get);
    runtime.close();
    assertThat(events).containsExactlyInAnyOrder("end 1", "end 2");
  }

  @Test
  @DisplayName("A ThreadLocal inside a task is what the JDK says: one value per task, never ended")
  void leavesThreadLocalsAlone() throws Exception {
    ThreadLocal<Integer> threadLocal = ThreadLocal.withInitial(made::incrementAndGet);
    List<Integer> seen = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      seen.add(
          runtime.run(() -> {
            int first = threadLocal.get();
            Elsewhere.suspend(runtime);
            assertThat(threadLocal.get()).isEqualTo(first);
            threadLocal.set(first + 100);
            assertThat(threadLocal.get()).isEqualTo(first + 100);
            threadLocal.remove();
            return threadLocal.get();
          }));
    }
    assertThat(seen).containsExactly(2, 4, 6);
    assertThat(threadLocal.get()).isEqualTo(7);
  }
}
