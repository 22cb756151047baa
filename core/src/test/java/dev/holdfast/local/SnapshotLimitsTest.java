// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Values that are handed into parts of tasks where the stack ends, and where their task has. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class SnapshotLimitsTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger destroyed = new AtomicInteger();

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).name("host").start();
  }

  private static void nest(ContextSnapshot snapshot) {
    snapshot.run(() -> nest(snapshot));
  }

  @Test
  @Tag("S63")
  @DisplayName("S63: a shared value is destroyed, though the stack ended in runs with it")
  void destroysSharedValuesAfterOverflow() throws Exception {
    TaskLocal<Object> local =
        TaskLocal.builder(Object::new)
            .shared()
            .destructor(value -> destroyed.incrementAndGet())
            .build();
    try (WorkerRuntime runtime = oneWorker()) {
      for (int i = 1; i <= 20; i++) {
        runtime.run(() -> {
          Object value = local.get();
          ContextSnapshot snapshot = ContextSnapshot.capture();
          assertThatThrownBy(() -> nest(snapshot)).isInstanceOf(StackOverflowError.class);
          assertThat(local.get()).isSameAs(value);
          return null;
        });
        assertThat(destroyed).hasValue(i);
      }
    }
  }

  @Test
  @Tag("S63")
  @DisplayName("S63: each copy is destroyed, though the stack ended in runs with them")
  void destroysCopiesAfterOverflow() throws Exception {
    TaskLocal<Object> local =
        TaskLocal.<Object>builder(
                () -> {
                  made.incrementAndGet();
                  return new Object();
                })
            .copied(value -> {
              Object copy = new Object();
              made.incrementAndGet();
              return copy;
            })
            .destructor(value -> destroyed.incrementAndGet())
            .build();
    try (WorkerRuntime runtime = oneWorker()) {
      for (int i = 1; i <= 20; i++) {
        runtime.run(() -> {
          local.get();
          ContextSnapshot snapshot = ContextSnapshot.capture();
          assertThatThrownBy(() -> nest(snapshot)).isInstanceOf(StackOverflowError.class);
          return null;
        });
        assertThat(destroyed).hasValue(made.get());
      }
    }
  }

  /** Does something on each level, for ever. */
  private static int descend(Runnable each, int depth) {
    each.run();
    return depth < 0 ? depth : descend(each, depth + 1) - 1;
  }

  @Test
  @Tag("S63")
  @DisplayName(
      "S63: a bound value is destroyed once, wherever the stack ended as its body was called")
  void destroysBoundValuesAfterOverflow() throws Exception {
    TaskLocal<Object> local =
        TaskLocal.builder(Object::new).destructor(value -> destroyed.incrementAndGet()).build();
    AtomicInteger bound = new AtomicInteger();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        AtomicReference<Callable<Object>> last = new AtomicReference<>();
        for (int i = 0; i < 20; i++) {
          assertThatThrownBy(() ->
                  descend(
                      () -> {
                        if (last.get() == null) {
                          last.set(local.bind(new Object(), Object::new));
                          bound.incrementAndGet();
                        }
                        try {
                          last.get().call();
                        } catch (Exception e) {
                          throw new IllegalStateException(e);
                        }
                        last.set(null);
                      },
                      0))
              .isInstanceOf(StackOverflowError.class);
          if (last.get() != null) {
            // It has begun, and its value is gone, or it can be called now.
            try {
              last.get().call();
            } catch (IllegalStateException e) {
              assertThat(e).hasMessageContaining("called again");
            }
            last.set(null);
          }
          assertThat(destroyed).hasValue(bound.get());
        }
        return null;
      });
    }
  }

  @Test
  @DisplayName("The copy in a snapshot outlives those that were made from it")
  void destroysCopiesLastMadeFirst() throws Exception {
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    TaskLocal<String> local =
        TaskLocal.builder(() -> "value")
            .copied(value -> value + " copy")
            .destructor(events::add)
            .build();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (WorkerRuntime runtime = oneWorker()) {
      AtomicReference<Task<Object>> run = new AtomicReference<>();
      runtime.run(() -> {
        local.get();
        ContextSnapshot snapshot = ContextSnapshot.capture();
        run.set(
            runtime.spawnBlocking(
                snapshot.wrap(
                    (Callable<Object>)
                        () -> {
                          begun.countDown();
                          Await.unwillingly(end);
                          return local.get();
                        })));
        Await.unwillingly(begun);
        return null;
      });
      assertThat(events).containsExactly("value");
      end.countDown();
      assertThat(run.get().join()).isEqualTo("value copy copy");
      assertThat(events).containsExactly("value", "value copy copy", "value copy");
    }
  }

  @Test
  @DisplayName("A thread of the pool that runs a snapshot as it ends holds the barrier")
  void holdsTheBarrierAtTheEndOfPoolThreads() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch captured = new CountDownLatch(1);
    CountDownLatch taskEnds = new CountDownLatch(1);
    AtomicReference<ContextSnapshot> snapshot = new AtomicReference<>();
    TaskLocal<Object> shared =
        TaskLocal.builder(Object::new)
            .shared()
            .destructor(value -> destroyed.incrementAndGet())
            .build();
    ThreadExitLocal<Object> last =
        ThreadExitLocal.of(
            Object::new,
            value ->
                snapshot
                    .get()
                    .run(() -> {
                      inside.countDown();
                      Await.unwillingly(end);
                    }));
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).blockingKeepAlive(Duration.ofMillis(1)).start();
    try {
      Task<?> task =
          runtime.spawn(() -> {
            shared.get();
            snapshot.set(ContextSnapshot.capture());
            captured.countDown();
            Await.unwillingly(taskEnds);
            return null;
          });
      captured.await();
      runtime.spawnBlocking(last::get).join();
      inside.await();
      taskEnds.countDown();
      task.join();
      ShutdownReport report = runtime.shutdown(Duration.ofMillis(50), Duration.ofMillis(50));
      assertThat(report.phase()).isEqualTo(ShutdownPhase.CANCELLING);
      assertThat(report.holders()).anyMatch(holder -> holder.name().equals("ContextSnapshot"));
    } finally {
      taskEnds.countDown();
      end.countDown();
      assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    }
    assertThat(destroyed).hasValue(1);
  }
}
