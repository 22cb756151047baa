// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the values of a task are made. */
@EveryTier
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TaskLocalInitializerTest {

  private final WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    // Bounded: a test that fails may have left a task that waits for ever.
    Duration patience = Duration.ofSeconds(10);
    assertThat(runtime.shutdown(patience, patience).terminated()).isTrue();
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: an initialiser that throws passes that on, and the next use tries again")
  void beginAnewAfterAFailure() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    TaskLocal<String> local =
        TaskLocal.of(
            () -> {
              if (calls.incrementAndGet() == 1) {
                throw new IllegalArgumentException("first");
              }
              return "made";
            },
            events::add);
    TaskLocal<String> empty = TaskLocal.<String>builder(() -> null).name("empty").build();
    runtime.run(() -> {
      assertThatThrownBy(local::get).hasMessage("first");
      assertThat(local.get()).isEqualTo("made");
      assertThatThrownBy(empty::get)
          .isInstanceOf(NullPointerException.class)
          .hasMessageContaining("'empty' returned null");
      return null;
    });
    assertThat(events).containsExactly("made");
  }

  @Test
  @Tag("S45")
  @DisplayName(
      "S45: an initialiser that comes back to its own value gets a cycle error, in parts too")
  void doNotRecurse() throws Exception {
    AtomicReference<TaskLocal<String>> second = new AtomicReference<>();
    TaskLocal<String> first =
        TaskLocal.<String>builder(() -> second.get().get()).name("first").build();
    second.set(TaskLocal.<String>builder(() -> first.get()).name("second").build());
    AtomicReference<TaskLocal<String>> own = new AtomicReference<>();
    own.set(
        TaskLocal.<String>builder(
                () -> {
                  ContextSnapshot.capture().run(own.get()::get);
                  return "never";
                })
            .name("own")
            .build());
    runtime.run(() -> {
      assertThatThrownBy(first::get)
          .isInstanceOf(InitializerCycleException.class)
          .hasMessageContaining("first -> second -> first")
          .hasMessageContaining("task 'task-");
      assertThatThrownBy(own.get()::get).isInstanceOf(InitializerCycleException.class);
      return null;
    });
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: an initialiser may read another local, and may block; what it read ends later")
  void mayReadAnotherAndBlock() throws Exception {
    TaskLocal<String> base = TaskLocal.of(() -> "base", events::add);
    TaskLocal<String> derived =
        TaskLocal.of(
            () -> {
              String read = base.get();
              Elsewhere.suspend(runtime);
              return read + "'s";
            },
            events::add);
    assertThat(runtime.<String>run(derived::get)).isEqualTo("base's");
    assertThat(events).containsExactly("base's", "base");
  }
}
