// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.Carrier;
import dev.holdfast.testing.WholeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tasks that block the platform thread under them, and how the others go on. */
@Tag("S60")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class BlockedCarrierTest {

  /** Collects the numbers of the workers that were started. */
  private static final class Started implements RuntimeListener {
    final Set<Integer> workers = ConcurrentHashMap.newKeySet();
    final Set<Integer> stopped = ConcurrentHashMap.newKeySet();

    @Override
    public void workerStarted(int worker) {
      workers.add(worker);
    }

    @Override
    public void workerStopped(int worker) {
      stopped.add(worker);
    }
  }

  @ParameterizedTest(name = "S60: with the only worker blocked by {0}, tasks and timers go on")
  @EnumSource
  void othersAndTimersGoOnWhenTheOnlyWorkerIsBlocked(CarrierBlock.Kind kind) throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).name("lone").start();
        CarrierBlock block = kind.make()) {
      CountDownLatch parked = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      // Its timer is the blocked worker's, and so is what it wakes.
      Task<String> sleeper =
          runtime.spawn(() -> {
            parked.countDown();
            go.await();
            Thread.sleep(5);
            return Carrier.name();
          });
      parked.await();
      Await.untilWaiting(sleeper.thread());
      // The worker, or a spare one that stood in for it because the machine had stalled it.
      AtomicReference<String> blockedOn = new AtomicReference<>();
      Task<?> blocked =
          runtime.spawn(() -> {
            go.countDown();
            Thread.yield();
            blockedOn.set(Carrier.name());
            return block.enter();
          });
      block.entered.await();
      for (int i = 0; i < 500; i++) {
        assertThat(runtime.submit(Carrier::name).get())
            .startsWith("lone-")
            .isNotEqualTo(blockedOn.get());
      }
      assertThat(sleeper.get()).startsWith("lone-").isNotEqualTo(blockedOn.get());
      assertThat(blocked.isDone()).isFalse();
      block.release();
      blocked.get();
    }
  }

  @ParameterizedTest(name = "S60: what is queued behind {0} is run by the other worker")
  @EnumSource
  void theQueueOfABlockedWorkerIsTaken(CarrierBlock.Kind kind) throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start();
        CarrierBlock block = kind.make()) {
      AtomicInteger done = new AtomicInteger();
      Task<?> blocked =
          runtime.spawn(() -> {
            for (int i = 0; i < 1_000; i++) {
              runtime.spawn(done::incrementAndGet);
            }
            return block.enter();
          });
      Await.until("all tasks behind the blocked one have run", () -> done.get() == 1_000);
      assertThat(blocked.isDone()).isFalse();
      block.release();
      blocked.get();
    }
  }

  @ParameterizedTest(name = "S60: a timer that is set before {0} fires on the blocked worker")
  @EnumSource
  void aTimerOfABlockedWorkerFires(CarrierBlock.Kind kind) throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
        CarrierBlock block = kind.make()) {
      List<Task<Boolean>> sleepers = new ArrayList<>();
      CountDownLatch asleep = new CountDownLatch(100);
      for (int i = 0; i < 100; i++) {
        int millis = 50 + i;
        sleepers.add(
            runtime.spawn(() -> {
              asleep.countDown();
              Thread.sleep(millis);
              return true;
            }));
      }
      asleep.await();
      Task<?> blocked = runtime.spawn(block::enter);
      block.entered.await();
      for (Task<Boolean> sleeper : sleepers) {
        assertThat(sleeper.get()).isTrue();
      }
      assertThat(blocked.isDone()).isFalse();
      block.release();
      blocked.get();
    }
  }

  @Test
  @DisplayName("S60: without spare workers a blocked worker stops the only worker's tasks")
  void withoutSparesNothingRuns() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start();
        CarrierBlock block = CarrierBlock.Kind.CLASS_INITIALIZER.make()) {
      Task<?> blocked = runtime.spawn(block::enter);
      block.entered.await();
      Await.untilWaiting(thread("-worker-0", runtime));
      Task<Integer> behind = runtime.spawn(() -> 1);
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().startsWith(runtime.name() + "-spare"));
      assertThat(behind.isDone()).isFalse();
      block.release();
      blocked.get();
      assertThat(behind.get()).isEqualTo(1);
    }
  }

  private static Thread thread(String suffix, WorkerRuntime runtime) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(runtime.name() + suffix))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @DisplayName("S60: there are never more spare workers than configured")
  void theNumberOfSparesIsBounded() throws Exception {
    Started started = new Started();
    List<CarrierBlock> blocks = new ArrayList<>();
    AtomicInteger inside = new AtomicInteger();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(2).spareWorkers(3).listener(started).start()) {
      List<Task<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        CarrierBlock block = CarrierBlock.Kind.CLASS_INITIALIZER.make();
        blocks.add(block);
        tasks.add(
            runtime.spawn(() -> {
              inside.incrementAndGet();
              return block.enter();
            }));
      }
      Await.until("two workers and three spares are blocked", () -> inside.get() == 5);
      // The monitor looks many times while it could do more than it may.
      for (int i = 0; i < 100; i++) {
        LockSupport.parkNanos(500_000);
        assertThat(started.workers).isSubsetOf(0, 1, 2, 3, 4);
        assertThat(inside).hasValue(5);
      }
      blocks.forEach(CarrierBlock::release);
      for (Task<?> task : tasks) {
        task.get();
      }
      assertThat(inside).hasValue(12);
      assertThat(runtime.workers()).isEqualTo(2);
    } finally {
      blocks.forEach(CarrierBlock::close);
    }
    assertThat(started.workers).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    assertThat(started.stopped).isEqualTo(started.workers);
  }

  @Test
  @DisplayName("S60: more native calls than there are workers can block at once")
  void nativeCallsMayOutnumberTheWorkers() throws Exception {
    List<CarrierBlock> blocks = new ArrayList<>();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      List<Task<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        CarrierBlock block = CarrierBlock.Kind.NATIVE_READ.make();
        blocks.add(block);
        tasks.add(runtime.spawn(block::enter));
      }
      for (CarrierBlock block : blocks) {
        block.entered.await();
      }
      assertThat(runtime.submit(() -> 42).get()).isEqualTo(42);
      blocks.forEach(CarrierBlock::release);
      for (Task<?> task : tasks) {
        task.get();
      }
    } finally {
      blocks.forEach(CarrierBlock::close);
    }
  }

  /** A value that knows where it was made. */
  private record Value(Thread owner) {}

  @Test
  @DisplayName("S60: a spare worker's values are its own and live until the barrier")
  void aSparesValuesAreItsOwnAndLiveUntilTheBarrier() throws Exception {
    Queue<Value> destroyed = new ConcurrentLinkedQueue<>();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    Set<Value> made = ConcurrentHashMap.newKeySet();
    AtomicInteger number = new AtomicInteger();
    WorkerLocal<Value> local =
        WorkerLocal.of(
            () -> {
              Value value = new Value(Place.platformThread());
              made.add(value);
              number.incrementAndGet();
              return value;
            },
            value -> {
              destroyed.add(value);
              if (Thread.currentThread() != value.owner()) {
                wrong.add(Thread.currentThread() + " destroyed a value of " + value.owner());
              }
            });
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(2).start();
    try (CarrierBlock first = CarrierBlock.Kind.CLASS_INITIALIZER.make();
        CarrierBlock second = CarrierBlock.Kind.CLASS_INITIALIZER.make()) {
      AtomicReference<Value> ofBlocked = new AtomicReference<>();
      Task<?> blocked =
          runtime.spawn(() -> {
            ofBlocked.set(local.with(value -> value));
            return first.enter();
          });
      first.entered.await();
      LocalRef<Value> onSpare = runtime.run(local::ref);
      Value seen = runtime.run(onSpare::get);
      assertThat(seen).isNotSameAs(ofBlocked.get());
      AtomicReference<Value> ofAlsoBlocked = new AtomicReference<>();
      Task<?> alsoBlocked =
          runtime.spawn(() -> {
            ofAlsoBlocked.set(local.with(value -> value));
            return second.enter();
          });
      second.entered.await();
      Value ofThird = runtime.run(() -> local.with(value -> value));
      // Whichever two of the three are blocked.
      assertThat(List.of(ofBlocked.get(), ofAlsoBlocked.get(), ofThird))
          .extracting(value -> value.owner().getName())
          .containsExactlyInAnyOrder(
              runtime.name() + "-worker-0",
              runtime.name() + "-spare-0",
              runtime.name() + "-spare-1");
      assertThat(made)
          .containsExactlyInAnyOrder(ofBlocked.get(), ofAlsoBlocked.get(), ofThird)
          .contains(seen)
          .hasSize(number.get());
      first.release();
      second.release();
      blocked.get();
      alsoBlocked.get();
      awaitSparesStandBy(runtime);
      // The spares stand by; their values are alive.
      assertThat(runtime.<Value>run(onSpare::get)).isSameAs(seen);
      assertThat(destroyed).isEmpty();
    } finally {
      ShutdownReport report = runtime.shutdown(Duration.ofSeconds(20), Duration.ofSeconds(20));
      assertThat(report.terminated()).isTrue();
      assertThat(report.made()).isEqualTo(report.destroyed()).isEqualTo(number.get());
    }
    assertThat(wrong).isEmpty();
    assertThat(destroyed).containsExactlyInAnyOrderElementsOf(made);
  }

  /** Waits until only the configured workers run tasks. */
  private static void awaitSparesStandBy(WorkerRuntime runtime) {
    Await.until("the spare workers stand by", () -> onlyWorkersRunTasks(runtime));
  }

  /** Keeps all configured workers computing for a moment: a spare worker would run the probe. */
  private static boolean onlyWorkersRunTasks(WorkerRuntime runtime) {
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch computing = new CountDownLatch(runtime.workers());
    List<Task<String>> tasks = new ArrayList<>();
    for (int i = 0; i < runtime.workers(); i++) {
      tasks.add(
          runtime.spawn(() -> {
            String name = Carrier.name();
            computing.countDown();
            long begin = System.nanoTime();
            while (!stop.get() && System.nanoTime() - begin < 50_000_000) {
              Thread.onSpinWait();
            }
            return name;
          }));
    }
    try {
      computing.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    tasks.add(runtime.spawn(Carrier::name));
    tasks.getLast().join();
    stop.set(true);
    return tasks.stream().map(Task::join).noneMatch(name -> name.contains("-spare-"));
  }

  @Test
  @DisplayName("S60: when blocks end the spares stand by, and the same ones help the next time")
  void sparesStandByAndAreUsedAgain() throws Exception {
    Started started = new Started();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(2).name("again").listener(started).start()) {
      for (int round = 0; round < 10; round++) {
        try (CarrierBlock one = CarrierBlock.Kind.EXCLUSIVE_ACCESS.make();
            CarrierBlock two = CarrierBlock.Kind.CLASS_INITIALIZER.make()) {
          Task<?> first = runtime.spawn(one::enter);
          Task<?> second = runtime.spawn(two::enter);
          one.entered.await();
          two.entered.await();
          // On a spare, or on a worker whose block a spare has taken that had not stood by yet.
          assertThat(runtime.submit(Carrier::name).get()).startsWith("again-");
          one.release();
          two.release();
          first.get();
          second.get();
        }
        awaitSparesStandBy(runtime);
      }
      // Some more may have stood in for a slow first use of a class, or for a worker that the
      // machine stalled: fewer than one for each time.
      assertThat(started.workers).hasSizeBetween(3, 11);
    }
  }

  @Test
  @DisplayName("S60: a shutdown waits for a task that blocks its carrier, and destroys after it")
  void shutdownWaitsForABlockedCarrier() throws Exception {
    AtomicBoolean destroyed = new AtomicBoolean();
    WorkerLocal<Object> local = WorkerLocal.of(Object::new, value -> destroyed.set(true));
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    try (CarrierBlock block = CarrierBlock.Kind.NATIVE_READ.make()) {
      WholeTask.run(runtime, () -> local.with(Object::hashCode));
      runtime.spawn("blocks", block::enter);
      block.entered.await();
      ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofMillis(50));
      assertThat(report.terminated()).isFalse();
      assertThat(report.holders())
          .singleElement()
          .satisfies(holder -> {
            assertThat(holder.name()).isEqualTo("blocks");
            assertThat(holder.stack()).anyMatch(f -> f.getMethodName().equals("enter"));
          });
      assertThat(destroyed).isFalse();
      block.release();
      assertThat(runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO).terminated()).isTrue();
      assertThat(destroyed).isTrue();
    }
  }
}
