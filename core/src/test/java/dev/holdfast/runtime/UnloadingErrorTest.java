// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.Guard;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.slot.Wrapping;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Releases of class loaders in the midst of which the VM is at its limits, on each thread. */
@Tag("S47")
@Tag("S63")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class UnloadingErrorTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  /** What the VM throws where memory or the stack ends, or has ended as it loaded a class. */
  private static final List<Supplier<Error>> ERRORS =
      List.of(
          () -> new OutOfMemoryError("as told"),
          () -> new StackOverflowError("as told"),
          () -> new NoClassDefFoundError("as told"));

  /** Throws on some threads, at each other time that it is asked for something, while it is set. */
  private static class Trap {
    private final Predicate<Thread> where;
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger thrown = new AtomicInteger();

    // Set and cleared by the test: else a test that fails would have others fail.
    volatile boolean set;

    Trap(Predicate<Thread> where) {
      this.where = where;
    }

    void ask() {
      if (set && where.test(Thread.currentThread()) && asked.getAndIncrement() % 2 == 0) {
        throw ERRORS.get(thrown.getAndIncrement() % ERRORS.size()).get();
      }
    }

    int asked() {
      return asked.get();
    }

    int thrown() {
      return thrown.get();
    }
  }

  /** A task of the host's whose code is asked for at each look of a release. */
  private static final class TrapTask extends Trap implements Callable<String>, Wrapping {
    private final Gate gate;

    TrapTask(Gate gate, Predicate<Thread> where) {
      super(where);
      this.gate = gate;
    }

    @Override
    public Object wrapped() {
      ask();
      return "code of nobody's";
    }

    @Override
    public String call() {
      return gate.call();
    }
  }

  /** An entry of a worker's list of guards, which is asked for its local as values are sealed. */
  private static final class TrapEntry extends Trap implements Registry.Entry, Holder {
    private Object[] chunk = Registry.NOWHERE;
    private int index;

    TrapEntry(Predicate<Thread> where) {
      super(where);
    }

    @Override
    public LocalKey key() {
      ask();
      return null;
    }

    @Override
    public ShutdownReport.Holder describe(long now) {
      return null;
    }

    @Override
    public void placed(Object[] inChunk, int atIndex) {
      chunk = inChunk;
      index = atIndex;
    }

    @Override
    public Object[] chunk() {
      return chunk;
    }

    @Override
    public int index() {
      return index;
    }
  }

  private final AtomicInteger destroyed = new AtomicInteger();
  private final OtherLoader loader = new OtherLoader();
  private final Gate gate = new Gate();
  private WorkerLocal<Object> local;
  private WorkerRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    local = WorkerLocal.of(loader.supplier(), value -> destroyed.incrementAndGet());
    runtime =
        WorkerRuntime.builder()
            .workers(1)
            .spareWorkers(0)
            .uncaughtExceptionHandler((thread, failure) -> {})
            .start();
    runtime.run(local::ref);
  }

  @AfterEach
  void close() {
    gate.open();
    runtime.close();
    assertThat(destroyed).hasValue(1);
  }

  private void awaitEnd() {
    Await.until("the value is destroyed", () -> destroyed.get() == 1);
    Await.until("nobody releases any more", () -> !isReleasing());
    LoaderRelease.Report report = LoaderRelease.release(loader, LONG);
    assertThat(report.complete()).isTrue();
    assertThat(report.destroyed()).isEqualTo(1);
  }

  private static boolean isReleasing() {
    return Thread.getAllStackTraces().keySet().stream().anyMatch(UnloadingErrorTest::isReleasesOwn);
  }

  private static boolean isReleasesOwn(Thread thread) {
    return thread.getName().equals("holdfast-release");
  }

  @Test
  @DisplayName("S47/S63: a release that goes on by itself does so after any error")
  void goesOnByItself() throws Exception {
    TrapTask trap = new TrapTask(gate, UnloadingErrorTest::isReleasesOwn);
    runtime.spawn(trap);
    gate.awaitEntered();
    Guard<Object> guard = runtime.run(local::guard);
    try {
      trap.set = true;
      assertThat(LoaderRelease.release(loader, SHORT).complete()).isFalse();
      Await.until("each error was thrown", () -> trap.thrown() > ERRORS.size());
      assertThat(destroyed).hasValue(0);
      guard.close();
      awaitEnd();
    } finally {
      trap.set = false;
      guard.close();
    }
  }

  @Test
  @DisplayName("S47/S63: a release whose caller is told of an error goes on by itself")
  void goesOnWithoutItsCaller() throws Exception {
    TrapTask trap = new TrapTask(gate, thread -> true);
    runtime.spawn(trap);
    gate.awaitEntered();
    trap.set = true;
    try {
      assertThatThrownBy(() -> LoaderRelease.release(loader, LONG))
          .isInstanceOf(OutOfMemoryError.class);
      Await.until("the value is destroyed", () -> destroyed.get() == 1);
      assertThat(trap.thrown()).isGreaterThan(1);
    } finally {
      trap.set = false;
    }
    awaitEnd();
  }

  @Test
  @DisplayName("S47/S63: a worker that is asked again after an error does all of it")
  void asksAgain() throws Exception {
    WorkerOwner worker = ((TieredRuntime) runtime).workforce().workers().getFirst();
    TrapEntry trap = new TrapEntry(thread -> thread == worker.thread());
    runtime.run(() -> onWorker(() -> Objects.requireNonNull(Here.worker()).guards().add(trap)));
    trap.set = true;
    try {
      LoaderRelease.Report report = LoaderRelease.release(loader, LONG);
      assertThat(report.complete()).isTrue();
      assertThat(report.destroyed()).isEqualTo(1);
      assertThat(trap.thrown()).isPositive();
      assertThat(trap.asked()).isGreaterThan(trap.thrown());
      assertThat(worker.thread().isAlive()).isTrue();
    } finally {
      trap.set = false;
      Registry.remove(trap);
    }
  }

  private Object onWorker(Runnable action) {
    return local.onOwner(value -> {
      action.run();
      return value;
    });
  }
}
