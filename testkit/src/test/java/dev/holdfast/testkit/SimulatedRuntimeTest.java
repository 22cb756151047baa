// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.testkit.SimulationFailure.Kind;
import dev.holdfast.testkit.schedule.Schedule;
import dev.holdfast.testkit.schedule.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a simulation runs, finds and replays. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SimulatedRuntimeTest {

  private static SimulationFailure failure(
      SimulatedRuntime simulation, SimulatedRuntime.Body body) {
    return catchThrowableOfType(SimulationFailure.class, () -> simulation.run(body));
  }

  private static SimulatedRuntime.Builder simulation() {
    return SimulatedRuntime.builder();
  }

  // ---- The two examples of the guide

  private static void twoOnEachSide(WorkerRuntime runtime, boolean tellsAll) {
    var buffer = new BoundedBuffer<Integer>(1, tellsAll);
    List<Task<?>> tasks = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int item = i;
      tasks.add(
          runtime.spawn(
              "taker",
              () -> {
                buffer.take();
                return buffer.take();
              }));
      tasks.add(
          runtime.spawn(
              "putter",
              () -> {
                buffer.put(item);
                buffer.put(item);
                return null;
              }));
    }
    tasks.forEach(Task::join);
  }

  private static void twoUsersOfACache(WorkerRuntime runtime) {
    var cache = new LoadingCache<String, Object>();
    Task<Object> one = runtime.spawn("one", () -> cache.get("key", () -> load(1)));
    Task<Object> other = runtime.spawn("other", () -> cache.get("key", () -> load(1)));
    assertThat(one.join()).isSameAs(other.join());
  }

  private static Object load(int millis) throws InterruptedException {
    Thread.sleep(millis);
    return new Object();
  }

  private static void assertReplayed(SimulationFailure found, SimulatedRuntime.Body body) {
    assertReplayed(found, body, Strategy::random);
  }

  private static void assertReplayed(
      SimulationFailure found, SimulatedRuntime.Body body, Supplier<Strategy> strategy) {
    SimulatedRuntime again = simulation().seed(found.seed()).strategy(strategy).build();
    SimulationFailure bySeed = failure(again, body);
    assertThat(bySeed.kind()).isEqualTo(found.kind());
    assertThat(bySeed.trace().isSameAs(found.trace())).isTrue();
    Schedule copied = Schedule.parse(found.schedule().toString());
    SimulationFailure bySchedule =
        catchThrowableOfType(
            SimulationFailure.class, () -> simulation().build().replay(copied, body));
    assertThat(bySchedule.kind()).isEqualTo(found.kind());
    assertThat(bySchedule.trace()).isEqualTo(found.trace());
  }

  @Test
  @DisplayName("a notification that goes to the wrong waiter is found as a deadlock, and replayed")
  void findsALostNotification() {
    SimulatedRuntime.Body body = runtime -> twoOnEachSide(runtime, false);
    SimulationFailure found = failure(simulation().build(), body);
    assertThat(found.kind()).isEqualTo(Kind.DEADLOCK);
    assertThat(found)
        .hasMessageContaining("DEADLOCK with seed " + found.seed())
        .hasMessageContaining("taker, last on worker-")
        .hasMessageContaining("parks on AbstractQueuedSynchronizer$ConditionObject")
        .hasMessageContaining("at dev.holdfast.testkit.BoundedBuffer.take(BoundedBuffer.java:");
    assertReplayed(found, body);
  }

  @Test
  @DisplayName("the same buffer that tells all waiters has no deadlock in 1,000 runs")
  void findsNothingInASoundBuffer() {
    SimulatedRuntime.Search search =
        simulation().build().run(runtime -> twoOnEachSide(runtime, true));
    assertThat(search.runs()).isEqualTo(1_000);
  }

  @Test
  @DisplayName("a cache that checks and then acts is found to hand out two values, and replayed")
  void findsALostUpdate() {
    SimulationFailure found = failure(simulation().build(), SimulatedRuntimeTest::twoUsersOfACache);
    assertThat(found.kind()).isEqualTo(Kind.BODY);
    assertThat(found.getCause()).hasMessageContaining("to refer to the same object");
    assertReplayed(found, SimulatedRuntimeTest::twoUsersOfACache);
  }

  // ---- Other canaries

  private static void twoLocks(WorkerRuntime runtime) {
    var left = new ReentrantLock();
    var right = new ReentrantLock();
    Task<?> one = runtime.spawn("one", () -> both(left, right));
    Task<?> other = runtime.spawn("other", () -> both(right, left));
    one.join();
    other.join();
  }

  private static Void both(ReentrantLock first, ReentrantLock second) {
    first.lock();
    try {
      SimulatedRuntime.yieldPoint();
      second.lock();
      second.unlock();
    } finally {
      first.unlock();
    }
    return null;
  }

  @Test
  @DisplayName("two locks that are taken in both orders are found as a deadlock")
  void findsALockOrder() {
    SimulationFailure found = failure(simulation().build(), SimulatedRuntimeTest::twoLocks);
    assertThat(found.kind()).isEqualTo(Kind.DEADLOCK);
    assertThat(found)
        .hasMessageContaining("in a circle: #4 one waits for #5 other waits for #4 one")
        .hasMessageContaining("parks on ReentrantLock$NonfairSync, which #5 other has")
        .hasMessageContaining("parks on ReentrantLock$NonfairSync, which #4 one has");
    assertReplayed(found, SimulatedRuntimeTest::twoLocks);
  }

  private static void twoMonitors(WorkerRuntime runtime) {
    Object left = new Object();
    Object right = new Object();
    Task<?> one = runtime.spawn("one", () -> bothMonitors(left, right));
    Task<?> other = runtime.spawn("other", () -> bothMonitors(right, left));
    one.join();
    other.join();
  }

  private static Void bothMonitors(Object first, Object second) {
    synchronized (first) {
      SimulatedRuntime.yieldPoint();
      synchronized (second) {
        return null;
      }
    }
  }

  @Test
  @DisplayName("the same with monitors, whose waiters the VM wakes by a thread of its own")
  void findsAnOrderOfMonitors() {
    SimulationFailure found = failure(simulation().build(), SimulatedRuntimeTest::twoMonitors);
    assertThat(found.kind()).isEqualTo(Kind.DEADLOCK);
    assertThat(found)
        .hasMessageContaining("in a circle: #4 one waits for #5 other waits for #4 one")
        .hasMessageContaining("waits for a monitor, which #5 other has")
        .hasMessageContaining("waits for a monitor, which #4 one has");
    assertReplayed(found, SimulatedRuntimeTest::twoMonitors);
  }

  /** A toy runtime that destroys its resource when it is told to close, whoever uses it. */
  private static final class Toy {
    private boolean open = true;

    void use() {
      SimulatedRuntime.yieldPoint();
      if (!open) {
        throw new IllegalStateException("used after its close");
      }
    }

    void close() {
      open = false;
    }
  }

  private static void toy(WorkerRuntime runtime) {
    Toy toy = new Toy();
    Task<?> user =
        runtime.spawn(
            "user",
            () -> {
              toy.use();
              return null;
            });
    runtime
        .spawn(
            "closer",
            () -> {
              toy.close();
              return null;
            })
        .join();
    user.join();
  }

  @Test
  @DisplayName("a use after the close is found as the failure of its task")
  void findsAUseAfterTheClose() {
    SimulationFailure found = failure(simulation().build(), SimulatedRuntimeTest::toy);
    assertThat(found.kind()).isIn(Kind.BODY, Kind.TASK);
    assertThat(found).hasMessageContaining("used after its close");
    assertReplayed(found, SimulatedRuntimeTest::toy);
  }

  // ---- What is simulated

  @Test
  @DisplayName(
      "tasks change workers, whose values are their own and are destroyed by their threads")
  void workersOwnValues() {
    Set<Integer> sizes = new HashSet<>();
    simulation()
        .workers(3)
        .seeds(200)
        .build()
        .run(runtime -> {
          AtomicInteger alive = new AtomicInteger();
          Set<Thread> owners = new HashSet<>();
          var local =
              WorkerLocal.<Thread>of(
                  () -> {
                    alive.incrementAndGet();
                    return new Thread(() -> {});
                  },
                  any -> alive.decrementAndGet());
          runtime.run(() -> {
            for (int i = 0; i < 8; i++) {
              SimulatedRuntime.yieldPoint();
              owners.add(local.onOwner(any -> Thread.currentThread()));
              local.with(any -> assertThat(Thread.currentThread().isVirtual()).isTrue());
            }
            return null;
          });
          sizes.add(owners.size());
          assertThat(alive.get()).isPositive();
          runtime.close();
          assertThat(alive).hasValue(0);
          assertThat(runtime.phase()).isEqualTo(ShutdownPhase.TERMINATED);
        });
    assertThat(sizes).contains(2, 3);
  }

  @Test
  @DisplayName("sleeps end in the order of their ends")
  void sleepsEndInOrder() {
    simulation()
        .seeds(20)
        .build()
        .run(runtime -> {
          List<Integer> order = new ArrayList<>();
          for (int millis : new int[] {9, 3, 6}) {
            runtime.spawn(() -> {
              Thread.sleep(millis);
              return order.add(millis);
            });
          }
          runtime.close();
          assertThat(order).containsExactly(3, 6, 9);
          assertThat(SimulatedRuntime.elapsed())
              .isBetween(Duration.ofMillis(9), Duration.ofMillis(30));
        });
  }

  @Test
  @DisplayName("who sleeps as long as others wakes up with them, each time in the same turn")
  void equalSleepsAreReplayed() {
    SimulatedRuntime.Body body =
        runtime -> {
          List<Task<?>> tasks = new ArrayList<>();
          for (int i = 0; i < 10; i++) {
            tasks.add(
                runtime.spawn(() -> {
                  Thread.sleep(2);
                  return null;
                }));
          }
          tasks.forEach(Task::join);
          throw new IllegalStateException("for its trace");
        };
    for (int seed = 0; seed < 20; seed++) {
      SimulationFailure found = failure(simulation().seed(seed).build(), body);
      assertThat(found.kind()).isEqualTo(Kind.BODY);
      assertThat(found.trace().steps().getLast().time()).isEqualTo(Duration.ofMillis(2));
      assertReplayed(found, body);
    }
  }

  @Test
  @DisplayName("jobs, strays, monitors, and threads outside take part")
  void allKindsTakePart() {
    SimulatedRuntime.Search search =
        simulation()
            .seeds(200)
            .build()
            .run(runtime -> {
              int[] count = new int[1];
              Object monitor = new Object();
              Runnable add =
                  () -> {
                    synchronized (monitor) {
                      int before = count[0];
                      SimulatedRuntime.yieldPoint();
                      count[0] = before + 1;
                    }
                  };
              var job =
                  runtime.spawnBlocking(() -> {
                    add.run();
                    return null;
                  });
              var parent =
                  runtime.spawn(() -> {
                    Thread stray = Thread.startVirtualThread(add);
                    add.run();
                    stray.join();
                    return null;
                  });
              Thread outside = Thread.startVirtualThread(add);
              job.join();
              parent.join();
              outside.join();
              assertThat(count[0]).isEqualTo(4);
            });
    assertThat(search.runs()).isEqualTo(200);
  }

  /** A thread that no simulation knows, with a lock that it has until a stage waits for others. */
  private static final class Outsider {
    private final Object monitor = new Object();
    private final ReentrantLock lock = new ReentrantLock();
    private final CountDownLatch has = new CountDownLatch(1);
    private volatile boolean over;
    private final Thread thread = new Thread(this::hold, "outsider");
    private int taken;

    private void hold() {
      synchronized (monitor) {
        lock.lock();
        try {
          has.countDown();
          while (!over && !aStageWaits()) {
            Thread.onSpinWait();
          }
        } finally {
          lock.unlock();
        }
      }
    }

    private static boolean aStageWaits() {
      return Thread.getAllStackTraces().values().stream()
          .flatMap(Arrays::stream)
          .anyMatch(frame -> frame.getMethodName().equals("awaitOthers"));
    }

    /** Takes what it has; in a simulation, while it has it. */
    Void take(boolean aMonitor) {
      if (aMonitor) {
        synchronized (monitor) {
          taken++;
        }
      } else {
        lock.lock();
        try {
          taken++;
        } finally {
          lock.unlock();
        }
      }
      return null;
    }

    static void in(boolean aMonitor, boolean waitsForTheTask) throws InterruptedException {
      Outsider outsider = new Outsider();
      outsider.thread.start();
      outsider.has.await();
      try {
        simulation()
            .seeds(1)
            .build()
            .run(runtime -> {
              Task<Void> task = runtime.spawn(() -> outsider.take(aMonitor));
              if (waitsForTheTask) {
                task.join();
              }
            });
      } finally {
        outsider.over = true;
        outsider.thread.join();
      }
      assertThat(outsider.taken).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("a lock or monitor that a thread outside has for a moment is waited for")
  void whatOthersHaveIsWaitedFor() throws InterruptedException {
    // Often, for it may leave at any moment of the look at who has what.
    for (int i = 0; i < 20; i++) {
      Outsider.in(true, true);
      Outsider.in(false, true);
    }
  }

  @Test
  @DisplayName("so is one that keeps a runtime from its close")
  void whatOthersHaveIsWaitedForInTheClose() throws InterruptedException {
    Outsider.in(true, false);
    Outsider.in(false, false);
  }

  @Test
  @DisplayName("a lease that a task leaves open fails the run")
  void aLeakFails() {
    var local = WorkerLocal.of(Object::new);
    SimulationFailure found =
        failure(simulation().seeds(1).build(), runtime -> runtime.spawn(local::lease).join());
    assertThat(found.kind()).isEqualTo(Kind.LEAK);
  }

  @Test
  @DisplayName("who goes round without end is stopped at the bound of turns")
  void aLivelockFails() {
    SimulationFailure found =
        failure(
            simulation().seeds(1).turns(500).build(),
            runtime ->
                runtime.run(() -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    SimulatedRuntime.yieldPoint();
                  }
                  return null;
                }));
    assertThat(found.kind()).isEqualTo(Kind.LIVELOCK);
  }

  @Test
  @DisplayName("who blocks a carrier is named, with his stack")
  void aBlockedCarrierFails() {
    var local = WorkerLocal.of(Object::new);
    SimulationFailure found =
        failure(
            simulation().seeds(1).stuck(Duration.ofMillis(300)).build(),
            runtime -> {
              CountDownLatch never = new CountDownLatch(1);
              runtime.spawn(
                  "pinned",
                  () -> {
                    local.update(any -> {
                      try {
                        never.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    });
                    return null;
                  });
            });
    assertThat(found.kind()).isEqualTo(Kind.STUCK);
    assertThat(found).hasMessageContaining("pinned").hasMessageContaining("SimulatedRuntimeTest");
  }

  @Test
  @DisplayName("what depends on more than the schedule is said to do so")
  void whatCannotBeReplayedIsSaid() {
    AtomicInteger runs = new AtomicInteger();
    SimulationFailure found =
        failure(
            simulation().build(),
            runtime -> {
              for (int i = runs.getAndIncrement(); i > 0; i--) {
                SimulatedRuntime.yieldPoint();
              }
              assertThat(runs.get()).isLessThan(3);
            });
    assertThat(found).hasMessageContaining("depends on more than the schedule");
  }

  // ---- Strategies

  @Test
  @DisplayName("priorities find the lost notification")
  void prioritiesFind() {
    SimulationFailure found =
        failure(
            simulation().strategy(() -> Strategy.priorities(3)).build(),
            runtime -> twoOnEachSide(runtime, false));
    assertThat(found.kind()).isEqualTo(Kind.DEADLOCK);
  }

  /** Goes wrong only if one thread comes between far on the way of another, and not at its end. */
  private static void farOff(WorkerRuntime runtime) {
    int points = 40;
    int[] at = new int[1];
    int[] seen = new int[1];
    Task<?> walker =
        runtime.spawn(
            "walker",
            () -> {
              while (at[0] < points) {
                at[0]++;
                SimulatedRuntime.yieldPoint();
              }
              return null;
            });
    Task<?> looker = runtime.spawn("looker", () -> seen[0] = at[0]);
    walker.join();
    looker.join();
    assertThat(seen[0] >= points / 2 && seen[0] < points).isFalse();
  }

  @Test
  @DisplayName("priorities find what is far off, which 1,000 random orders do not")
  void prioritiesFindWhatIsFarOff() {
    SimulationFailure found =
        failure(
            simulation().strategy(() -> Strategy.priorities(2)).build(),
            SimulatedRuntimeTest::farOff);
    assertThat(found.kind()).isEqualTo(Kind.BODY);
    assertThat(found.seed()).isLessThan(200);
    assertReplayed(found, SimulatedRuntimeTest::farOff, () -> Strategy.priorities(2));
    assertThat(simulation().build().run(SimulatedRuntimeTest::farOff).runs()).isEqualTo(1_000);
  }

  @SuppressWarnings("ThreadPriorityCheck") // the point of it
  private static void giveWay() {
    Thread.yield();
  }

  @Test
  @DisplayName("with priorities a thread that yields for another one lets it run")
  void prioritiesGiveWay() {
    SimulatedRuntime.Search search =
        simulation()
            .seeds(200)
            .turns(1_000)
            .strategy(() -> Strategy.priorities(1))
            .build()
            .run(runtime -> {
              boolean[] done = new boolean[1];
              Task<?> waiter =
                  runtime.spawn(() -> {
                    while (!done[0]) {
                      giveWay();
                    }
                    return null;
                  });
              runtime.spawn(() -> done[0] = true);
              waiter.join();
            });
    assertThat(search.runs()).isEqualTo(200);
  }

  @Test
  @DisplayName("the exhaustive strategy finds the one bad order, and says when it has seen all")
  void exhaustiveSeesAll() {
    SimulationFailure found =
        failure(
            simulation().strategy(() -> Strategy.exhaustive(2)).build(),
            SimulatedRuntimeTest::twoLocks);
    assertThat(found.kind()).isEqualTo(Kind.DEADLOCK);
    Set<List<Integer>> orders = new HashSet<>();
    SimulatedRuntime.Search search =
        simulation()
            .workers(1)
            .seeds(100_000)
            .strategy(() -> Strategy.exhaustive(0))
            .build()
            .run(runtime -> {
              List<Integer> order = new ArrayList<>();
              List<Thread> threads = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                int number = i;
                threads.add(Thread.startVirtualThread(() -> order.add(number)));
              }
              for (Thread each : threads) {
                each.join();
              }
              orders.add(order);
            });
    assertThat(search.exhausted()).isTrue();
    assertThat(orders).hasSize(6);
  }
}
