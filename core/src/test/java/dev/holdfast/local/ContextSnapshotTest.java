// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies that run elsewhere with the values of a task. */
@EveryTier
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ContextSnapshotTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
  private final ExecutorService foreign = Executors.newSingleThreadExecutor();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger made = new AtomicInteger();
  private final TaskLocal<String> own =
      TaskLocal.of(() -> "own " + made.incrementAndGet(), events::add);
  private final TaskLocal<String> plain =
      TaskLocal.<String>builder(() -> "plain " + made.incrementAndGet()).shared().build();
  private final TaskLocal<String> shared =
      TaskLocal.<String>builder(() -> "shared " + made.incrementAndGet())
          .name("shared")
          .destructor(events::add)
          .shared()
          .build();
  private final TaskLocal<String> copied =
      TaskLocal.<String>builder(() -> "copied " + made.incrementAndGet())
          .name("copied")
          .destructor(events::add)
          .copied(value -> value + "'")
          .build();

  @AfterEach
  void close() {
    foreign.close();
    // Bounded: a test that fails may have left a task that waits for ever.
    Duration patience = Duration.ofSeconds(10);
    assertThat(runtime.shutdown(patience, patience).terminated()).isTrue();
  }

  private ContextSnapshot captureAll() {
    own.get();
    plain.get();
    shared.get();
    copied.get();
    return ContextSnapshot.capture();
  }

  @Test
  @DisplayName("On a foreign thread the captured values are there inside run, and only there")
  void givesAForeignThreadTheValues() throws Exception {
    runtime.run(() -> {
      ContextSnapshot snapshot = captureAll();
      foreign
          .submit(
              snapshot.wrap(() -> {
                assertThat(plain.get()).isEqualTo("plain 2");
                assertThat(shared.get()).isEqualTo("shared 3");
                assertThat(copied.get()).isEqualTo("copied 4''");
                assertThat(own.get()).isEqualTo("own 5");
                assertThat(own.get()).isEqualTo("own 5");
              }))
          .get();
      // What the run made and its copy of the snapshot's copy end with the run.
      assertThat(events).containsExactly("own 5", "copied 4''");
      assertThat(foreign.submit(() -> catchThrowable(shared::get)).get())
          .isInstanceOf(EscapedReferenceException.class);
      return null;
    });
    assertThat(events)
        .containsExactly("own 5", "copied 4''", "copied 4'", "copied 4", "shared 3", "own 1");
  }

  @Test
  @DisplayName(
      "All is as before after a body that ends normally or throws, also when runs are nested")
  void restoresByItself() throws Exception {
    ContextSnapshot other =
        runtime.run(() -> {
          plain.get();
          return ContextSnapshot.capture();
        });
    runtime.run(() -> {
      assertThat(plain.get()).isEqualTo("plain 2");
      assertThat(other.call(plain::get)).isEqualTo("plain 1");
      assertThat(plain.get()).isEqualTo("plain 2");
      ContextSnapshot mine = ContextSnapshot.capture();
      other.run(() -> {
        mine.run(() -> assertThat(plain.get()).isEqualTo("plain 2"));
        assertThat(plain.get()).isEqualTo("plain 1");
      });
      assertThatThrownBy(() ->
              other.call(() -> {
                throw new java.io.IOException(plain.get());
              }))
          .isInstanceOf(java.io.IOException.class)
          .hasMessage("plain 1");
      assertThatThrownBy(() ->
              other.run(() -> {
                throw new StackOverflowError();
              }))
          .isInstanceOf(StackOverflowError.class);
      assertThat(plain.get()).isEqualTo("plain 2");
      return null;
    });
    other.run(() -> assertThat(plain.get()).isEqualTo("plain 1"));
    assertThatThrownBy(plain::get).isInstanceOf(EscapedReferenceException.class);
  }

  @Test
  @DisplayName("In another task the body sees that task's values too, and makes its own")
  void runsInsideAnotherTask() throws Exception {
    TaskLocal<String> late = TaskLocal.of(() -> "late " + made.incrementAndGet(), events::add);
    ContextSnapshot snapshot =
        runtime.run(() -> {
          plain.get();
          return ContextSnapshot.capture();
        });
    runtime.run(() -> {
      assertThat(own.get()).isEqualTo("own 2");
      snapshot.run(() -> {
        Elsewhere.suspend(runtime);
        assertThat(plain.get()).isEqualTo("plain 1");
        assertThat(own.get()).isEqualTo("own 2");
        assertThat(late.get()).isEqualTo("late 3");
        assertThat(runtime.spawn(plain::get).join()).isEqualTo("plain 1");
      });
      assertThat(events).containsExactly("late 3");
      assertThat(late.get()).isEqualTo("late 4");
      return null;
    });
  }

  @Test
  @DisplayName(
      "A blocking job and a callback of another library have the values inside a wrapped body")
  void wrapsJobsAndCallbacks() throws Exception {
    runtime.run(() -> {
      ContextSnapshot snapshot = captureAll();
      Callable<String> job = snapshot.wrap(shared::get);
      assertThat(runtime.spawnBlocking(job).join()).isEqualTo("shared 3");
      assertThat(runtime.spawn(job).join()).isEqualTo("shared 3");
      CompletableFuture<String> future = new CompletableFuture<>();
      CompletableFuture<String> seen = new CompletableFuture<>();
      future.thenAccept(any -> snapshot.run(() -> seen.complete(shared.get() + " for " + any)));
      foreign.execute(() -> future.complete("reply"));
      assertThat(seen.get()).isEqualTo("shared 3 for reply");
      return null;
    });
  }

  @Test
  @DisplayName("A value with a destructor keeps living while a run has it, and holds the barrier")
  @Tag("G1")
  void keepsTheValueWhileItRuns() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<Thread> runner = Collections.synchronizedList(new ArrayList<>());
    TaskLocal<String> local =
        TaskLocal.<String>builder(() -> "value")
            .destructor(value -> {
              runner.add(Thread.currentThread());
              events.add(value + " destroyed in " + runtime.phase());
            })
            .shared()
            .build();
    runtime.run(() -> {
      local.get();
      ContextSnapshot snapshot = ContextSnapshot.capture();
      foreign.execute(() -> {
        runner.add(Thread.currentThread());
        snapshot.run(() -> {
          running.countDown();
          Await.unwillingly(goOn);
          events.add("still " + local.get());
        });
      });
      running.await();
      return null;
    });
    try {
      assertThat(events).isEmpty();
      ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
      assertThat(report.phase()).isLessThan(ShutdownPhase.QUIESCENT);
      assertThat(report.counts().guards()).isEqualTo(1);
      Await.until("it cancels", () -> runtime.phase() == ShutdownPhase.CANCELLING);
      // The task may be listed as well: its result is there a little before its end.
      assertThat(report.holders())
          .filteredOn(holder -> holder.kind() == ShutdownReport.Kind.GUARD)
          .singleElement()
          .satisfies(holder -> {
            assertThat(holder.owner()).contains(runner.getFirst().getName());
            assertThat(holder.age()).isBetween(Duration.ZERO, LONG);
            assertThat(holder.stack()).isNotEmpty();
          });
    } finally {
      goOn.countDown();
    }
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    assertThat(events)
        .hasSize(2)
        .startsWith("still value")
        .last(InstanceOfAssertFactories.STRING)
        .matches("value destroyed in (DRAINING|CANCELLING)");
    assertThat(runner).hasSize(2).containsOnly(runner.getFirst());
  }

  @Test
  @DisplayName(
      "A snapshot that outlives its task: destroyed values throw, others are there for ever")
  void outlivesItsTask() throws Exception {
    ContextSnapshot simple =
        runtime.run(() -> {
          plain.get();
          return ContextSnapshot.capture();
        });
    ContextSnapshot full = runtime.run(this::captureAll);
    ContextSnapshot copy =
        runtime.run(() -> {
          copied.get();
          return ContextSnapshot.capture();
        });
    assertThat(simple.call(plain::get)).isEqualTo("plain 1");
    assertThatThrownBy(() -> full.run(() -> events.add("ran")))
        .isInstanceOf(LocalDestroyedException.class)
        .hasMessageContaining("'shared'")
        .hasMessageContaining(Thread.currentThread().getName());
    assertThatThrownBy(() -> copy.run(() -> events.add("ran")))
        .isInstanceOf(LocalDestroyedException.class)
        .hasMessageContaining("'copied'");
    assertThat(events).doesNotContain("ran");
    assertThatThrownBy(() -> runtime.spawn(full.wrap(shared::get)).join())
        .hasCauseInstanceOf(LocalDestroyedException.class);
    runtime.close();
    assertThat(simple.call(plain::get)).isEqualTo("plain 1");
    assertThatThrownBy(() -> full.run(() -> events.add("ran")))
        .isInstanceOf(LocalDestroyedException.class);
    assertThat(events).doesNotContain("ran").doesNotHaveDuplicates();
  }

  @Test
  @DisplayName(
      "Runs that race with the end of their task use the value or are told that it is gone")
  void racesWithTheEnd() throws Exception {
    AtomicInteger stale = new AtomicInteger();
    AtomicInteger destroyed = new AtomicInteger();
    TaskLocal<AtomicInteger> local =
        TaskLocal.<AtomicInteger>builder(AtomicInteger::new)
            .destructor(value -> {
              destroyed.incrementAndGet();
              value.set(-1);
            })
            .shared()
            .build();
    AtomicInteger used = new AtomicInteger();
    for (int round = 0; round < 2000; round++) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      runtime.run(() -> {
        local.get();
        ContextSnapshot snapshot = ContextSnapshot.capture();
        foreign.execute(() -> {
          try {
            snapshot.run(() -> {
              used.incrementAndGet();
              Thread.onSpinWait();
              if (local.get().get() < 0) {
                stale.incrementAndGet();
              }
            });
          } catch (LocalDestroyedException e) {
            // The task was faster.
          } finally {
            done.complete(null);
          }
        });
        if (Coin.flip()) {
          done.join();
        }
        return null;
      });
      done.join();
    }
    assertThat(destroyed).hasValue(2000);
    assertThat(stale).hasValue(0);
    assertThat(used.get()).isPositive();
  }

  /** True and false in turn. */
  private static final class Coin {
    private static final AtomicInteger FLIPS = new AtomicInteger();

    static boolean flip() {
      return FLIPS.getAndIncrement() % 2 == 0;
    }
  }

  @Test
  @DisplayName("A task that is started on a foreign thread inside run inherits from the snapshot")
  void passesOnToTasksStartedInside() throws Exception {
    runtime.run(() -> {
      ContextSnapshot snapshot = captureAll();
      String seen =
          foreign.submit(() -> snapshot.call(() -> runtime.spawn(shared::get).join())).get();
      assertThat(seen).isEqualTo("shared 3");
      return null;
    });
  }

  @Test
  @DisplayName("A copy with a destructor holds the barrier while a run has it")
  @Tag("G1")
  void holdsTheBarrierForACopy() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    WholeTask.run(
        runtime,
        () -> {
          copied.get();
          ContextSnapshot snapshot = ContextSnapshot.capture();
          foreign.execute(
              snapshot.wrap(() -> {
                running.countDown();
                Await.unwillingly(goOn);
                events.add("still " + copied.get());
              }));
          Await.unwillingly(running);
          return null;
        });
    try {
      ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
      assertThat(report.counts().guards()).isEqualTo(1);
      assertThat(report.phase()).isLessThan(ShutdownPhase.QUIESCENT);
    } finally {
      goOn.countDown();
    }
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    assertThat(events).containsExactly("copied 1", "still copied 1''", "copied 1''", "copied 1'");
  }

  @Test
  @DisplayName("A run holds the runtime by itself, unless a task or job of that runtime runs it")
  void holdsOnlyWhereNobodyDoes() throws Exception {
    CountDownLatch running = new CountDownLatch(3);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<ContextSnapshot> taken = new CompletableFuture<>();
    Runnable wait =
        () -> {
          running.countDown();
          Await.unwillingly(goOn);
        };
    try (WorkerRuntime other = WorkerRuntime.builder().workers(1).start()) {
      try {
        runtime.spawn(() -> {
          shared.get();
          taken.complete(ContextSnapshot.capture());
          Await.unwillingly(goOn);
          return null;
        });
        Callable<?> body = Executors.callable(taken.get().wrap(wait));
        runtime.spawn(body);
        runtime.spawnBlocking(body);
        other.spawn("stranger", body);
        running.await();
        ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ZERO);
        assertThat(report.counts().guards()).isEqualTo(1);
        assertThat(report.holders())
            .filteredOn(holder -> holder.kind() == ShutdownReport.Kind.GUARD)
            .singleElement()
            .satisfies(holder -> assertThat(holder.owner()).contains("stranger"));
      } finally {
        goOn.countDown();
      }
    }
  }

  @Test
  @DisplayName("A snapshot says how many values it has, and of which runtime")
  void saysWhatItHas() throws Exception {
    String text = runtime.run(() -> captureAll().toString());
    assertThat(text).isEqualTo("ContextSnapshot[3 values of runtime '" + runtime.name() + "']");
  }

  @Test
  @DisplayName("Capturing needs a task, and says so")
  @Tag("S4")
  void isTakenInATask() {
    assertThatThrownBy(ContextSnapshot::capture)
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("ContextSnapshot.capture() was asked for on");
  }

  @Test
  @DisplayName(
      "What fails or is interrupted in the destructors of a run does not change its outcome")
  void isNotChangedByDestructors() throws Exception {
    IllegalStateException broken = new IllegalStateException("broken");
    TaskLocal<String> bad =
        TaskLocal.<String>builder(() -> "value")
            .name("bad")
            .destructor(value -> {
              Thread.currentThread().interrupt();
              throw broken;
            })
            .build();
    ContextSnapshot snapshot = runtime.run(ContextSnapshot::capture);
    assertThat(snapshot.<String>call(bad::get)).isEqualTo("value");
    // As if it had come from elsewhere, while the destructor was running.
    assertThat(Thread.interrupted()).isTrue();
    assertThat(runtime.shutdown(LONG, LONG).failures())
        .singleElement()
        .satisfies(failure -> {
          assertThat(failure.cause()).isSameAs(broken);
          assertThat(failure.name()).isEqualTo("bad");
          assertThat(failure.owner()).contains(Thread.currentThread().getName());
        });
  }
}
