// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.Carrier;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That waking a task, at whatever time, throws nothing at the waker and strands no thread. */
@Tag("S38")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class WakerTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  /** A foreign thread, or a task of another runtime, that does something to tasks until stopped. */
  private final class Waker implements Callable<Void> {
    private final List<Task<Integer>> tasks;
    private final List<CompletableFuture<Integer>> futures;

    Waker(List<Task<Integer>> tasks, List<CompletableFuture<Integer>> futures) {
      this.tasks = tasks;
      this.futures = futures;
    }

    @Override
    public Void call() {
      ThreadLocalRandom random = ThreadLocalRandom.current();
      while (!stopped) {
        int i = random.nextInt(tasks.size());
        Thread thread = tasks.get(i).thread();
        try {
          switch (random.nextInt(8)) {
            case 0 -> thread.interrupt();
            case 1 -> futures.get(i).complete(i);
            case 2, 3, 4 -> thread.getStackTrace();
            default -> LockSupport.unpark(thread);
          }
        } catch (Throwable e) {
          thrown.compareAndSet(null, e);
        }
        wakes.incrementAndGet();
      }
      return null;
    }
  }

  private final AtomicReference<Throwable> thrown = new AtomicReference<>();
  private final AtomicInteger wakes = new AtomicInteger();
  private volatile boolean stopped;

  @Test
  @DisplayName(
      "S38: foreign threads wake, interrupt and look at tasks before, in and after a close")
  void wakersBeforeInAndAfterAClose() throws Exception {
    for (int round = 0; round < 15; round++) {
      wakeWhileClosing(round);
    }
    System.out.printf("S38: %,d wake-ups while closing, none threw%n", wakes.get());
  }

  private void wakeWhileClosing(int round) throws Exception {
    Tally tally = new Tally();
    WorkerRuntime runtime = WorkerRuntime.builder().name("woken-" + round).workers(2).start();
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    List<Task<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int number = i;
      CompletableFuture<Integer> future = new CompletableFuture<>();
      futures.add(future);
      tasks.add(runtime.spawn(() -> waitInManyWays(number, future, tally)));
    }
    stopped = false;
    try (WorkerRuntime other = WorkerRuntime.builder().workers(1).start()) {
      Waker waker = new Waker(tasks, futures);
      List<Future<Void>> wakers = new ArrayList<>();
      wakers.add(other.spawn(waker));
      wakers.add(ForkJoinPool.commonPool().submit(waker));
      awaitMoreWakes(500);
      ShutdownReport report = runtime.shutdown(Duration.ZERO, LONG);
      awaitMoreWakes(500);
      stopped = true;
      for (Future<Void> each : wakers) {
        each.get();
      }
      assertThat(report.terminated()).isTrue();
    }
    assertThat(thrown.get()).as("thrown at a waker").isNull();
    for (Task<Integer> task : tasks) {
      assertThat(task.isDone()).isTrue();
      assertThat(task.thread().join(LONG)).as(task + " is stranded").isTrue();
    }
    tally.assertEachDestroyedOnce();
  }

  private void awaitMoreWakes(int more) {
    int enough = wakes.get() + more;
    Await.until("enough wake-ups", () -> wakes.get() - enough >= 0);
  }

  /** Waits for its future, and otherwise in all ways; ends by the interrupt of the cancelling. */
  private static int waitInManyWays(int number, CompletableFuture<Integer> future, Tally tally)
      throws Exception {
    int woken = 0;
    for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
      switch ((number + i) % 4) {
        case 0 -> LockSupport.park();
        case 1 -> LockSupport.parkNanos(50_000);
        case 2 -> Thread.yield();
        default -> woken += future.isDone() ? 0 : future.get();
      }
      tally.local.with(Tally.Value::touch);
    }
    return woken;
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "the JDK hands nothing in")
  @Test
  @DisplayName("S38: what the JDK hands in after the close, or twice, changes nothing")
  void lateAndDoubledHandOvers() throws Exception {
    Tally tally = new Tally();
    TieredRuntime runtime =
        (TieredRuntime) WorkerRuntime.builder().name("late-test").workers(1).start();
    Executor carriers = ((CarrierTier) runtime.workforce()).executor();
    Gate gate = new Gate();
    Task<String> task = runtime.spawn(gate);
    Thread stray =
        runtime.run(() -> Thread.ofVirtual().start(() -> tally.local.ref().get().touch()));
    stray.join();
    gate.awaitEntered();
    // Another one that lives, so that the ends of such threads are looked for.
    Gate strays = new Gate();
    runtime.run(() -> Thread.ofVirtual().start(strays::pass));
    Runnable endedStray = continuation(stray);
    Runnable parked = continuation(task.thread());
    runtime.shutdown();
    // As Thread.getStackTrace does when the thread goes on meanwhile.
    for (int i = 0; i < 1_000; i++) {
      carriers.execute(endedStray);
      carriers.execute(parked);
    }
    assertThat(runtime.awaitTermination(20, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(runtime.phase()).isEqualTo(ShutdownPhase.DRAINING);
    tally.assertAllAlive();
    gate.open();
    assertThat(task.get()).isEqualTo("passed");
    // Was the end of the other thread counted more than once, this one would be forgotten.
    assertThat(runtime.awaitTermination(20, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(runtime.phase()).isEqualTo(ShutdownPhase.DRAINING);
    tally.assertAllAlive();
    strays.open();
    runtime.close();
    tally.assertEachDestroyedOnce();

    for (int i = 0; i < 1_000; i++) {
      carriers.execute(endedStray);
      carriers.execute(parked);
    }
    // Whatever is handed in late has a carrier, which ends when there is no more.
    assertThat(VmState.threads("late-test"))
        .allMatch(thread -> thread.getName().equals("late-test-late"));
    Await.until("the late carrier ends", () -> VmState.threads("late-test").isEmpty());
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    tally.assertEachDestroyedOnce();
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "the JDK hands nothing in")
  @Test
  @DisplayName("S38: a thread that is handed in after the close is carried to its end")
  void aThreadHandedInAfterTheCloseIsCarried() throws Exception {
    TieredRuntime runtime =
        (TieredRuntime) WorkerRuntime.builder().name("carried").workers(1).start();
    runtime.close();
    // Stands for one that has left its task and parks in the JDK's own clean-up.
    Queue<Runnable> ready = new ConcurrentLinkedQueue<>();
    AtomicReference<String> carrier = new AtomicReference<>();
    Thread thread =
        VirtualThreads.unstarted(
            ready::add,
            "late",
            () -> {
              LockSupport.park();
              carrier.set(Carrier.name());
            });
    thread.start();
    ready.remove().run();
    assertThat(thread.getState()).isEqualTo(Thread.State.WAITING);
    LockSupport.unpark(thread);
    ((CarrierTier) runtime.workforce()).executor().execute(ready.remove());
    assertThat(thread.join(LONG)).as("it ended").isTrue();
    assertThat(carrier).hasValue("carried-late");
  }

  /** Returns what the JDK hands to the scheduler each time the thread becomes ready. */
  private static Runnable continuation(Thread virtual) throws ReflectiveOperationException {
    Field field = Class.forName("java.lang.VirtualThread").getDeclaredField("runContinuation");
    field.setAccessible(true);
    return (Runnable) field.get(virtual);
  }

  @Test
  @DisplayName("S38: timers that fire while the runtime closes wake their tasks")
  void timersWhileClosing() throws Exception {
    for (int round = 0; round < 100; round++) {
      AtomicInteger woken = new AtomicInteger();
      List<Task<Integer>> tasks = new ArrayList<>();
      try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
        for (int i = 0; i < 50; i++) {
          long micros = 100L * (i % 20);
          tasks.add(
              runtime.spawn(() -> {
                Thread.sleep(Duration.ofNanos(1_000 * micros));
                return woken.incrementAndGet();
              }));
        }
      }
      assertThat(woken).hasValue(50);
      assertThat(tasks).allMatch(task -> task.state() == Future.State.SUCCESS);
    }
  }

  @Test
  @DisplayName("S38: a thread that joins tasks' threads is released by their end, close or not")
  void joinersAreReleased() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    List<Thread> joiners = new ArrayList<>();
    CountDownLatch parked = new CountDownLatch(50);
    for (int i = 0; i < 50; i++) {
      Thread thread =
          runtime
              .spawn(() -> {
                parked.countDown();
                LockSupport.park();
                return null;
              })
              .thread();
      joiners.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  thread.join();
                } catch (InterruptedException e) {
                  thrown.set(e);
                }
              }));
    }
    parked.await();
    assertThat(runtime.shutdown(Duration.ZERO, LONG).terminated()).isTrue();
    for (Thread joiner : joiners) {
      assertThat(joiner.join(LONG)).isTrue();
    }
    assertThat(thrown.get()).isNull();
  }
}
