// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.slot.Wrapping;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.FullHeap;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What a runtime does between tasks, and as they begin, where no object can be made. */
@Tag("S63")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class WorkerMemoryTest {

  private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final List<String> FLAGS = List.of(ForkedJvm.OPENS, "-Xmx16m", "-XX:-UseTLAB");

  /** Is told of everything, and makes nothing. */
  private static final class Listener implements RuntimeListener {
    @Override
    public void workerParked(int worker) {}
  }

  private static WorkerRuntime start(Thread.UncaughtExceptionHandler handler) {
    return WorkerRuntime.builder()
        .workers(1)
        .spareWorkers(0)
        .listener(new Listener())
        .uncaughtExceptionHandler(handler)
        .start();
  }

  /** Waits for a while, and makes nothing; returns whether it has come. */
  private static boolean comes(BooleanSupplier condition, long nanos) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > nanos) {
        return false;
      }
      LockSupport.parkNanos(1_000_000);
    }
    return true;
  }

  private static void close(WorkerRuntime runtime) {
    ShutdownReport report = runtime.shutdown(Duration.ofSeconds(5), Duration.ofSeconds(1));
    System.out.println("terminated: " + report.terminated());
    // A runtime that cannot end keeps no test from its end.
    Runtime.getRuntime().halt(0);
  }

  @Test
  @DisplayName("S63: a worker whose call leaves no memory goes on, though a listener is to be told")
  void aWorkerGoesOn() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(FLAGS, AfterACall.class);
    assertThat(outcome.lines())
        .containsExactly("the same thread: true", "destroyed: 1", "terminated: true");
  }

  /** A call that fills the heap, and the worker's way back to its wait. */
  static final class AfterACall {

    private static volatile boolean filled;

    public static void main(String[] arguments) throws Exception {
      Tally tally = new Tally();
      WorkerRuntime runtime = start((thread, failure) -> {});
      // Before, with enough memory: the first use of code takes some too.
      Thread owner = runtime.run(() -> tally.local.onOwner(value -> Thread.currentThread()));
      WorkerOwner worker = ((TieredRuntime) runtime).workforce().workers().getFirst();
      BooleanSupplier came = () -> isAtRest(owner) && filled;
      comes(came, SHORT_NANOS);
      worker.post(() -> {
        FullHeap.fill();
        filled = true;
      });
      comes(came, LONG_NANOS);
      FullHeap.release();
      boolean same = false;
      try {
        same = owner == runtime.run(() -> tally.local.onOwner(value -> Thread.currentThread()));
      } catch (IllegalStateException e) {
        System.out.println(e);
      }
      System.out.println("the same thread: " + same);
      runtime.shutdown(Duration.ofSeconds(5), Duration.ofSeconds(1));
      System.out.println("destroyed: " + tally.destroyed);
      close(runtime);
    }

    private static boolean isAtRest(Thread thread) {
      Thread.State state = thread.getState();
      return state == Thread.State.WAITING
          || state == Thread.State.TIMED_WAITING
          || state == Thread.State.TERMINATED;
    }
  }

  @Test
  @EveryTier.Only(value = Tier.OWNED, because = "nothing is made as a task begins in the other one")
  @DisplayName(
      "S63: a task that is counted, and has no memory to begin with, fails and is counted out")
  void aTaskThatCannotBegin() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(FLAGS, AtTheBegin.class);
    assertThat(outcome.lines())
        .containsExactly(
            "ran 1, then java.lang.OutOfMemoryError: Java heap space", "terminated: true");
  }

  /** A thread of the factory that finds the heap full behind where it was counted. */
  static final class AtTheBegin {

    private static final AtomicInteger RAN = new AtomicInteger();

    private static volatile Throwable failure;

    // Written by who fills the heap.
    private static volatile Object @Nullable [] rest;

    /** Is asked for its code, as any task that begins while a class loader is being released. */
    private record Filling(boolean full) implements Runnable, Wrapping {
      @Override
      public Object wrapped() {
        if (full) {
          FullHeap.fill();
          // What this took has become garbage meanwhile.
          for (int failed = 0; failed < 20; ) {
            try {
              rest = new Object[] {rest};
            } catch (OutOfMemoryError e) {
              failed++;
            }
          }
        }
        return "code of nobody's";
      }

      @Override
      public void run() {
        RAN.incrementAndGet();
        throw new IllegalStateException("as told");
      }
    }

    public static void main(String[] arguments) throws Exception {
      WorkerRuntime runtime = start((thread, thrown) -> failure = thrown);
      OtherLoader loader = new OtherLoader();
      Unloading.of(Objects.requireNonNull(Origin.of(loader)));
      // Before, with enough memory: the first use of code takes some too.
      Thread first = runtime.threadFactory().newThread(new Filling(false));
      first.start();
      comes(() -> isOver(first), LONG_NANOS);
      failure = null;
      Thread second = runtime.threadFactory().newThread(new Filling(true));
      BooleanSupplier over = () -> isOver(second);
      comes(over, SHORT_NANOS);
      second.start();
      comes(over, LONG_NANOS);
      FullHeap.release();
      rest = null;
      System.out.println("ran " + RAN + ", then " + failure);
      close(runtime);
    }

    private static boolean isOver(Thread thread) {
      return thread.getState() == Thread.State.TERMINATED;
    }
  }
}
