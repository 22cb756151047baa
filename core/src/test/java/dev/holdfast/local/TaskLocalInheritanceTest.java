// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.holdfast.runtime.RuntimeClosedException;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What tasks take from the tasks that start them: nothing, the value itself, or a copy. */
@EveryTier
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TaskLocalInheritanceTest {

  private final WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger made = new AtomicInteger();
  private final TaskLocal<String> own =
      TaskLocal.of(() -> "own " + made.incrementAndGet(), this::ended);
  private final TaskLocal<String> shared =
      TaskLocal.<String>builder(() -> "shared " + made.incrementAndGet())
          .name("shared")
          .destructor(this::ended)
          .shared()
          .build();
  private final TaskLocal<String> copied =
      TaskLocal.<String>builder(() -> "copied " + made.incrementAndGet())
          .destructor(this::ended)
          .copied(value -> value + "'")
          .build();

  @AfterEach
  void close() {
    // Bounded: a test that fails may have left a task that waits for ever.
    Duration patience = Duration.ofSeconds(10);
    assertThat(runtime.shutdown(patience, patience).terminated()).isTrue();
  }

  private void ended(String value) {
    events.add(value);
  }

  @Test
  @DisplayName("A child has its own value by default, the same one if shared, a copy if copied")
  void isByChoice() throws Exception {
    runtime.run(() -> {
      assertThat(own.get()).isEqualTo("own 1");
      assertThat(shared.get()).isEqualTo("shared 2");
      assertThat(copied.get()).isEqualTo("copied 3");
      runtime
          .spawn(() -> {
            assertThat(shared.get()).isEqualTo("shared 2");
            assertThat(copied.get()).isEqualTo("copied 3'");
            assertThat(own.get()).isEqualTo("own 4");
            return null;
          })
          .join();
      // Inherited in the order of their making, so that what rests on them ends before them.
      assertThat(events).containsExactly("own 4", "copied 3'");
      return null;
    });
    assertThat(events).containsExactly("own 4", "copied 3'", "copied 3", "shared 2", "own 1");
  }

  @Test
  @DisplayName(
      "What the parent has no value of is not inherited, nor what it makes after the start")
  void isOfWhatThereIs() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    runtime.run(() -> {
      Task<String> child =
          runtime.spawn(() -> {
            goOn.await();
            return shared.get();
          });
      assertThat(shared.get()).isEqualTo("shared 1");
      goOn.countDown();
      assertThat(child.join()).isEqualTo("shared 2");
      return null;
    });
  }

  @Test
  @DisplayName("A shared value lives until the last task that has it ends, and ends on its thread")
  void isCounted() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicReference<Thread> destroyedBy = new AtomicReference<>();
    TaskLocal<String> local =
        TaskLocal.<String>builder(() -> "value")
            .destructor(value -> {
              destroyedBy.set(Thread.currentThread());
              events.add(value);
            })
            .shared()
            .build();
    List<Task<String>> children = new ArrayList<>();
    runtime.run(() -> {
      local.get();
      for (int i = 0; i < 3; i++) {
        children.add(
            runtime.spawn(() -> {
              goOn.await();
              return runtime.spawn(local::get).join();
            }));
      }
      return null;
    });
    assertThat(events).isEmpty();
    goOn.countDown();
    assertThat(children.stream().map(Task::join)).containsOnly("value");
    assertThat(events).containsExactly("value");
    assertThat(children.stream().map(Task::thread)).contains(destroyedBy.get());
  }

  @Test
  @DisplayName(
      "Shared by tasks that end in any order, each value is destroyed once, after all of them")
  void isCountedInRaces() throws Exception {
    AtomicInteger users = new AtomicInteger();
    AtomicInteger destroyed = new AtomicInteger();
    AtomicInteger early = new AtomicInteger();
    TaskLocal<AtomicInteger> local =
        TaskLocal.<AtomicInteger>builder(AtomicInteger::new)
            .destructor(value -> {
              destroyed.incrementAndGet();
              if (value.getAndSet(-1_000_000) != 0) {
                early.incrementAndGet();
              }
            })
            .shared()
            .build();
    for (int round = 0; round < 200; round++) {
      runtime.spawn(() -> {
        local.get();
        for (int i = 0; i < 10; i++) {
          runtime.spawn(() -> {
            users.incrementAndGet();
            local.get().incrementAndGet();
            Thread.yield();
            runtime.spawn(() -> local.get().get());
            return local.get().decrementAndGet();
          });
        }
        return null;
      });
    }
    runtime.close();
    assertThat(users).hasValue(2000);
    assertThat(destroyed).hasValue(200);
    assertThat(early).hasValue(0);
  }

  @Test
  @DisplayName("Values are taken at the start, on the starter's thread, and belong to the child")
  void isTakenAtTheStart() throws Exception {
    List<Thread> copiers = Collections.synchronizedList(new ArrayList<>());
    TaskLocal<StringBuilder> local =
        TaskLocal.<StringBuilder>builder(() -> new StringBuilder("a"))
            .copied(value -> {
              copiers.add(Thread.currentThread());
              return new StringBuilder(value);
            })
            .build();
    runtime.run(() -> {
      local.get();
      CountDownLatch goOn = new CountDownLatch(1);
      Task<String> child =
          runtime.spawn(() -> {
            goOn.await();
            return local.get().append("c").toString();
          });
      local.get().append("b");
      goOn.countDown();
      assertThat(child.join()).isEqualTo("ac");
      assertThat(local.get()).hasToString("ab");
      assertThat(copiers).containsExactly(Thread.currentThread());
      return null;
    });
  }

  @Test
  @DisplayName(
      "Inherited however a task is started: submit, execute, factory, stray, grandchildren")
  void isForEveryStart() throws Exception {
    runtime.run(() -> {
      shared.get();
      Future<String> submitted = runtime.submit(() -> runtime.spawn(shared::get).join());
      assertThat(submitted.get()).isEqualTo("shared 1");
      assertThat(runtime.<String>invokeAny(List.of(shared::get))).isEqualTo("shared 1");
      AtomicReference<String> seen = new AtomicReference<>();
      CountDownLatch executed = new CountDownLatch(1);
      runtime.execute(() -> {
        seen.set(shared.get());
        executed.countDown();
      });
      executed.await();
      assertThat(seen.getAndSet("")).isEqualTo("shared 1");
      Thread thread = runtime.threadFactory().newThread(() -> seen.set(shared.get()));
      thread.start();
      thread.join();
      assertThat(seen.getAndSet("")).isEqualTo("shared 1");
      Thread.ofVirtual().start(() -> seen.set(shared.get())).join();
      assertThat(seen.getAndSet("")).isEqualTo("shared 1");
      return null;
    });
    runtime.close();
    assertThat(events).containsExactly("shared 1");
  }

  @Test
  @DisplayName(
      "Inheritance ends at the border of the runtime, and tasks from outside inherit nothing")
  void staysInTheRuntime() throws Exception {
    try (WorkerRuntime other = WorkerRuntime.builder().workers(1).start()) {
      runtime.run(() -> {
        assertThat(shared.get()).isEqualTo("shared 1");
        assertThat(copied.get()).isEqualTo("copied 2");
        assertThat(other.<String>run(shared::get)).isEqualTo("shared 3");
        assertThat(other.<String>run(copied::get)).isEqualTo("copied 4");
        return null;
      });
    }
    assertThat(events).containsExactly("shared 3", "copied 4", "copied 2", "shared 1");
    assertThat(runtime.<String>run(shared::get)).isEqualTo("shared 5");
  }

  @Test
  @DisplayName("A copy that fails is the starter's exception; nothing is started, and nothing left")
  void failsWithTheCopy() throws Exception {
    TaskLocal<String> broken =
        TaskLocal.<String>builder(() -> "broken")
            .copied(value -> {
              throw new IllegalStateException("no copy");
            })
            .build();
    runtime.run(() -> {
      copied.get();
      broken.get();
      assertThatThrownBy(() -> runtime.spawn(() -> events.add("ran"))).hasMessage("no copy");
      assertThat(events).containsExactly("copied 1'");
      assertThatThrownBy(() -> Thread.ofVirtual().start(() -> events.add("ran")))
          .hasMessage("no copy");
      assertThatThrownBy(() -> runtime.threadFactory().newThread(() -> events.add("ran")).start())
          .hasMessage("no copy");
      assertThat(events).containsExactly("copied 1'", "copied 1'", "copied 1'");
      return null;
    });
    runtime.close();
    assertThat(events).containsExactly("copied 1'", "copied 1'", "copied 1'", "copied 1");
  }

  @Test
  @DisplayName("A copy that is null is refused, with the name of the local")
  void refusesNoCopy() throws Exception {
    TaskLocal<String> broken =
        TaskLocal.<String>builder(() -> "value").name("broken").copied(_ -> null).build();
    runtime.run(() -> {
      broken.get();
      assertThatThrownBy(() -> runtime.spawn(() -> events.add("ran")))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("the copy of a value of local 'broken' is null");
      assertThatThrownBy(ContextSnapshot::capture)
          .hasMessage("the copy of a value of local 'broken' is null");
      return null;
    });
    assertThat(events).isEmpty();
  }

  @Test
  @DisplayName("A child that is cancelled before it begins gives its share and its copies back")
  void endsWithACancelledChild() throws Exception {
    try (WorkerRuntime single = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      single.run(() -> {
        shared.get();
        copied.get();
        // In the carrier tier it cannot begin before; in the other one it can, and ends all the
        // same.
        return single.spawn(() -> null).cancel(true);
      });
    }
    assertThat(events).containsExactlyInAnyOrder("copied 2'", "copied 2", "shared 1");
  }

  @Test
  @DisplayName("A child with a bound value that never begins ends that and what it inherited")
  void endsWithACancelledChildThatBrings() throws Exception {
    try (WorkerRuntime single = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      single.run(() -> {
        shared.get();
        copied.get();
        return single.spawn(own.bind("bound", () -> null)).cancel(true);
      });
    }
    assertThat(events).containsExactlyInAnyOrder("bound", "copied 2'", "copied 2", "shared 1");
  }

  @Test
  @DisplayName("A bound value is the task's: seen by its body, ended by it after what is younger")
  void isBoundAtTheStart() throws Exception {
    AtomicReference<Thread> thread = new AtomicReference<>();
    TaskLocal<String> local =
        TaskLocal.of(
            () -> "never",
            value -> {
              events.add(value);
              assertThat(Thread.currentThread()).isSameAs(thread.get());
            });
    Task<String> task =
        runtime.spawn(
            local.bind(
                "bound",
                shared.bind(
                    "also bound",
                    () -> {
                      thread.set(Thread.currentThread());
                      own.get();
                      return local.get() + ", " + runtime.spawn(shared::get).join();
                    })));
    assertThat(task.join()).isEqualTo("bound, also bound");
    assertThat(events).containsExactly("own 1", "also bound", "bound");
  }

  @Test
  @DisplayName("A bound value hides an inherited one, in its body alone")
  void isHiddenByABoundValue() throws Exception {
    runtime.run(() -> {
      shared.get();
      assertThat(runtime.spawn(shared.bind("bound", shared::get)).join()).isEqualTo("bound");
      assertThat(runtime.submit(shared.bind("submitted", shared::get)).get())
          .isEqualTo("submitted");
      assertThat(shared.bind("here", shared::get).call()).isEqualTo("here");
      assertThat(events).containsExactly("bound", "submitted", "here");
      assertThat(shared.get()).isEqualTo("shared 1");
      return null;
    });
  }

  @Test
  @DisplayName("G2: a bound value of a task that never begins is destroyed once all the same")
  void isDestroyedWithoutItsBody() throws Exception {
    try (WorkerRuntime single = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      single.run(
          () -> single.spawn(own.bind("outer", shared.bind("inner", shared::get))).cancel(false));
    }
    assertThat(events).containsExactly("inner", "outer");
    runtime.close();
    events.clear();
    assertThatThrownBy(() -> runtime.spawn(own.bind("refused", own::get)))
        .isInstanceOf(RuntimeClosedException.class);
    assertThat(events).containsExactly("refused");
  }

  @Test
  @DisplayName("A body with a bound value runs once, and in a task")
  void isBoundToOneTask() throws Exception {
    var body = own.bind("bound", own::get);
    assertThatThrownBy(body::call).isInstanceOf(EscapedReferenceException.class);
    assertThat(runtime.<String>run(body)).isEqualTo("bound");
    assertThat(catchThrowable(() -> runtime.run(body)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("called again");
    assertThat(events).containsExactly("bound");
  }

  @Test
  @DisplayName("Sharing and copying exclude each other, and each property is set once")
  void isChosenOnce() {
    assertThatThrownBy(() -> TaskLocal.builder(() -> "").shared().copied(value -> value))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("inheritance was already set to shared and cannot be set to copied");
    assertThatThrownBy(() -> TaskLocal.builder(() -> "").copied(value -> value).shared())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("inheritance was already set to copied and cannot be set to shared");
    assertThatThrownBy(
            () -> TaskLocal.builder(() -> "").destructor(this::ended).destructor(this::ended))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("destructor was already set to ");
    assertThatThrownBy(() -> TaskLocal.builder(() -> "").name("a").name("b"))
        .hasMessage("name was already set to a and cannot be set to b");
    assertThatThrownBy(() -> TaskLocal.builder(() -> "").name(" "))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(TaskLocal.builder(() -> "").name("named").build()).hasToString("TaskLocal[named]");
    assertThat(TaskLocal.of(() -> "").name()).startsWith("task-local-");
  }

  @Test
  @DisplayName(
      "G7: a shared value that a stray thread was the last to have is destroyed before close")
  void isEndedByAStray() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    runtime.run(() -> {
      shared.get();
      return Thread.ofVirtual().start(() -> Await.unwillingly(goOn));
    });
    assertThat(events).isEmpty();
    goOn.countDown();
    runtime.close();
    assertThat(events).containsExactly("shared 1");
  }

  @Test
  @DisplayName("A child that is started where a bound value hides another has no share in that one")
  void isNotOfWhatIsHidden() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    Task<String> child =
        runtime.run(() -> {
          shared.get();
          return shared
              .bind(
                  "bound",
                  () ->
                      runtime.spawn(() -> {
                        goOn.await();
                        return shared.get();
                      }))
              .call();
        });
    assertThat(events).containsExactly("shared 1");
    goOn.countDown();
    assertThat(child.join()).isEqualTo("bound");
    assertThat(events).containsExactly("shared 1", "bound");
  }

  @Test
  @DisplayName(
      "A thread of the factory that is never started holds nothing past the runtime's close")
  void endsWithAThreadThatIsNeverStarted() throws Exception {
    Thread never =
        runtime.run(() -> {
          shared.get();
          copied.get();
          return runtime.threadFactory().newThread(() -> events.add("ran"));
        });
    runtime.close();
    assertThat(events).contains("copied 2", "shared 1").doesNotHaveDuplicates();
    assertThat(catchThrowable(never::start))
        .satisfiesAnyOf(
            thrown -> assertThat(thrown).isInstanceOf(RuntimeClosedException.class),
            thrown -> assertThat(thrown).isNull());
    assertThat(never.join(Duration.ofSeconds(10))).isTrue();
    assertThat(events).doesNotContain("ran").doesNotHaveDuplicates();
  }
}
