// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.scheduler.RunQueue;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.ForkedJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tasks that run out of stack or memory: only they fail. Not in the owned tier, whose tasks are
 * queued by the JDK's own scheduler, which a stack overflow in its midst leaves broken for the JVM.
 */
@Tag("S63")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("InfiniteRecursion") // the end of the stack is what is tested
final class TaskLimitsTest {

  private static int depth(int n) {
    return depth(n + 1) + 1;
  }

  @Test
  @DisplayName("S63: a stack overflow fails its task, and the worker goes on")
  void aStackOverflowFailsItsTaskAlone() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      Thread worker = runtime.run(Place::platformThread);
      for (int i = 0; i < 20; i++) {
        Task<Integer> overflowing = runtime.spawn(() -> depth(0));
        assertThatThrownBy(overflowing::join)
            .isInstanceOf(CompletionException.class)
            .hasCauseInstanceOf(StackOverflowError.class);
        assertThat(runtime.run(() -> 42)).isEqualTo(42);
      }
      assertThat(runtime.<Thread>run(Place::platformThread)).isSameAs(worker);
    }
  }

  @Test
  @DisplayName(
      "S63: a stack overflow inside with() fails its task, and the value can be used again")
  void aStackOverflowInsideWith() throws Exception {
    Tally tally = new Tally();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      for (int i = 0; i < 20; i++) {
        runtime.run(() -> {
          assertThatThrownBy(() -> tally.local.with(value -> depth(0)))
              .isInstanceOf(StackOverflowError.class);
          // A pin that was left would keep this task on the only worker for ever.
          return runtime.spawn(() -> tally.local.with(Tally.Value::touch)).join();
        });
      }
    }
    assertThat(tally.made()).isOne();
    tally.assertEachDestroyedOnce();
  }

  /**
   * What is called where the stack ends. Nothing that may suspend: JDK 25 crashes when a virtual
   * thread of any scheduler goes on after that with hardly any stack left.
   */
  private enum LastCall {
    SPAWN {
      @Override
      void call(WorkerRuntime runtime, Tally tally) {
        runtime.spawn(() -> 1);
      }
    },
    START_STRAY {
      @Override
      void call(WorkerRuntime runtime, Tally tally) {
        Thread.ofVirtual().start(() -> {});
      }
    },
    WITH {
      @Override
      void call(WorkerRuntime runtime, Tally tally) {
        tally.local.update(Tally.Value::touch);
      }
    },
    LEASE {
      @Override
      void call(WorkerRuntime runtime, Tally tally) {
        try (Lease<Tally.Value> lease = tally.local.lease()) {
          lease.get().touch();
        }
      }
    };

    abstract void call(WorkerRuntime runtime, Tally tally);
  }

  @ParameterizedTest(
      name = "S63: endless recursion that does {0} on each level fails its task alone")
  @EnumSource
  void endlessRecursionThatCallsTheRuntime(LastCall call) throws Exception {
    AtomicInteger depth = new AtomicInteger();
    standsOverflows(call, 5, (runtime, tally) -> recur(call, runtime, tally, depth));
  }

  private static Void recur(
      LastCall call, WorkerRuntime runtime, Tally tally, AtomicInteger depth) {
    if (depth.incrementAndGet() % 16 == 0) {
      call.call(runtime, tally);
    }
    Void result = recur(call, runtime, tally, depth);
    depth.decrementAndGet();
    return result;
  }

  @ParameterizedTest(name = "S63: {0} where the stack ends fails at most its own task")
  @EnumSource
  void aCallWhereTheStackEnds(LastCall call) throws Exception {
    standsOverflows(call, 10, (runtime, tally) -> descend(call, runtime, tally, new int[1]));
  }

  /** What a task does until its stack is used up. */
  private interface Overflow {
    Void run(WorkerRuntime runtime, Tally tally);
  }

  private static void standsOverflows(LastCall call, int rounds, Overflow overflow)
      throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(2)
            .uncaughtExceptionHandler((thread, failure) -> {})
            .start();
    // Once with enough stack: code that is linked for the first time stays broken if that fails.
    runtime.run(() -> {
      call.call(runtime, tally);
      return null;
    });
    for (int i = 0; i < rounds; i++) {
      Task<Void> task = runtime.spawn(() -> overflow.run(runtime, tally));
      // The JDK makes an InternalError of one that hits it in the midst of linking.
      assertThatThrownBy(task::join).hasCauseInstanceOf(VirtualMachineError.class);
      assertThat(runtime.run(() -> 42)).isEqualTo(42);
    }
    ShutdownReport report = runtime.shutdown(Duration.ofSeconds(15), Duration.ofSeconds(5));
    assertThat(report.terminated()).as(report.toString()).isTrue();
    tally.assertEachDestroyedOnce();
  }

  /**
   * Goes down to where the stack ends, and calls on the way back, at first with hardly any left.
   */
  private static Void descend(LastCall call, WorkerRuntime runtime, Tally tally, int[] calls) {
    try {
      descend(call, runtime, tally, calls);
      return null;
    } catch (StackOverflowError e) {
      if (calls[0]++ < 200) {
        call.call(runtime, tally);
      }
      throw e;
    }
  }

  /**
   * Not for a virtual thread that such a thread starts by itself: it goes to the JDK's own
   * scheduler, which an overflow in its midst leaves broken for the JVM.
   */
  @Test
  @DisplayName(
      "S63: a spawn where the stack of a worker's own thread ends fails at most its caller")
  void aSpawnOnTheOwnersThreadWhereItsStackEnds() throws Exception {
    LastCall call = LastCall.SPAWN;
    standsOverflows(
        call,
        10,
        (runtime, tally) ->
            tally.local.<Void>onOwner(value -> descend(call, runtime, tally, new int[1])));
  }

  @Test
  @DisplayName("S63: a start by a thread outside where its stack ends is done once, or not at all")
  void aStartByAThreadOutsideWhereItsStackEnds() throws Exception {
    Tally tally = new Tally();
    AtomicInteger ran = new AtomicInteger();
    AtomicInteger started = new AtomicInteger();
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    for (int i = 0; i < 100; i++) {
      Thread.ofPlatform()
          .stackSize(256 << 10)
          .uncaughtExceptionHandler((thread, failure) -> {})
          .start(() -> startOnTheWayBack(runtime, ran, started, new int[1]))
          .join();
    }
    runtime.run(() -> tally.local.with(Tally.Value::touch));
    ShutdownReport report = runtime.shutdown(Duration.ofSeconds(15), Duration.ofSeconds(5));
    assertThat(report.terminated()).as(report.toString()).isTrue();
    assertThat(ran.get()).isEqualTo(started.get()).isPositive();
    tally.assertEachDestroyedOnce();
  }

  private static void startOnTheWayBack(
      WorkerRuntime runtime, AtomicInteger ran, AtomicInteger started, int[] calls) {
    try {
      startOnTheWayBack(runtime, ran, started, calls);
    } catch (StackOverflowError e) {
      if (calls[0]++ < 200) {
        runtime.spawn(ran::incrementAndGet);
        started.incrementAndGet();
      }
      throw e;
    }
  }

  @Test
  @DisplayName("S63: a task that is refused for want of stack when a queue is full is not alive")
  void aTaskThatFindsNoWayIntoAFullQueueIsNotCounted() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    AtomicInteger started = new AtomicInteger();
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start();
    for (int round = 0; round < 60; round++) {
      int first = round;
      runtime.run(() -> {
        // The queue and the slot before it. To make room there takes more stack than to be counted.
        for (int i = 0; i <= RunQueue.CAPACITY; i++) {
          runtime.execute(ran::incrementAndGet);
          started.incrementAndGet();
        }
        int before = started.get();
        shifted(first, () -> startOnTheWayUp(runtime, ran, started));
        assertThat(started).hasValue(before + 1);
        return null;
      });
    }
    ShutdownReport report = runtime.shutdown(Duration.ofSeconds(15), Duration.ZERO);
    assertThat(report.terminated()).as(report.toString()).isTrue();
    assertThat(ran).hasValue(started.get());
  }

  private static void shifted(int frames, Runnable body) {
    if (frames == 0) {
      body.run();
    } else {
      shifted(frames - 1, body);
    }
  }

  /** Goes down to where the stack ends, and tries on the way back until a task was started. */
  private static boolean startOnTheWayUp(
      WorkerRuntime runtime, AtomicInteger ran, AtomicInteger started) {
    try {
      if (startOnTheWayUp(runtime, ran, started)) {
        return true;
      }
    } catch (StackOverflowError e) {
      // The end of the stack, or too near to it for a start.
    }
    runtime.execute(ran::incrementAndGet);
    started.incrementAndGet();
    return true;
  }

  @Test
  @DisplayName("S63: a blocking job whose submitter fails on the way in is not counted as alive")
  void aJobThatDidNotGetInIsNotCounted() {
    BlockingPool pool = new BlockingPool(null, 1, 1, Thread::new, () -> {});
    assertThatThrownBy(() ->
            pool.submit(
                null,
                () -> {
                  throw new StackOverflowError();
                }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(pool.started()).isOne();
    assertThat(pool.ended()).isOne();
  }

  @Test
  @DisplayName("S63: an error of memory that a task throws is its result")
  void anErrorOfMemoryIsTheResult() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      Task<?> asksTooMuch = runtime.spawn(() -> new long[Integer.MAX_VALUE]);
      assertThatThrownBy(asksTooMuch::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(OutOfMemoryError.class);
      assertThat(runtime.run(() -> 42)).isEqualTo(42);
    }
  }

  @Test
  @DisplayName("S63: when tasks fill the heap they fail, the others go on, and close completes")
  void aFullHeapFailsWhoFillsIt() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(List.of(ForkedJvm.OPENS, "-Xmx48m"), FullHeap.class);
    assertThat(outcome.lines())
        .contains("failed for want of memory: true", "others went on: true", "terminated: true");
    assertThat(outcome.lines()).anyMatch(line -> line.matches("made (\\d+), destroyed \\1"));
    assertThat(outcome.exit()).isZero();
  }

  /** Fills the heap by tasks, while others sleep, yield and spawn. */
  static final class FullHeap {

    private static final WorkerLocal<AtomicLong> LOCAL =
        WorkerLocal.of(AtomicLong::new, value -> {});

    public static void main(String[] arguments) throws Exception {
      WorkerRuntime runtime =
          WorkerRuntime.builder()
              .workers(2)
              .uncaughtExceptionHandler((thread, failure) -> {})
              .start();
      AtomicLong progress = new AtomicLong();
      Thread main = Thread.currentThread();
      CountDownLatch begun = new CountDownLatch(8);
      List<Task<?>> others = new ArrayList<>();
      Gate stop = new Gate();
      for (int i = 0; i < 8; i++) {
        others.add(runtime.spawn(() -> goOn(runtime, progress, begun, stop)));
      }
      begun.await();
      int failed = 0;
      for (int round = 0; round < 10; round++) {
        Task<Integer> filler = runtime.spawn(() -> fill(main));
        try {
          filler.get();
        } catch (ExecutionException e) {
          failed += e.getCause() instanceof OutOfMemoryError ? 1 : 0;
        }
      }
      System.out.println("failed for want of memory: " + (failed == 10));
      long before = progress.get();
      Await.until("others go on", () -> progress.get() > before + 100);
      System.out.println("others went on: true");
      stop.open();
      ShutdownReport report = runtime.shutdown(Duration.ofSeconds(10), Duration.ofSeconds(5));
      System.out.println("terminated: " + report.terminated());
      System.out.println("made " + report.made() + ", destroyed " + report.destroyed());
      if (!report.terminated()) {
        System.out.println(report);
      }
    }

    private static int fill(Thread main) {
      // It takes memory to begin to wait for a task.
      Await.untilWaiting(main, Task.class);
      List<byte[]> kept = new ArrayList<>();
      while (true) {
        kept.add(new byte[100_000]);
      }
    }

    /** Does a bit of everything, and takes an error of memory for what it is. */
    private static Void goOn(
        WorkerRuntime runtime, AtomicLong progress, CountDownLatch begun, Gate stop) {
      begun.countDown();
      while (!stop.isOpen()) {
        try {
          LockSupport.parkNanos(100_000);
          runtime.spawn(() -> LOCAL.with(AtomicLong::incrementAndGet));
          try (Lease<AtomicLong> lease = LOCAL.lease()) {
            Thread.yield();
            lease.get().incrementAndGet();
          }
          progress.incrementAndGet();
        } catch (OutOfMemoryError e) {
          Thread.yield();
        }
      }
      return null;
    }
  }
}
