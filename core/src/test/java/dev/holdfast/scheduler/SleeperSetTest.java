// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SleeperSetTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 128, 2048})
  void everyWorkerCanBeClaimedOnce(int capacity) {
    SleeperSet set = new SleeperSet(capacity);
    IntStream.range(0, capacity).forEach(set::announce);
    assertThat(set.sleeping()).isEqualTo(capacity);
    TreeSet<Integer> claimed = new TreeSet<>();
    for (int i = 0; i < capacity; i++) {
      assertThat(claimed.add(set.wakeAny())).isTrue();
      assertThat(set.searching()).isEqualTo(i + 1);
    }
    assertThat(claimed.first()).isZero();
    assertThat(claimed.last()).isEqualTo(capacity - 1);
    assertThat(set.wakeAny()).isEqualTo(-1);
    assertThat(set.searching()).isEqualTo(capacity);
    assertThat(set.anySleeping()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 2049})
  void refusesCapacities(int capacity) {
    assertThatThrownBy(() -> new SleeperSet(capacity))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("" + capacity);
  }

  @Test
  void refusesWrongUse() {
    SleeperSet set = new SleeperSet(3);
    assertThatThrownBy(() -> set.announce(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> set.retract(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(set::stopSearching).isInstanceOf(IllegalStateException.class);
    assertThat(set.searching()).isZero();
    set.announce(1);
    assertThatThrownBy(() -> set.announce(1)).isInstanceOf(IllegalStateException.class);
    assertThat(set.sleeping()).isEqualTo(1);
    assertThat(set.retract(1)).isTrue();
    assertThat(set.retract(1)).isFalse();
  }

  @Test
  void oneSearcherIsEnough() {
    SleeperSet set = new SleeperSet(4);
    IntStream.range(0, 4).forEach(set::announce);
    assertThat(set.wakeOne()).isZero();
    assertThat(set.wakeOne()).isEqualTo(-1);
    assertThat(set.retract(0)).isFalse();
    assertThat(set.stopSearching()).isTrue();
    assertThat(set.wakeOne()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,63", "3,64", "4,65", "5,300"})
  void behavesLikeASetAndACounter(long seed, int capacity) {
    Random random = new Random(seed);
    SleeperSet set = new SleeperSet(capacity);
    TreeSet<Integer> sleepers = new TreeSet<>();
    int searching = 0;
    for (int step = 0; step < 100_000; step++) {
      int worker = random.nextInt(capacity);
      switch (random.nextInt(6)) {
        case 0 -> {
          if (sleepers.add(worker)) {
            set.announce(worker);
          }
        }
        case 1 -> assertThat(set.retract(worker)).isEqualTo(sleepers.remove(worker));
        case 2 -> {
          boolean wakes = searching == 0 && !sleepers.isEmpty();
          assertThat(set.wakeOne()).isEqualTo(wakes ? sleepers.pollFirst() : -1);
          searching += wakes ? 1 : 0;
        }
        case 3 -> {
          boolean wakes = !sleepers.isEmpty();
          assertThat(set.wakeAny()).isEqualTo(wakes ? sleepers.pollFirst() : -1);
          searching += wakes ? 1 : 0;
        }
        case 4 -> {
          int limit = 1 + random.nextInt(3);
          assertThat(set.tryStartSearching(limit)).isEqualTo(searching < limit);
          searching += searching < limit ? 1 : 0;
        }
        default -> {
          if (searching > 0) {
            assertThat(set.stopSearching()).isEqualTo(searching == 1);
            searching--;
          }
        }
      }
      assertThat(set.sleeping()).isEqualTo(sleepers.size());
      assertThat(set.anySleeping()).isEqualTo(!sleepers.isEmpty());
      assertThat(set.searching()).isEqualTo(searching);
    }
  }

  @Test
  void racingWakersClaimEverySleeperOnceAndPushersNoHerd() throws Exception {
    int capacity = 130;
    int rounds = 2_000;
    SleeperSet set = new SleeperSet(capacity);
    AtomicIntegerArray claims = new AtomicIntegerArray(capacity);
    AtomicIntegerArray byPushers = new AtomicIntegerArray(rounds);
    CyclicBarrier barrier = new CyclicBarrier(3);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> futures = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        int me = thread;
        futures.add(
            threads.submit(() -> {
              for (int round = 0; round < rounds; round++) {
                if (me == 0) {
                  IntStream.range(0, capacity).forEach(set::announce);
                }
                barrier.await();
                // Everybody pushes: one is woken, whoever does it.
                if (set.wakeOne() >= 0) {
                  byPushers.getAndIncrement(round);
                }
                barrier.await();
                if (me == 0) {
                  assertThat(set.stopSearching()).isTrue();
                  assertThat(set.sleeping()).isEqualTo(capacity - 1);
                }
                barrier.await();
                for (int worker = set.wakeAny(); worker >= 0; worker = set.wakeAny()) {
                  claims.getAndIncrement(worker);
                  set.stopSearching();
                }
                barrier.await();
                if (me == 0) {
                  assertThat(set.sleeping()).isZero();
                  assertThat(set.searching()).isZero();
                }
              }
              return null;
            }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
    assertThat(IntStream.range(0, rounds).filter(round -> byPushers.get(round) != 1)).isEmpty();
    assertThat(IntStream.range(0, capacity).map(claims::get).sum())
        .isEqualTo(rounds * (capacity - 1));
    assertThat(claims.get(capacity - 1)).isEqualTo(rounds);
  }

  @Test
  void aPushAndAnAnnouncementCannotMissEachOther() throws Exception {
    Duel.run(
        200_000,
        new Duel() {
          RunQueue queue;
          SleeperSet set;
          boolean pusherSawSleeper;
          boolean sleeperSawTask;

          @Override
          public void prepare(int round) {
            queue = new RunQueue();
            set = new SleeperSet(1);
          }

          @Override
          public void first() {
            queue.offer(this::first);
            pusherSawSleeper = set.anySleeping();
          }

          @Override
          public void second() {
            set.announce(0);
            sleeperSawTask = !queue.isEmpty();
          }

          @Override
          public void check(int round) {
            assertThat(pusherSawSleeper || sleeperSawTask).as("round %d", round).isTrue();
          }
        });
  }

  /**
   * One pusher finds nobody, because worker 0 changes its mind. Meanwhile worker 1 falls asleep and
   * another pusher relies on the first: that one must look again.
   */
  @Test
  void aWakerThatFoundNobodyLooksAgainForThoseWhoReliedOnIt() throws Exception {
    Duel.run(
        300_000,
        new Duel() {
          final SleeperSet set = new SleeperSet(SleeperSet.MAX_CAPACITY);
          boolean retracted;
          int here;
          int there;

          @Override
          public void prepare(int round) {
            set.announce(0);
          }

          @Override
          public void first() {
            retracted = set.retract(0);
            set.announce(1);
            here = set.wakeOne();
          }

          @Override
          public void second() {
            there = set.wakeOne();
          }

          @Override
          public void check(int round) {
            // Either worker 0 was woken, and searches, or worker 1 was.
            assertThat(retracted).as("round %d", round).isEqualTo(there != 0);
            assertThat(set.searching()).as("round %d", round).isEqualTo(1);
            assertThat(retracted).as("round %d", round).isEqualTo(here == 1 || there == 1);
            assertThat(set.stopSearching()).isTrue();
            assertThat(set.retract(1)).isEqualTo(!retracted);
            assertThat(set.anySleeping()).isFalse();
          }
        });
  }

  /** One who sleeps is found, even while the count lags behind for another. */
  @Test
  void aSleeperIsNotHiddenByAnotherThatIsJustAnnouncingItself() throws Exception {
    Duel.run(
        300_000,
        new Duel() {
          final SleeperSet set = new SleeperSet(2);
          int one;
          int two;

          @Override
          public void prepare(int round) {
            set.announce(1);
          }

          @Override
          public void first() {
            set.announce(0);
          }

          @Override
          public void second() {
            one = set.wakeAny();
            two = set.wakeAny();
          }

          @Override
          public void check(int round) {
            assertThat(one == 1 || two == 1).as("round %d", round).isTrue();
            while (set.wakeAny() >= 0) {}
            while (!set.stopSearching()) {}
            assertThat(set.anySleeping()).isFalse();
          }
        });
  }

  /**
   * Tasks trickle in from outside, one or few at a time and each time into a pool that is just
   * falling asleep. A lost wake-up leaves a task, for which the pusher waits in vain.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void noTaskWaitsBesideASleeper(int pushers) throws Exception {
    int rounds = 30_000;
    Pool pool = new Pool(4);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> futures = new ArrayList<>();
      for (int pusher = 0; pusher < pushers; pusher++) {
        Random random = new Random(pusher);
        futures.add(
            threads.submit(() -> {
              Semaphore done = new Semaphore(0);
              for (int round = 0; round < rounds / pushers; round++) {
                int count = 1 + random.nextInt(3);
                int children = random.nextInt(3);
                for (int i = 0; i < count; i++) {
                  pool.submit(() -> {
                    for (int child = 0; child < children; child++) {
                      pool.fork(done::release);
                    }
                    done.release();
                  });
                  if (random.nextInt(4) == 0) {
                    Thread.onSpinWait();
                  }
                }
                assertThat(done.tryAcquire(count * (children + 1), 5, TimeUnit.SECONDS))
                    .as("round %d of %s, %s", round, Thread.currentThread(), pool)
                    .isTrue();
              }
              return null;
            }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      pool.close();
    }
    assertThat(pool.set.searching()).isZero();
    assertThat(pool.set.sleeping()).isZero();
  }

  /** The smallest pool that uses the set and the queues in the way that their comments ask for. */
  private static final class Pool {
    final SleeperSet set;
    final List<RunQueue> queues;
    final ConcurrentLinkedQueue<Runnable> global = new ConcurrentLinkedQueue<>();
    final List<Thread> workers = new ArrayList<>();
    final ThreadLocal<RunQueue> own = new ThreadLocal<>();
    volatile boolean closed;

    Pool(int size) {
      set = new SleeperSet(size);
      queues = IntStream.range(0, size).mapToObj(i -> new RunQueue()).toList();
      for (int i = 0; i < size; i++) {
        int me = i;
        workers.add(Thread.ofPlatform().daemon().unstarted(() -> work(me)));
      }
      workers.forEach(Thread::start);
    }

    void submit(Runnable task) {
      global.add(task);
      wake(set.wakeOne());
    }

    /** From inside a task. */
    void fork(Runnable task) {
      if (own.get().offer(task)) {
        wake(set.wakeOne());
      } else {
        submit(task);
      }
    }

    void wake(int worker) {
      if (worker >= 0) {
        LockSupport.unpark(workers.get(worker));
      }
    }

    void work(int me) {
      own.set(queues.get(me));
      Random random = new Random(me);
      boolean searching = false;
      while (!closed) {
        Runnable task = queues.get(me).poll();
        if (task == null) {
          task = global.poll();
        }
        if (task == null && !searching) {
          searching = set.tryStartSearching(queues.size() / 2);
        }
        if (task == null && searching) {
          int from = random.nextInt(queues.size());
          for (int i = 0; i < queues.size() && task == null; i++) {
            int victim = (from + i) % queues.size();
            if (victim != me) {
              task = queues.get(victim).stealHalfInto(queues.get(me));
            }
          }
        }
        if (task != null) {
          if (searching && set.stopSearching()) {
            wake(set.wakeOne());
          }
          searching = false;
          task.run();
          continue;
        }
        set.announce(me);
        boolean check = !searching || set.stopSearching();
        if (!check || !(closed || hasWork())) {
          LockSupport.park(this);
        }
        searching = !set.retract(me);
      }
      if (searching) {
        set.stopSearching();
      }
    }

    boolean hasWork() {
      return !global.isEmpty() || queues.stream().anyMatch(queue -> !queue.isEmpty());
    }

    void close() throws InterruptedException {
      closed = true;
      for (int worker = set.wakeAny(); worker >= 0; worker = set.wakeAny()) {
        wake(worker);
      }
      for (Thread worker : workers) {
        // A searcher that was not the last did not look at `closed` after its announcement.
        LockSupport.unpark(worker);
        worker.join();
      }
    }

    @Override
    public String toString() {
      return set + " " + queues + " global=" + global.size();
    }
  }
}
