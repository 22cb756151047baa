// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Variables that only their task may touch. */
@EveryTier
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TaskConfinedTest {

  private final WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();

  @AfterEach
  void close() {
    // Bounded: a test that fails may have left a task that waits for ever.
    Duration patience = Duration.ofSeconds(10);
    assertThat(runtime.shutdown(patience, patience).terminated()).isTrue();
  }

  @Test
  @DisplayName("Its task reads and writes it, on whichever worker it is")
  void movesWithItsTask() throws Exception {
    runtime.run(() -> {
      TaskConfined<Integer> count = TaskConfined.of(1);
      for (int i = 0; i < 10; i++) {
        count.set(count.get() + 1);
        Elsewhere.suspend(runtime);
      }
      assertThat(count.<Integer>with(value -> value * 2)).isEqualTo(22);
      return null;
    });
  }

  @Test
  @Tag("S1")
  @DisplayName("S1: another task and a foreign thread are refused, with the names of both")
  void isRefusedElsewhere() throws Exception {
    AtomicReference<TaskConfined<String>> escaped = new AtomicReference<>();
    runtime
        .spawn(
            "owner",
            () -> {
              TaskConfined<String> mine = TaskConfined.of("mine");
              escaped.set(mine);
              assertThatThrownBy(() -> runtime.spawn("thief", mine::get).join())
                  .isInstanceOf(CompletionException.class)
                  .cause()
                  .isInstanceOf(EscapedReferenceException.class)
                  .hasMessageContaining("get()")
                  .hasMessageContaining("confined to task 'owner' was called by task 'thief'");
              assertThatThrownBy(() ->
                      runtime
                          .spawn(() -> {
                            mine.set("theirs");
                            return null;
                          })
                          .join())
                  .hasCauseInstanceOf(EscapedReferenceException.class);
              assertThat(mine.get()).isEqualTo("mine");
              assertThat(mine).hasToString("TaskConfined[task 'owner']");
              return null;
            })
        .join();
    assertThatThrownBy(() -> escaped.get().with(String::length))
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("with()")
        .hasMessageContaining(Thread.currentThread().getName());
  }

  @Test
  @DisplayName("After its task nobody has it, and the message says that it ended")
  void isOutOfReachAfterItsTask() throws Exception {
    AtomicReference<Thread> thread = new AtomicReference<>();
    TaskConfined<String> left =
        runtime.run(() -> {
          thread.set(Thread.currentThread());
          return TaskConfined.of("left");
        });
    thread.get().join();
    assertThatThrownBy(left::get)
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("has ended");
  }

  @Test
  @DisplayName("A worker's own thread is not the task that it carries")
  void isRefusedOnTheWorkersOwnThread() throws Exception {
    WorkerLocal<String> local = WorkerLocal.of(() -> "worker's");
    runtime.run(() -> {
      TaskConfined<String> mine = TaskConfined.of("mine");
      assertThatThrownBy(() -> local.onOwner(any -> mine.get()))
          .isInstanceOf(EscapedReferenceException.class);
      return null;
    });
  }

  @Test
  @Tag("S4")
  @DisplayName("S4: it is made in a task")
  void isMadeInATask() {
    assertThatThrownBy(() -> TaskConfined.of(1))
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("TaskConfined.of()");
    assertThatThrownBy(() -> runtime.spawnBlocking(() -> TaskConfined.of(1)).join())
        .hasCauseInstanceOf(EscapedReferenceException.class);
  }
}
