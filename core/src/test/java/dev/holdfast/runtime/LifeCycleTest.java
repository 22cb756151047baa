// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.FaultyFactory.Fault;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That runtimes come and go without a trace, any number at once and one after the other. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LifeCycleTest {

  private static final int CYCLES = 1_000;

  /** What a cycle leaves behind if it leaks at all is far more than this. */
  private static final long MAX_BYTES_PER_CYCLE = 2_000;

  @Test
  @Tag("S12")
  @DisplayName("S12: 1,000 start/close cycles leave no thread, no slot and no memory behind")
  void cyclesLeaveNothingBehind() throws Exception {
    List<WeakReference<Object>> remains = new ArrayList<>();
    Counts shared = new Counts();
    for (int i = 0; i < 100; i++) {
      cycle(i, shared, new ArrayList<>());
    }
    long heapBefore = heapAfterCollection();
    int threadsBefore = ManagementFactory.getThreadMXBean().getThreadCount();
    int slotBefore = LocalKey.named("before").index();

    for (int i = 0; i < CYCLES; i++) {
      cycle(i, shared, remains);
    }

    assertThat(VmState.threads("cycle-")).isEmpty();
    Await.until(
        "runtimes, locals and threads are collected",
        () -> {
          System.gc();
          return remains.stream().allMatch(each -> each.get() == null);
        });
    long heap = heapAfterCollection();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    System.out.printf(
        "S12: %,d cycles; heap %,d -> %,d bytes (%+d per cycle); threads %d -> %d%n",
        CYCLES, heapBefore, heap, (heap - heapBefore) / CYCLES, threadsBefore, threads);
    assertThat(heap - heapBefore).as("bytes left").isLessThan(CYCLES * MAX_BYTES_PER_CYCLE);
    assertThat(threads).as("threads left").isLessThanOrEqualTo(threadsBefore + 2);
    Await.until(
        "the slots of 1,000 locals are free again",
        () -> LocalKey.named("after").index() < slotBefore + CYCLES / 10);
  }

  /** A static local's part: it outlives every runtime, and must not keep one. */
  private static final class Counts {
    private final AtomicInteger made = new AtomicInteger();
    private final AtomicInteger destroyed = new AtomicInteger();
    private final WorkerLocal<Integer> local =
        WorkerLocal.of(made::incrementAndGet, value -> destroyed.incrementAndGet());
  }

  private static void cycle(int number, Counts shared, List<WeakReference<Object>> remains)
      throws Exception {
    // Every other one with a factory of the user's, whose threads are found by another way.
    List<WeakReference<Object>> threads = new ArrayList<>();
    ThreadFactory factory =
        body -> {
          Thread thread = new Thread(body, "cycle-own-" + number);
          threads.add(new WeakReference<>(thread));
          return thread;
        };
    WorkerRuntime.Builder builder = WorkerRuntime.builder().name("cycle-" + number).workers(2);
    WorkerRuntime runtime =
        number % 2 == 0 ? builder.start() : builder.threadFactory(factory).start();
    WorkerLocal<byte[]> own = WorkerLocal.of(() -> new byte[100]);
    try (runtime) {
      assertThat(runtime.phase()).isEqualTo(ShutdownPhase.RUNNING);
      runtime.run(() -> own.with(bytes -> bytes.length) + shared.local.with(value -> value));
      runtime.spawnBlocking(() -> 1).join();
    }
    assertThat(runtime.phase()).isEqualTo(ShutdownPhase.TERMINATED);
    assertThat(shared.destroyed)
        .as("destroyed when close has returned")
        .hasValue(shared.made.get());
    remains.add(new WeakReference<>(runtime));
    remains.add(new WeakReference<>(own));
    remains.addAll(threads);
  }

  private static long heapAfterCollection() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Runtime vm = Runtime.getRuntime();
      least = Math.min(least, vm.totalMemory() - vm.freeMemory());
    }
    return least;
  }

  @Test
  @Tag("S13")
  @DisplayName("S13: many runtimes at once each have their own values and their own end")
  void runtimesAreIndependent() throws Exception {
    Tally tally = new Tally();
    List<WorkerRuntime> runtimes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      runtimes.add(
          WorkerRuntime.builder()
              .name("many-" + i + "-")
              .workers(1 + i % 3)
              .spareWorkers(0)
              .start());
    }
    for (WorkerRuntime runtime : runtimes) {
      for (int i = 0; i < 10; i++) {
        assertThat(runtime.run(() -> tally.local.with(Tally.Value::toString)))
            .startsWith(runtime.name() + "-worker-");
      }
    }
    List<WorkerRuntime> others = runtimes.subList(20, 40);
    for (WorkerRuntime closed : runtimes.subList(0, 20)) {
      closed.close();
      assertThat(closed.phase()).isEqualTo(ShutdownPhase.TERMINATED);
      assertThat(VmState.threads(closed.name())).isEmpty();
    }
    assertThat(others).allMatch(runtime -> runtime.phase() == ShutdownPhase.RUNNING);
    for (Tally.Value value : tally.values()) {
      boolean ended =
          runtimes.subList(0, 20).stream()
              .anyMatch(runtime -> value.madeOn.getName().startsWith(runtime.name()));
      assertThat(value.destructions).as("of " + value).hasValue(ended ? 1 : 0);
    }
    for (WorkerRuntime runtime : others) {
      assertThat(runtime.run(() -> tally.local.with(Tally.Value::toString)))
          .startsWith(runtime.name() + "-worker-");
      runtime.close();
    }
    tally.assertEachDestroyedOnce();
  }

  @Test
  @Tag("S15")
  @DisplayName("S15: closing right after the start neither hangs nor destroys early")
  void closeRightAfterStart() {
    Tally tally = new Tally();
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; i < 500; i++) {
      boolean work = i % 2 == 0;
      WorkerRuntime runtime = WorkerRuntime.builder().name("brief").workers(1 + i % 4).start();
      if (work) {
        runtime.spawn(() -> {
          tally.local.ref().get().touch();
          return ran.incrementAndGet();
        });
      }
      runtime.close();
      assertThat(runtime.isTerminated()).isTrue();
      assertThat(ran).as("tasks that ran").hasValue(i / 2 + 1);
      tally.assertEachDestroyedOnce();
    }
    assertThat(VmState.threads("brief")).isEmpty();
  }

  @Test
  @Tag("S14")
  @DisplayName("S14: 1,000 starts that fail leave no memory behind")
  void failedStartsAreCollected() {
    List<WeakReference<Thread>> remains = new ArrayList<>();
    for (int i = 0; i < CYCLES; i++) {
      FaultyFactory factory = new FaultyFactory(Fault.CANNOT_START, i % 3, CYCLES);
      assertThatThrownBy(() -> WorkerRuntime.builder().workers(3).threadFactory(factory).start())
          .hasMessageContaining(Fault.CANNOT_START.message);
      factory.made().forEach(thread -> remains.add(new WeakReference<>(thread)));
    }
    Await.until(
        "the threads of failed runtimes are collected",
        () -> {
          System.gc();
          return remains.stream().allMatch(thread -> thread.get() == null);
        });
    assertThat(remains).hasSizeGreaterThan(CYCLES);
  }

  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "it looks for tasks on the workers; see NestedEntryTest")
  @Test
  @Tag("S29")
  @DisplayName(
      "S29: run() inside a task throws and names the right call; of another runtime it runs")
  void blockingEntryInsideATask() throws Exception {
    try (WorkerRuntime one =
            WorkerRuntime.builder().name("one").workers(1).spareWorkers(0).start();
        WorkerRuntime two =
            WorkerRuntime.builder().name("two").workers(1).spareWorkers(0).start()) {
      AtomicInteger ran = new AtomicInteger();
      one.run(() ->
          assertThatThrownBy(() -> one.run(ran::incrementAndGet))
              .isInstanceOf(BlockingEntryException.class)
              .hasMessageContaining("'one'")
              .hasMessageContaining("spawn(body).join()"));
      assertThat(ran).hasValue(0);
      assertThat(one.run(() -> one.spawn(ran::incrementAndGet).join())).isOne();
      assertThat(one.run(() -> two.run(() -> one.run(() -> Place.platformThread().getName()))))
          .isEqualTo("one-worker-0");
      assertThat(one.run(() -> two.run(() -> Place.platformThread().getName())))
          .isEqualTo("two-worker-0");
    }
  }

  @Test
  @Tag("S33")
  @DisplayName("S33: a body that throws leaves the thread that entered as it was")
  void failingEntryLeavesTheCallerAsItWas() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime outer =
            WorkerRuntime.builder().name("outer").workers(1).spareWorkers(0).start();
        WorkerRuntime inner =
            WorkerRuntime.builder().name("inner").workers(1).spareWorkers(0).start()) {
      Thread.currentThread().setName("caller");
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      assertThatThrownBy(() -> inner.run(LifeCycleTest::fail)).hasMessage("body");
      assertThat(Here.membership()).isNull();
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      assertThat(Thread.currentThread().getName()).isEqualTo("caller");
      assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(loader);

      outer.run(() -> {
        Tally.Value before = tally.local.ref().get();
        assertThatThrownBy(() -> inner.run(LifeCycleTest::fail)).hasMessage("body");
        assertThat(tally.local.ref().get()).isSameAs(before);
        // Would throw if the task were still pinned, or had lost its worker.
        assertThat(tally.local.<Thread>onOwner(value -> Thread.currentThread()))
            .isSameAs(before.madeOn);
        return null;
      });
    }
    tally.assertEachDestroyedOnce();
  }

  private static Object fail() {
    throw new IllegalArgumentException("body");
  }

  @Test
  @Tag("S30")
  @DisplayName("S30: a runtime inside a worker-local of another closes before older values end")
  void runtimeInsideAWorkerLocal() throws Exception {
    Tally older = new Tally("older");
    Tally innermost = new Tally("innermost");
    Set<WorkerRuntime> inners = ConcurrentHashMap.newKeySet();
    AtomicInteger olderSeen = new AtomicInteger();
    WorkerLocal<WorkerRuntime> nested =
        WorkerLocal.of(
            () -> {
              // So that there is an older value on each worker that has a runtime.
              older.local.ref();
              WorkerRuntime inner = WorkerRuntime.builder().name("nested").workers(1).start();
              inners.add(inner);
              return inner;
            },
            inner -> {
              inner.close();
              olderSeen.addAndGet(Math.min(1, older.local.with(Tally.Value::touch)));
            });
    WorkerRuntime outer = WorkerRuntime.builder().workers(2).start();
    CountDownLatch parked = new CountDownLatch(20);
    Queue<Task<Integer>> lives = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 20; i++) {
      outer.spawn(() -> {
        older.local.with(Tally.Value::touch);
        WorkerRuntime inner = nested.ref().get();
        inner.run(() -> innermost.local.with(Tally.Value::touch));
        // One that is still alive when the outer runtime destroys the inner one.
        lives.add(
            inner.spawn(() -> {
              Tally.Value value = innermost.local.ref().get();
              parked.countDown();
              Thread.sleep(20);
              return value.touch();
            }));
        return null;
      });
    }
    parked.await();
    assertThat(outer.shutdown(Duration.ofSeconds(20), Duration.ZERO).failures()).isEmpty();
    assertThat(outer.isTerminated()).isTrue();
    assertThat(inners).isNotEmpty().allMatch(WorkerRuntime::isTerminated);
    assertThat(olderSeen).hasValue(inners.size());
    assertThat(lives).hasSize(20).allMatch(task -> task.state() == Future.State.SUCCESS);
    older.assertEachDestroyedOnce();
    innermost.assertEachDestroyedOnce();
  }
}
