// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.FullHeap;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.AbstractQueuedSynchronizer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** The scheduler where the stack of a thread outside, or the memory, comes to its end. */
@Tag("S63")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("InfiniteRecursion") // the end of the stack is what is tested
final class SchedulerLimitsTest {

  private static Worker worker(WorkerRuntime runtime) throws Exception {
    return (Worker) Objects.requireNonNull(runtime.run(Here::worker));
  }

  /** Calls once, so many frames above the end of the stack. */
  private static void atTheEnd(int[] framesAbove, Runnable call) {
    try {
      atTheEnd(framesAbove, call);
    } catch (StackOverflowError e) {
      if (framesAbove[0]-- == 0) {
        call.run();
        return;
      }
      throw e;
    }
  }

  private static boolean isRoom() {
    try {
      StackRoom.ensure();
      return true;
    } catch (StackOverflowError e) {
      return false;
    }
  }

  @Test
  @DisplayName("S63: a thread outside wakes a worker also where its stack is too short for that")
  void whatIsQueuedNearTheEndOfTheStackIsRun() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      Scheduler scheduler = worker(runtime).scheduler();
      int withoutRoom = 0;
      for (int above = 0; above < 400 && withoutRoom == 0; above++) {
        Await.until("all workers sleep", () -> scheduler.sleepers().announced() == 2);
        AtomicBoolean room = new AtomicBoolean();
        AtomicBoolean ran = new AtomicBoolean();
        Runnable task = () -> ran.set(true);
        Throwable thrown =
            whereTheStackEnds(
                above,
                () -> {
                  room.set(isRoom());
                  scheduler.inject(task);
                });
        if (thrown == null) {
          // Nobody else wakes a worker.
          Await.until("the task has run, queued " + above + " frames above the end", ran::get);
          withoutRoom += room.get() ? 0 : 1;
        } else {
          assertThat(thrown).isInstanceOf(StackOverflowError.class);
        }
      }
      assertThat(withoutRoom).isPositive();
    }
  }

  @Test
  @DisplayName("S63: a task that a thread outside wakes where its stack ends is not lost")
  void whatIsWokenWhereTheStackEndsIsQueued() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      Worker worker = worker(runtime);
      GlobalQueue queue = worker.scheduler().globalQueue();
      Executor bridge = worker.scheduler().executor();
      AtomicReference<Thread> sleeper = new AtomicReference<>();
      Task<?> sleeps =
          runtime.spawn(() -> {
            sleeper.set(Thread.currentThread());
            LockSupport.park();
            return null;
          });
      Await.until("it sleeps", () -> state(sleeper.get()) == Thread.State.WAITING);
      CountDownLatch blocked = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      worker.post(() -> {
        blocked.countDown();
        await(release);
      });
      blocked.await();
      LockSupport.unpark(sleeper.get());
      Runnable task = Objects.requireNonNull(queue.poll((batch, from) -> {}));
      int entry = 0;
      int noted = 0;
      int done = 0;
      for (int above = 0; above < 300; above++) {
        Throwable failure = whereTheStackEnds(above, () -> bridge.execute(task));
        if (failure != null) {
          StackTraceElement[] trace = failure.getStackTrace();
          entry =
              entry == 0 && isIn(CarrierBridge.class, trace[0]) ? trace[0].getLineNumber() : entry;
          if (trace[0].getLineNumber() == entry
              || Arrays.stream(trace).limit(8).noneMatch(each -> isIn(CarrierBridge.class, each))) {
            // The call itself found no room: it is as if it had not been made.
            continue;
          }
          noted++;
        }
        done++;
        Await.until(
            "it is queued, woken " + above + " frames above the end", () -> !queue.isEmpty());
        // Twice if it failed late.
        Await.until(
            "it is taken", () -> queue.poll((batch, from) -> {}) == task && queue.isEmpty());
      }
      worker.scheduler().inject(task);
      release.countDown();
      sleeps.join();
      assertThat(noted).isLessThan(done);
    }
  }

  private static Thread.@Nullable State state(@Nullable Thread thread) {
    return thread == null ? null : thread.getState();
  }

  private static boolean isIn(Class<?> type, StackTraceElement frame) {
    return frame.getClassName().equals(type.getName());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a worker", e);
    }
  }

  /** Calls so many frames above the end of a short stack, and returns what it threw. */
  private static @Nullable Throwable whereTheStackEnds(int above, Runnable call)
      throws InterruptedException {
    AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    int[] frames = {above};
    Thread.ofPlatform()
        .stackSize(256 << 10)
        .start(() -> {
          try {
            atTheEnd(frames, call);
          } catch (Throwable e) {
            thrown.set(e);
          }
        })
        .join();
    return thrown.get();
  }

  @Test
  @DisplayName("S63: a timer for which there is no memory is set once there is")
  void aTimerIsSetOnceThereIsMemory() throws Exception {
    ForkedJvm.Outcome outcome =
        ForkedJvm.run(List.of(ForkedJvm.OPENS, "-Xmx24m"), TimerOnAFullHeap.class);
    assertThat(outcome.lines()).contains("all are set");
    assertThat(outcome.exit()).isZero();
  }

  /** Sets timers on a full heap, as the JDK does when tasks park. */
  static final class TimerOnAFullHeap {

    private static volatile boolean full;
    private static volatile boolean released;

    public static void main(String[] arguments) throws Exception {
      CompletableFuture<String> outcome = new CompletableFuture<>();
      try (WorkerRuntime runtime =
          WorkerRuntime.builder()
              .workers(1)
              .spareWorkers(0)
              .uncaughtExceptionHandler((thread, failure) -> {})
              .start()) {
        Worker worker = worker(runtime);
        CarrierBridge bridge = (CarrierBridge) worker.scheduler().executor();
        Runnable nothing = () -> {};
        Thread main = Thread.currentThread();
        // Once with enough memory: the first use of code takes some too.
        worker.post(() -> bridge.schedule(nothing, 1, TimeUnit.HOURS).cancel(false));
        Thread releaser =
            Thread.ofPlatform()
                .start(() -> {
                  while (!full) {
                    LockSupport.parkNanos(1_000_000);
                  }
                  // It waits for memory for a timer.
                  while (worker.thread().getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                  }
                  released = true;
                  FullHeap.release();
                });
        worker.post(() -> {
          Await.until("main waits", () -> main.getState() == Thread.State.WAITING);
          FullHeap.fill();
          full = true;
          try {
            // The first ones may find the place of some garbage.
            while (!released) {
              bridge.schedule(nothing, 1, TimeUnit.HOURS);
            }
            outcome.complete("all are set");
          } catch (OutOfMemoryError e) {
            FullHeap.release();
            outcome.complete("one is not set: " + e);
          }
        });
        releaser.join();
        System.out.println(outcome.get());
      }
    }
  }

  @Test
  @DisplayName("S63: what was left to do for want of stack is not lost for want of memory then")
  void whatIsLeftToDoIsNotLostOnAFullHeap() throws Exception {
    ForkedJvm.Outcome outcome =
        ForkedJvm.run(List.of(ForkedJvm.OPENS, "-Xmx24m"), UndoneOnAFullHeap.class);
    assertThat(outcome.lines()).contains("ran 256, and what was left to do: true");
    assertThat(outcome.exit()).isZero();
  }

  /** Leaves a task to be queued on a worker whose queue is full, as is the heap. */
  static final class UndoneOnAFullHeap {

    private static int ran;
    private static volatile boolean leftRan;
    private static volatile CountDownLatch begun = new CountDownLatch(1);

    // The worker's thread only.
    private static void task() {
      ran++;
      // The first few find the heap as it was when the next task was looked for.
      if (ran == 10) {
        FullHeap.release();
        begun.countDown();
      }
    }

    private static void left() {
      leftRan = true;
    }

    public static void main(String[] arguments) throws Exception {
      int counted;
      try (WorkerRuntime runtime =
          WorkerRuntime.builder()
              .workers(1)
              .spareWorkers(0)
              .uncaughtExceptionHandler((thread, failure) -> {})
              .start()) {
        Worker worker = worker(runtime);
        Runnable task = UndoneOnAFullHeap::task;
        Runnable left = UndoneOnAFullHeap::left;
        // Once with enough memory: the first use of code takes some too.
        fillQueue(worker, task, left, false);
        fillQueue(worker, task, left, true);
        counted = ran;
      }
      System.out.println("ran " + counted + ", and what was left to do: " + leftRan);
    }

    private static void fillQueue(Worker worker, Runnable task, Runnable left, boolean full)
        throws InterruptedException {
      Thread main = Thread.currentThread();
      begun = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      leftRan = false;
      worker.post(() -> {
        Await.untilWaiting(main, AbstractQueuedSynchronizer.class);
        ran = 0;
        for (int i = 0; i < RunQueue.CAPACITY; i++) {
          worker.pushOwn(task);
        }
        worker.undone = new Object[] {left, null};
        if (full) {
          FullHeap.fill();
        }
      });
      begun.await();
      Await.until("the queue is empty", () -> worker.queue().isEmpty() && worker.current() == null);
      worker.post(done::countDown);
      done.await();
    }
  }
}
