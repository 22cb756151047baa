// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How values end: once, on their worker, last made first, whatever a destructor does (G2). */
@Tag("G2")
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class DestructorTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final Ledger ledger = new Ledger();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  @DisplayName("G2: values of many locals end in reverse order, leased ones too, on their worker")
  void runInReverseOrderOnTheOwner(int workers) {
    List<WorkerLocal<Ledger.Probe>> locals = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String name = "local-" + i;
      locals.add(WorkerLocal.builder(() -> ledger.make(name)).name(name).leases(3).build());
    }
    ShutdownReport report;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(workers).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        int number = i;
        tasks.add(
            runtime.spawn(() -> {
              WorkerLocal<Ledger.Probe> local = locals.get(number * 7 % locals.size());
              if (number % 3 == 0) {
                assertThat(local.ref().get().isDestroyed()).isFalse();
              } else {
                try (Lease<Ledger.Probe> lease = local.lease()) {
                  Thread.yield();
                  assertThat(lease.get().isDestroyed()).isFalse();
                }
              }
              return null;
            }));
      }
      tasks.forEach(Task::join);
      assertThat(ledger.destroyed()).isEmpty();
      report = runtime.shutdown(LONG, LONG);
    }
    ledger.assertLastMadeDestroyedFirst();
    assertThat(report.made()).isEqualTo(ledger.made().size());
    assertThat(report.destroyed()).isEqualTo(ledger.made().size());
    assertThat(report.failures()).isEmpty();
  }

  @Test
  @DisplayName("G2: many threads that shut down at once destroy each value once")
  void runOnceWhenShutdownsRace() throws Exception {
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    for (int round = 0; round < 20; round++) {
      WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
      runtime.run(local::ref);
      List<Thread> closers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        closers.add(
            Thread.ofPlatform()
                .start(() -> {
                  runtime.close();
                  if (runtime.shutdown(LONG, LONG).destroyed() == 1) {
                    events.add("saw the end");
                  }
                }));
      }
      for (Thread closer : closers) {
        closer.join();
      }
    }
    assertThat(events).hasSize(80);
    assertThat(ledger.made()).hasSize(20);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("An AutoCloseable value is closed, unless the local has a destructor of its own")
  void closesByDefault() throws Exception {
    WorkerLocal<Closeable> closeable = WorkerLocal.of(() -> () -> events.add("closed"));
    WorkerLocal<Closeable> released =
        WorkerLocal.of(() -> () -> events.add("wrong"), value -> events.add("released"));
    WorkerLocal<StringBuilder> plain = WorkerLocal.of(StringBuilder::new);
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(closeable::ref);
      runtime.run(released::ref);
      runtime.run(plain::ref);
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.made()).isEqualTo(3);
      assertThat(report.destroyed()).isEqualTo(3);
      assertThat(report.failures()).isEmpty();
    }
    assertThat(events).containsExactly("released", "closed");
  }

  @Test
  @Tag("S42")
  @DisplayName("S42: destructors that throw stop no other; the report has each failure")
  void areAllRunWhenSomeThrow() throws Exception {
    WorkerLocal<Ledger.Probe> first = WorkerLocal.of(ledger::make);
    IOException checked = new IOException("disk full");
    WorkerLocal<AutoCloseable> second =
        WorkerLocal.<AutoCloseable>builder(() ->
                () -> {
                  throw checked;
                })
            .name("second")
            .build();
    WorkerLocal<Ledger.Probe> third = WorkerLocal.of(ledger::make);
    AssertionError error = new AssertionError("broken");
    WorkerLocal<Object> fourth =
        WorkerLocal.builder(Object::new)
            .name("fourth")
            .destructor(value -> {
              throw error;
            })
            .build();
    StackOverflowError overflow = new StackOverflowError();
    WorkerLocal<Object> leased =
        WorkerLocal.builder(Object::new)
            .name("leased")
            .destructor(value -> {
              throw overflow;
            })
            .build();
    ShutdownReport report;
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        first.ref();
        second.ref();
        third.ref();
        fourth.ref();
        leased.lease().close();
        return null;
      });
      report = runtime.shutdown(LONG, LONG);
      assertThat(report.failures())
          .containsExactly(
              failure(runtime, "leased", overflow),
              failure(runtime, "fourth", error),
              failure(runtime, "second", checked));
    }
    assertThat(report.terminated()).isTrue();
    assertThat(report.made()).isEqualTo(5);
    assertThat(report.destroyed()).isEqualTo(5);
    assertThat(report.toString()).contains("failed DESTRUCTOR 'second'").contains("disk full");
    ledger.assertLastMadeDestroyedFirst();
  }

  private static ShutdownReport.Failure failure(
      WorkerRuntime runtime, String local, Throwable cause) {
    return new ShutdownReport.Failure(
        ShutdownReport.Kind.DESTRUCTOR, local, runtime.name() + "-worker-0", cause);
  }

  @Test
  @Tag("S40")
  @DisplayName("S40: a value that a destructor makes is destroyed too, before what is older")
  void destroyWhatADestructorMakes() throws Exception {
    WorkerLocal<Ledger.Probe> log = WorkerLocal.of(() -> ledger.make("log"));
    WorkerLocal<Ledger.Probe> statistics =
        WorkerLocal.of(() -> {
          log.update(probe -> assertThat(probe.isDestroyed()).isFalse());
          return ledger.make("statistics");
        });
    WorkerLocal<Ledger.Probe> old = WorkerLocal.of(() -> ledger.make("old"));
    WorkerLocal<Ledger.Probe> young =
        WorkerLocal.of(
            () -> ledger.make("young"),
            probe -> {
              statistics.update(made -> assertThat(made.isDestroyed()).isFalse());
              probe.close();
            });
    ShutdownReport report;
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(old::ref);
      runtime.run(young::ref);
      report = runtime.shutdown(LONG, LONG);
    }
    assertThat(report.failures()).isEmpty();
    assertThat(report.made()).isEqualTo(4);
    assertThat(report.destroyed()).isEqualTo(4);
    assertThat(ledger.destroyed())
        .extracting(probe -> probe.toString().replaceFirst("#.*", ""))
        .containsExactly("young", "statistics", "log", "old");
    ledger.assertEachDestroyedOnItsOwner();
  }

  /** A local whose destructor makes one like it. */
  private WorkerLocal<Object> endless(AtomicInteger destroyed) {
    return WorkerLocal.builder(Object::new)
        .name("endless")
        .destructor(value -> {
          destroyed.incrementAndGet();
          endless(destroyed).ref();
        })
        .build();
  }

  @Test
  @Tag("S40")
  @DisplayName("S40: destructors that make new values for ever are stopped, and reported")
  void doNotGoOnForEver() throws Exception {
    AtomicInteger destroyed = new AtomicInteger();
    WorkerLocal<Ledger.Probe> old = WorkerLocal.of(ledger::make);
    ShutdownReport report;
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(old::ref);
      runtime.run(() -> endless(destroyed).ref());
      report = runtime.shutdown(LONG, LONG);
    }
    assertThat(report.terminated()).isTrue();
    assertThat(destroyed.get()).isBetween(WorkerOwner.MAX_ROUNDS, WorkerOwner.MAX_ROUNDS + 1);
    assertThat(report.failures()).hasSize(1);
    assertThat(report.failures().getFirst().name()).isEqualTo("endless");
    assertThat(report.failures().getFirst().cause())
        .hasMessageContaining(WorkerOwner.MAX_ROUNDS + " rounds")
        .hasMessageContaining("do not use a new local in the destructor");
    assertThat(report.destroyed()).isEqualTo(report.made() - 1);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("S40")
  @DisplayName("S40: a long line of values made by destructors in turn has no bound of its own")
  void mayEachMakeAValue() throws Exception {
    ShutdownReport report;
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        for (int i = 0; i < 3 * WorkerOwner.MAX_ROUNDS; i++) {
          WorkerLocal<Ledger.Probe> made = WorkerLocal.of(ledger::make);
          WorkerLocal.of(
                  ledger::make,
                  probe -> {
                    made.ref();
                    probe.close();
                  })
              .ref();
        }
        return null;
      });
      report = runtime.shutdown(LONG, LONG);
    }
    assertThat(report.failures()).isEmpty();
    assertThat(ledger.made()).hasSize(6 * WorkerOwner.MAX_ROUNDS);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @Tag("S43")
  @DisplayName("S43: a destructor may log, start and join a thread, and wait")
  void mayBlock() throws Exception {
    System.Logger logger = System.getLogger(DestructorTest.class.getName());
    WorkerLocal<Object> local =
        WorkerLocal.of(
            Object::new,
            value -> {
              logger.log(System.Logger.Level.DEBUG, "destroyed");
              Thread thread = Thread.ofPlatform().start(() -> events.add("in a thread"));
              Thread virtual = Thread.ofVirtual().start(() -> events.add("in a virtual thread"));
              CountDownLatch latch = new CountDownLatch(1);
              Thread.ofVirtual().start(latch::countDown);
              try {
                thread.join();
                virtual.join();
                latch.await();
                Thread.sleep(5);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              events.add("done");
            });
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(local::ref);
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.failures()).isEmpty();
      assertThat(report.destroyed()).isEqualTo(1);
    }
    assertThat(events).hasSize(3).endsWith("done");
  }

  @Test
  @Tag("S43")
  @DisplayName("S43: a destructor that blocks is reported with its stack; what is left follows")
  void areBoundedByADeadlineOfTheirOwn() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    WorkerLocal<Ledger.Probe> old = WorkerLocal.of(ledger::make);
    WorkerLocal<Object> stuck =
        WorkerLocal.<Object>builder(Object::new)
            .name("stuck")
            .destructor(value -> waitIn(inside, release, interrupted))
            .build();
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .spareWorkers(0)
            .destructorDeadline(Duration.ofMillis(50))
            .start();
    try (runtime) {
      runtime.run(old::ref);
      runtime.run(stuck::ref);
      assertThat(runtime.shutdown(LONG, LONG).terminated()).isFalse();
      // A busy machine may let the deadline pass before the destructor begins.
      inside.await();
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.phase()).isEqualTo(ShutdownPhase.DESTROYING);
      assertThat(report.made()).isEqualTo(2);
      assertThat(report.destroyed()).isZero();
      assertThat(report.holders()).hasSize(1);
      ShutdownReport.Holder holder = report.holders().getFirst();
      assertThat(holder.kind()).isEqualTo(ShutdownReport.Kind.DESTRUCTOR);
      assertThat(holder.age()).isBetween(Duration.ZERO, LONG);
      assertThat(holder.name()).isEqualTo("stuck");
      assertThat(holder.owner()).isEqualTo(runtime.name() + "-worker-0");
      assertThat(holder.stack()).anyMatch(frame -> frame.getMethodName().equals("waitIn"));
      assertThat(ledger.destroyed()).isEmpty();
      release.countDown();
      Await.until("the runtime ends by itself", runtime::isTerminated);
      assertThat(runtime.shutdown(LONG, LONG).destroyed()).isEqualTo(2);
    }
    assertThat(interrupted).isFalse();
    ledger.assertEachDestroyedOnItsOwner();
  }

  private static void waitIn(
      CountDownLatch inside, CountDownLatch release, AtomicBoolean interrupted) {
    inside.countDown();
    try {
      release.await();
    } catch (InterruptedException e) {
      interrupted.set(true);
    }
  }

  @Test
  @Tag("S43")
  @DisplayName("S43: a destructor that leaves its thread interrupted does not disturb the next one")
  void doNotPassInterruptsOn() throws Exception {
    WorkerLocal<Object> second =
        WorkerLocal.of(
            Object::new,
            value -> {
              if (!Thread.currentThread().isInterrupted()) {
                events.add("undisturbed");
              }
            });
    WorkerLocal<Object> first =
        WorkerLocal.of(Object::new, value -> Thread.currentThread().interrupt());
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(second::ref);
      runtime.run(first::ref);
    }
    assertThat(events).containsExactly("undisturbed");
  }

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }
}
