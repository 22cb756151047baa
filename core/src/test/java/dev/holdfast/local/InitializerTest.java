// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How values are made: once, on first use, and again after a failure; never in a circle. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class InitializerTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final Ledger ledger = new Ledger();

  @Test
  @Tag("S45")
  @DisplayName("S45: what an initialiser throws is the caller's, and the next use tries again")
  void isTriedAgainAfterAFailure() throws Exception {
    List<Throwable> failures =
        List.of(
            new IllegalStateException("no memory"),
            new StackOverflowError(),
            new AssertionError("bad"),
            new UncheckedIOException(new IOException("no file")));
    List<Function<WorkerLocal<Ledger.Probe>, Object>> forms =
        List.of(
            WorkerLocal::ref,
            local -> local.with(Function.identity()),
            WorkerLocal::guard,
            local -> local.onOwner(Function.identity()));
    ShutdownReport report;
    try (WorkerRuntime runtime = oneWorker()) {
      for (Function<WorkerLocal<Ledger.Probe>, Object> form : forms) {
        AtomicInteger attempts = new AtomicInteger();
        WorkerLocal<Ledger.Probe> local =
            WorkerLocal.of(() -> {
              int attempt = attempts.getAndIncrement();
              if (attempt < failures.size()) {
                throw InitializerTest.<RuntimeException>sneak(failures.get(attempt));
              }
              return ledger.make();
            });
        runtime.run(() -> {
          for (Throwable failure : failures) {
            assertThatThrownBy(() -> form.apply(local)).isSameAs(failure);
          }
          Ledger.Probe probe = local.with(Function.identity());
          assertThat(local.ref().get()).isSameAs(probe);
          try (Guard<Ledger.Probe> guard = local.guard()) {
            assertThat(guard.get()).isSameAs(probe);
          }
          return null;
        });
        assertThat(attempts).hasValue(failures.size() + 1);
      }
      report = runtime.shutdown(LONG, LONG);
    }
    assertThat(ledger.made()).hasSize(forms.size());
    assertThat(report.made()).isEqualTo(forms.size());
    assertThat(report.failures()).isEmpty();
    ledger.assertLastMadeDestroyedFirst();
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E sneak(Throwable failure) throws E {
    throw (E) failure;
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: an initialiser that returns null is named, and tried again")
  void refusesNull() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    WorkerLocal<Object> local =
        WorkerLocal.builder(() -> attempts.incrementAndGet() == 1 ? null : new Object())
            .name("nothing")
            .build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        assertThatThrownBy(local::ref)
            .isInstanceOf(NullPointerException.class)
            .hasMessageContaining("initialiser of local 'nothing' returned null");
        assertThat(local.ref().get()).isNotNull();
        return null;
      });
    }
  }

  /** Locals a, b and c, each of which asks for the next in its initialiser. */
  private static final class Circle {
    private final AtomicBoolean closed = new AtomicBoolean(true);
    private final AtomicReference<Function<WorkerLocal<Object>, Object>> form =
        new AtomicReference<>(WorkerLocal::ref);
    private final WorkerLocal<Object> a = local("a", () -> this.b);
    private final WorkerLocal<Object> b = local("b", () -> this.c);
    private final WorkerLocal<Object> c = local("c", () -> closed.get() ? this.a : null);

    private WorkerLocal<Object> local(String name, Supplier<WorkerLocal<Object>> next) {
      return WorkerLocal.builder(
              () -> {
                WorkerLocal<Object> other = next.get();
                if (other != null) {
                  assertThat(form.get().apply(other)).isNotNull();
                }
                return new Object();
              })
          .name(name)
          .build();
    }
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: an initialiser that comes back to itself throws and names the whole path")
  void refusesCircles() throws Exception {
    Circle circle = new Circle();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        for (Function<WorkerLocal<Object>, Object> form :
            List.<Function<WorkerLocal<Object>, Object>>of(
                WorkerLocal::ref,
                local -> local.with(Function.identity()),
                WorkerLocal::lease,
                WorkerLocal::guard)) {
          circle.form.set(form);
          assertCycle(circle.a::ref).hasMessageContaining("a -> b -> c -> a");
          assertCycle(() -> circle.b.with(Function.identity()))
              .hasMessageContaining("b -> c -> a -> b");
          assertCycle(circle.c::lease).hasMessageContaining("c -> a -> b -> c");
        }
        circle.form.set(local -> local.onOwner(Function.identity()));
        assertCycle(() -> circle.a.onOwner(Function.identity()))
            .hasMessageContaining("a -> b -> c -> a");
        // Nothing of it is left behind.
        circle.form.set(WorkerLocal::ref);
        circle.closed.set(false);
        assertThat(circle.a.ref().get()).isNotNull();
        assertThat(circle.c.ref().get()).isNotNull();
        return null;
      });
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.made()).isEqualTo(3);
      assertThat(report.destroyed()).isEqualTo(3);
    }
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertCycle(
      ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOf(InitializerCycleException.class)
        .hasMessageContaining("asks for its own value on")
        .hasMessageContaining("pass the value along");
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: the path of a circle leaves out what led to it")
  void namesOnlyTheCircle() throws Exception {
    Circle circle = new Circle();
    WorkerLocal<Object> outside =
        WorkerLocal.<Object>builder(() -> circle.b.ref()).name("outside").build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        assertCycle(outside::ref)
            .hasMessageContaining(": b -> c -> a -> b;")
            .hasMessageContaining("local 'b'")
            .hasMessageNotContaining("outside ->");
        return null;
      });
    }
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: a value whose initialiser was refused itself, and goes on, ends as any other")
  void mayGoOnAfterACircle() throws Exception {
    AtomicReference<WorkerLocal<Ledger.Probe>> self = new AtomicReference<>();
    WorkerLocal<Ledger.Probe> local =
        WorkerLocal.of(() -> {
          assertCycle(() -> self.get().with(Function.identity()));
          assertCycle(self.get()::ref);
          return ledger.make("made");
        });
    self.set(local);
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> local.with(Ledger.Probe::isDestroyed));
    }
    ledger.assertEachDestroyedOnItsOwner();
    assertThat(ledger.destroyed()).hasSize(1);
  }

  @Test
  @Tag("S45")
  @DisplayName("S45: an initialiser may read other locals; they are made, and end, around it")
  void mayReadOtherLocals() throws Exception {
    WorkerLocal<Ledger.Probe> inner = WorkerLocal.of(() -> ledger.make("inner"));
    WorkerLocal<Ledger.Probe> middle =
        WorkerLocal.of(() -> {
          assertThat(inner.ref().get().isDestroyed()).isFalse();
          return ledger.make("middle");
        });
    WorkerLocal<Ledger.Probe> outer =
        WorkerLocal.of(() -> {
          middle.update(probe -> assertThat(probe.isDestroyed()).isFalse());
          inner.update(probe -> assertThat(probe.isDestroyed()).isFalse());
          return ledger.make("outer");
        });
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(outer::ref);
    }
    assertThat(ledger.made())
        .extracting(probe -> probe.toString().replaceFirst("#.*", ""))
        .containsExactly("inner", "middle", "outer");
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  @DisplayName("An initialiser runs once per worker even if it tries to yield and to sleep")
  void runsOnce() {
    WorkerLocal<Ledger.Probe> local =
        WorkerLocal.of(() -> {
          Thread.yield();
          try {
            Thread.sleep(1);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return ledger.make();
        });
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        tasks.add(runtime.spawn(() -> local.ref().get()));
      }
      tasks.forEach(Task::join);
    }
    assertThat(ledger.made()).hasSizeBetween(1, 2);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("S46")
  @DisplayName("S46: a task that is alive may make values while the runtime drains and cancels")
  void runsWhileShuttingDown() throws Exception {
    WorkerLocal<Ledger.Probe> first = WorkerLocal.of(() -> ledger.make("draining"));
    WorkerLocal<Ledger.Probe> second = WorkerLocal.of(() -> ledger.make("cancelling"));
    CountDownLatch draining = new CountDownLatch(1);
    AtomicReference<ShutdownPhase> phaseOfSecond = new AtomicReference<>();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void phaseEntered(ShutdownPhase phase) {
            if (phase == ShutdownPhase.DRAINING) {
              draining.countDown();
            }
          }
        };
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).listener(listener).start()) {
      CountDownLatch madeFirst = new CountDownLatch(1);
      Task<Object> task =
          runtime.spawn(() -> {
            draining.await();
            assertThat(runtime.phase()).isEqualTo(ShutdownPhase.DRAINING);
            assertThat(first.ref().get()).isNotNull();
            madeFirst.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              phaseOfSecond.set(runtime.phase());
            }
            try (Lease<Ledger.Probe> lease = second.lease()) {
              assertThat(lease.get()).isNotNull();
            }
            return second.ref().get();
          });
      runtime.shutdown();
      madeFirst.await();
      ShutdownReport report = runtime.shutdown(Duration.ZERO, LONG);
      task.join();
      assertThat(report.terminated()).isTrue();
      assertThat(report.made()).isEqualTo(3);
      assertThat(report.destroyed()).isEqualTo(3);
    }
    assertThat(phaseOfSecond).hasValue(ShutdownPhase.CANCELLING);
    ledger.assertLastMadeDestroyedFirst();
  }

  @Test
  @Tag("S46")
  @DisplayName("S46: after the barrier, when a worker has destroyed its values, any use throws")
  void throwsAfterTheBarrier() throws Exception {
    WorkerLocal<Object> used = WorkerLocal.<Object>builder(Object::new).name("used").build();
    WorkerLocal<Object> fresh = WorkerLocal.<Object>builder(Object::new).name("fresh").build();
    AtomicReference<LocalRef<Object>> ref = new AtomicReference<>();
    Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerStopped(int worker) {
            assertThat(Here.worker()).isNotNull();
            for (Runnable use :
                List.<Runnable>of(
                    () -> used.with(Function.identity()),
                    used::ref,
                    () -> used.onOwner(Function.identity()),
                    () -> fresh.update(value -> {}),
                    fresh::ref,
                    () -> ref.get().get())) {
              try {
                use.run();
              } catch (Throwable e) {
                thrown.add(e);
              }
            }
          }
        };
    ShutdownReport report;
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).spareWorkers(0).listener(listener).start()) {
      ref.set(runtime.run(used::ref));
      report = runtime.shutdown(LONG, LONG);
    }
    assertThat(thrown)
        .hasSize(6)
        .allSatisfy(e -> assertThat(e).isInstanceOf(LocalDestroyedException.class))
        .anySatisfy(e -> assertThat(e).hasMessageContaining("'fresh'"))
        .anySatisfy(
            e -> assertThat(e).hasMessageContaining("'used'").hasMessageContaining("worker-0"));
    assertThat(report.made()).isEqualTo(1);
    assertThat(report.destroyed()).isEqualTo(1);
  }

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }
}
