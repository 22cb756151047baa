// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handles of libraries, and what was opened from them: the order in which they end. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class HandleTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  /** What a library hands out; who uses it after its end would crash. */
  private static final class Thing {
    private final String name;

    Thing(String name) {
      this.name = name;
    }

    String name() {
      return name;
    }
  }

  private final Queue<String> ended = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Thread> endedOn = new AtomicReference<>();
  private final WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();

  private void end(Thing thing) {
    endedOn.set(Thread.currentThread());
    ended.add(thing.name);
  }

  private Handle<Thing> database() {
    return Handle.ofShared(new Thing("database"), this::end);
  }

  private Handle<Thing> confined(Handle<Thing> from, String name) {
    return from.openConfined(any -> new Thing(name), this::end);
  }

  private ShutdownReport close() {
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.terminated()).isTrue();
    return report;
  }

  @AfterEach
  void endWhatIsLeft() {
    // A test that failed may have left a task that waits.
    assertThat(runtime.shutdown(Duration.ZERO, LONG).terminated()).isTrue();
  }

  @Test
  @DisplayName("What was opened from a handle is destroyed before it, in whatever order they close")
  void childrenFirst() {
    Handle<Thing> database = database();
    Handle<Thing> snapshot = database.openShared(_ -> new Thing("snapshot"), this::end);
    Handle<Thing> rows = confined(snapshot, "rows");
    database.openShared(_ -> new Object(), _ -> {}).close();
    database.close();
    snapshot.close();
    assertThat(ended).isEmpty();
    assertThat(database)
        .asString()
        .contains("handle of Thing opened by thread", "at ", "HandleTest.java:")
        .contains("closed, and held by 1: handle of Thing")
        .doesNotContain("Object");
    assertThat(rows.<String, RuntimeException>with(Thing::name)).isEqualTo("rows");
    rows.close();
    assertThat(ended).containsExactly("rows", "snapshot", "database");
    assertThat(database).asString().endsWith(", closed");
  }

  @Test
  @DisplayName("A handle is not destroyed while it is used, and then by who uses it")
  void notWhileItIsUsed() throws Exception {
    Handle<Thing> database = database();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    Task<Thread> task =
        runtime.spawn(() -> {
          boolean unharmed =
              database.<Boolean, InterruptedException>with(_ -> {
                inside.countDown();
                closed.await();
                return ended.isEmpty();
              });
          assertThat(unharmed).isTrue();
          return Thread.currentThread();
        });
    inside.await();
    database.close();
    assertThat(ended).isEmpty();
    closed.countDown();
    assertThat(task.join()).isSameAs(endedOn.get());
    assertThat(ended).containsExactly("database");
  }

  @Test
  @DisplayName("A handle that is closed is not used, not opened from and not closed again")
  void notAfterItsClose() throws Exception {
    Handle<Thing> database = database();
    runtime
        .spawn(
            "closer",
            () -> {
              database.close();
              return null;
            })
        .join();
    isRefused(() -> database.<String, RuntimeException>with(Thing::name), "used");
    isRefused(() -> confined(database, "rows"), "opened from");
    isRefused(() -> database.openShared(_ -> new Thing("rows"), this::end), "opened from");
    isRefused(database::close, "closed again");
    assertThat(ended).containsExactly("database");
  }

  /** Refused with who opened it and where, and who closed it. */
  private static void isRefused(ThrowingCallable use, String verb) {
    assertThatThrownBy(use)
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("handle of Thing opened by thread ")
        .hasMessageContaining("HandleTest.database(HandleTest.java:")
        .hasMessageContaining(" was " + verb + " on thread ")
        .hasMessageContaining(" after it was closed by virtual thread 'closer'");
  }

  @Test
  @DisplayName("A confined handle is refused on other threads, and moves with its task")
  void isConfined() throws Exception {
    Handle<Thing> database = database();
    runtime.run(() -> {
      Handle<Thing> rows = confined(database, "rows");
      for (int i = 0; i < 3; i++) {
        Elsewhere.suspend(runtime);
        assertThat(rows.<String, RuntimeException>with(Thing::name)).isEqualTo("rows");
      }
      isRefusedElsewhere(() -> rows.<String, RuntimeException>with(Thing::name), "used");
      isRefusedElsewhere(() -> confined(rows, "row"), "opened from");
      isRefusedElsewhere(rows::close, "closed");
      assertThatThrownBy(() -> rows.openShared(_ -> new Thing("row"), this::end))
          .isInstanceOf(EscapedReferenceException.class)
          .hasMessageContaining("openConfined()");
      confined(rows, "row").close();
      rows.close();
      return null;
    });
    assertThat(ended).containsExactly("row", "rows");
    database.close();
    assertThat(ended).containsExactly("row", "rows", "database");
  }

  private void isRefusedElsewhere(Runnable use, String verb) {
    assertThatThrownBy(() ->
            runtime
                .spawn(
                    "thief",
                    () -> {
                      use.run();
                      return null;
                    })
                .join())
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("handle of Thing opened by task 'task-")
        .hasMessageContaining("HandleTest.java:")
        .hasMessageContaining(" was " + verb + " on virtual thread 'thief', but is confined");
  }

  @Test
  @DisplayName("The object itself and views of its memory are not carried out")
  void nothingIsCarriedOut() {
    Handle<Thing> database = database();
    assertThatThrownBy(() -> database.<Object, RuntimeException>with(any -> any))
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("the object itself")
        .hasMessageContaining("HandleTest.java:");
    assertThatThrownBy(() ->
            database.<Object, RuntimeException>with(_ -> ByteBuffer.allocateDirect(8).slice(0, 4)))
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("a direct buffer");
    ByteBuffer copy = ByteBuffer.allocate(8);
    assertThat(database.<ByteBuffer, RuntimeException>with(_ -> copy)).isSameAs(copy);
    database.close();
    assertThat(ended).containsExactly("database");
  }

  @Test
  @DisplayName("What a task forgets is closed at its end, the newest first, and reported")
  void aTaskForgets() {
    Handle<Thing> database = database();
    runtime
        .spawn(
            "forgetful",
            () -> {
              Handle<Thing> first = confined(database, "first");
              confined(database, "second");
              confined(first, "of first");
              confined(database, "closed").close();
              return null;
            })
        .join();
    assertThat(ended).containsExactly("closed", "of first", "second", "first");
    assertThat(endedOn.get().getName()).isEqualTo("forgetful");
    assertThat(close().failures())
        .singleElement()
        .satisfies(failure ->
            assertThat(failure.cause())
                .isInstanceOf(EscapedReferenceException.class)
                .hasMessageContaining("task 'forgetful' ended with 3 handles open: ")
                .hasMessageContaining("HandleTest.confined(HandleTest.java:"));
    database.close();
    assertThat(ended).last().isEqualTo("database");
  }

  @Test
  @DisplayName("A task's value may hold a handle that was opened after it, and closes it")
  void aTaskLocalHoldsOne() {
    Handle<Thing> database = database();
    TaskLocal<List<Handle<Thing>>> opened =
        TaskLocal.of(ArrayList::new, all -> all.forEach(Handle::close));
    TaskLocal<Handle<Thing>> own = TaskLocal.of(() -> confined(database, "own"));
    runtime
        .spawn(() -> {
          opened.get().add(confined(database, "kept"));
          return own.get();
        })
        .join();
    assertThat(ended).containsExactly("own", "kept");
    assertThat(close().failures()).isEmpty();
  }

  @Test
  @DisplayName("What a virtual thread that a task started forgets is closed after it")
  void aStrayForgets() throws Exception {
    Handle<Thing> database = database();
    runtime.run(() -> {
      Thread.ofVirtual().start(() -> confined(database, "rows")).join();
      return null;
    });
    assertThat(close().failures()).hasSize(1);
    assertThat(ended).containsExactly("rows");
  }

  @Test
  @DisplayName(
      "What is opened in a part of a task is the task's, and in a run elsewhere that run's")
  void inASnapshotsRun() throws Exception {
    Handle<Thing> database = database();
    runtime
        .spawn(
            "whole",
            () -> {
              ContextSnapshot context = ContextSnapshot.capture();
              Handle<Thing> rows = context.call(() -> confined(database, "rows"));
              assertThat(rows.<String, RuntimeException>with(Thing::name)).isEqualTo("rows");
              Thread.ofPlatform()
                  .start(() -> context.run(() -> confined(database, "elsewhere")))
                  .join();
              assertThat(ended).containsExactly("elsewhere");
              return null;
            })
        .join();
    assertThat(ended).containsExactly("elsewhere", "rows");
    assertThat(endedOn.get().getName()).isEqualTo("whole");
    assertThat(close().failures()).hasSize(2);
  }

  @Test
  @DisplayName("A handle that is made by onOwner is the worker's platform thread's alone")
  void ofAWorkersThread() throws Exception {
    Handle<Thing> environment = database();
    WorkerLocal<Handle<Thing>> transactions =
        WorkerLocal.of(() -> confined(environment, "transaction"));
    // One worker, so that both calls are of the same one.
    WorkerRuntime single = WorkerRuntime.builder().workers(1).spareWorkers(0).start();
    Thread platform =
        single.run(() -> {
          Thread thread =
              transactions.onOwner(transaction ->
                  transaction.<Thread, RuntimeException>with(_ -> Thread.currentThread()));
          Handle<Thing> carried = transactions.onOwner(transaction -> transaction);
          assertThatThrownBy(() -> carried.<String, RuntimeException>with(Thing::name))
              .isInstanceOf(EscapedReferenceException.class);
          return thread;
        });
    environment.close();
    assertThat(platform.isVirtual()).isFalse();
    assertThat(ended).isEmpty();
    ShutdownReport report = single.shutdown(LONG, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.failures()).isEmpty();
    assertThat(endedOn.get()).isSameAs(platform);
    assertThat(ended).containsExactly("transaction", "database");
  }

  @Test
  @DisplayName(
      "A parent that is closed after a close of the runtime in vain ends with the last task")
  void afterACloseInVain() throws Exception {
    Handle<Thing> database = database();
    CountDownLatch open = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    Task<String> task =
        runtime.spawn(() -> {
          try (Handle<Thing> rows = confined(database, "rows")) {
            open.countDown();
            while (closed.getCount() != 0) {
              try {
                closed.await();
              } catch (InterruptedException _) {
                // As code that does not know what to do with it.
              }
            }
            return rows.<String, RuntimeException>with(thing -> thing.name() + ended);
          }
        });
    open.await();
    try {
      assertThat(runtime.shutdown(Duration.ZERO, Duration.ZERO).terminated()).isFalse();
      database.close();
      assertThat(ended).isEmpty();
    } finally {
      closed.countDown();
    }
    assertThat(task.join()).isEqualTo("rows[]");
    assertThat(ended).containsExactly("rows", "database");
  }

  @Test
  @DisplayName("What cannot be opened holds nothing, and may be tried again")
  void openingFails() {
    Handle<Thing> database = database();
    IOException broken = new IOException("broken");
    assertThatThrownBy(() ->
            database.<Thing, IOException>openConfined(
                _ -> {
                  throw broken;
                },
                this::end))
        .isSameAs(broken);
    assertThatThrownBy(() -> database.<Thing, RuntimeException>openShared(_ -> null, this::end))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(
            () -> runtime.spawn(() -> database.openConfined(_ -> null, this::end)).join())
        .hasCauseInstanceOf(NullPointerException.class);
    assertThatThrownBy(() ->
            database.<String, IOException>with(_ -> {
              throw broken;
            }))
        .isSameAs(broken);
    database.close();
    assertThat(ended).containsExactly("database");
    assertThat(close().failures()).isEmpty();
  }

  @Test
  @DisplayName("A destructor that throws keeps no other from running")
  void aDestructorThrows() {
    Handle<Thing> database = database();
    IllegalStateException first = new IllegalStateException("first");
    IllegalStateException second = new IllegalStateException("second");
    Handle<Thing> snapshot =
        database.openShared(
            _ -> new Thing("snapshot"),
            _ -> {
              throw second;
            });
    Handle<Thing> rows =
        snapshot.openShared(
            _ -> new Thing("rows"),
            _ -> {
              throw first;
            });
    database.close();
    snapshot.close();
    assertThatThrownBy(rows::close).isSameAs(first).hasSuppressedException(second);
    assertThat(ended).containsExactly("database");
    isClosed(rows);
  }

  private static void isClosed(Handle<Thing> handle) {
    assertThatThrownBy(handle::close)
        .isInstanceOf(EscapedReferenceException.class)
        .hasMessageContaining("closed again");
  }

  @Test
  @DisplayName("Opening and using race with a close: nothing is used after its end, and one end")
  void racesWithItsClose() throws Exception {
    for (int round = 0; round < 50; round++) {
      AtomicInteger alive = new AtomicInteger(1);
      AtomicInteger ends = new AtomicInteger();
      AtomicInteger late = new AtomicInteger();
      Handle<Thing> database =
          Handle.ofShared(
              new Thing("database"),
              _ -> {
                ends.incrementAndGet();
                alive.set(0);
              });
      CountDownLatch using = new CountDownLatch(2);
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        tasks.add(
            runtime.spawn(() -> {
              try {
                while (true) {
                  try (Handle<Thing> rows = confined(database, "rows")) {
                    late.addAndGet(1 - alive.get());
                    rows.<Object, RuntimeException>with(_ -> late.addAndGet(1 - alive.get()));
                  }
                  for (int use = 0; use < 20_000; use++) {
                    database.<Object, RuntimeException>with(_ -> late.addAndGet(1 - alive.get()));
                  }
                  using.countDown();
                }
              } catch (EscapedReferenceException e) {
                return e;
              }
            }));
      }
      using.await();
      database.close();
      tasks.forEach(Task::join);
      assertThat(ends).hasValue(1);
      assertThat(late).hasValue(0);
    }
  }
}
