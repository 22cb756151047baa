// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TimerHeapTest {

  private static final long NONE = Long.MAX_VALUE;

  private final List<Throwable> errors = new ArrayList<>();
  private final TimerHeap heap = new TimerHeap(errors::add);

  @AfterEach
  void everyErrorWasExpected() {
    assertThat(errors).isEmpty();
  }

  /** The key of the model: the order in which timers are to fire, by distance from the base. */
  private record Key(long offset, int age) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      return Comparator.comparingLong(Key::offset).thenComparingInt(Key::age).compare(this, other);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0",
    "2, -9223372036854775808",
    "3, 9223372036854775000", // Deadlines overflow.
    "4, -500", // Deadlines change sign.
    "5, 123456789"
  })
  void firesInTheOrderOfATreeMap(long seed, long base) {
    Random random = new Random(seed);
    TreeMap<Key, Timer> model = new TreeMap<>();
    List<Key> fired = new ArrayList<>();
    long now = 0;
    for (int step = 0; step < 60_000; step++) {
      boolean filling = step / 5_000 % 2 == 0;
      int dice = random.nextInt(100);
      if (dice < (filling ? 60 : 20)) {
        Key key = new Key(now + random.nextInt(2_000), step);
        model.put(key, heap.schedule(() -> fired.add(key), base + key.offset()));
      } else if (dice < 75) {
        Key near = model.ceilingKey(new Key(now + random.nextInt(2_000), 0));
        if (near != null) {
          Timer timer = model.remove(near);
          assertThat(timer.cancel(random.nextBoolean())).isTrue();
          assertThat(timer.cancel(false)).isFalse();
          assertThat(timer.isCancelled()).isTrue();
        }
      } else {
        now += random.nextInt(20);
        int max = random.nextInt(5);
        List<Key> due = model.headMap(new Key(now, NONE_YET)).keySet().stream().limit(max).toList();
        fired.clear();
        assertThat(heap.fireDue(base + now, max)).isEqualTo(due.size());
        assertThat(fired).isEqualTo(due);
        for (Key key : due) {
          Timer timer = model.remove(key);
          assertThat(timer.isDone()).isTrue();
          assertThat(timer.cancel(true)).isFalse();
        }
      }
      assertThat(heap.pending()).isEqualTo(model.size());
      assertThat(heap.size()).isBetween(model.size(), 2 * model.size() + 66);
      if (model.isEmpty()) {
        continue;
      }
      long next = heap.nextDeadline();
      assertThat(next).isNotEqualTo(NONE);
      assertThat(next - (base + model.firstKey().offset())).isLessThanOrEqualTo(0);
    }
    heap.fireDue(base + now + 2_000, Integer.MAX_VALUE);
    assertThat(heap.size()).isZero();
    assertThat(heap.nextDeadline()).isEqualTo(NONE);
  }

  private static final int NONE_YET = Integer.MAX_VALUE;

  @Test
  void saysWhenTheNextTimerIsDue() {
    assertThat(heap.nextDeadline()).isEqualTo(NONE);
    assertThat(heap.isDue(Long.MIN_VALUE)).isFalse();
    Timer late = heap.schedule(() -> {}, 30);
    Timer early = heap.schedule(() -> {}, 10);
    heap.schedule(() -> {}, 20);
    assertThat(heap.nextDeadline()).isEqualTo(10);
    assertThat(heap.isDue(9)).isFalse();
    assertThat(heap.isDue(10)).isTrue();
    late.cancel(false);
    early.cancel(false);
    // Not later than the truth; and the look at the time costs the cancelled one its place.
    assertThat(heap.nextDeadline()).isEqualTo(10);
    assertThat(heap.fireDue(10, 1)).isZero();
    assertThat(heap.nextDeadline()).isEqualTo(20);
    assertThat(heap.fireDue(20, 1)).isEqualTo(1);
    assertThat(heap.pending()).isZero();
    assertThat(heap.fireDue(30, 1)).isZero();
    assertThat(heap.nextDeadline()).isEqualTo(NONE);
  }

  @Test
  void aDeadlineThatLooksLikeNoneFiresToo() {
    heap.schedule(() -> {}, Long.MAX_VALUE);
    assertThat(heap.nextDeadline()).isEqualTo(Long.MAX_VALUE - 1);
    assertThat(heap.fireDue(Long.MAX_VALUE - 1, 1)).isZero();
    assertThat(heap.fireDue(Long.MAX_VALUE, 1)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 5",
    "7, -5, 7",
    "100, 9223372036854775807, 4611686018427388003",
    "9223372036854775807, 1, -9223372036854775808"
  })
  void clampsDelays(long now, long delay, long deadline) {
    assertThat(TimerHeap.deadline(now, delay)).isEqualTo(deadline);
  }

  @Test
  void anOverdueTimerIsBeforeTheLongestDelay() {
    long now = Long.MAX_VALUE - 10;
    List<String> fired = new ArrayList<>();
    heap.schedule(() -> fired.add("never"), TimerHeap.deadline(now, Long.MAX_VALUE));
    heap.schedule(() -> fired.add("overdue"), now - TimeUnit.DAYS.toNanos(1000));
    assertThat(heap.fireDue(now, 10)).isEqualTo(1);
    assertThat(fired).containsExactly("overdue");
  }

  @Test
  void anActionThatThrowsDoesNotLoseTheOthers() {
    AtomicInteger fired = new AtomicInteger();
    Error error = new StackOverflowError();
    RuntimeException exception = new RuntimeException();
    for (int i = 0; i < 10; i++) {
      heap.schedule(fired::getAndIncrement, 1);
      heap.schedule(
          () -> {
            throw error;
          },
          1);
      heap.schedule(
          () -> {
            throw exception;
          },
          1);
    }
    assertThat(heap.fireDue(1, 100)).isEqualTo(30);
    assertThat(fired).hasValue(10);
    assertThat(errors).hasSize(20).contains(error, exception);
    errors.clear();
  }

  @Test
  void aHandlerThatThrowsDoesNotLoseTheOthers() {
    TimerHeap strict =
        new TimerHeap(e -> {
          throw (RuntimeException) e;
        });
    AtomicInteger fired = new AtomicInteger();
    RuntimeException exception = new RuntimeException();
    strict.schedule(
        () -> {
          throw exception;
        },
        1);
    strict.schedule(fired::getAndIncrement, 1);
    assertThatThrownBy(() -> strict.fireDue(1, 100)).isSameAs(exception);
    assertThat(strict.fireDue(1, 100)).isEqualTo(1);
    assertThat(fired).hasValue(1);
  }

  @Test
  void actionsMayUseTheHeapAndCancelEachOther() {
    List<String> fired = new ArrayList<>();
    Timer[] second = new Timer[1];
    heap.schedule(
        () -> {
          fired.add("first");
          assertThat(second[0].cancel(false)).isTrue();
          heap.schedule(() -> fired.add("third"), 1);
          heap.schedule(() -> fired.add("later"), 3);
          assertThat(heap.fireDue(1, 10)).isEqualTo(1);
        },
        1);
    second[0] = heap.schedule(() -> fired.add("second"), 1);
    assertThat(heap.fireDue(2, 10)).isEqualTo(1);
    assertThat(fired).containsExactly("first", "third");
    assertThat(heap.pending()).isEqualTo(1);
    assertThat(heap.size()).isEqualTo(1);
  }

  @Test
  void aTimerIsAFutureThatCannotBeWaitedFor() {
    Timer timer = heap.schedule(() -> {}, System.nanoTime() + TimeUnit.HOURS.toNanos(1));
    Timer other = heap.schedule(() -> {}, timer.deadline());
    assertThat(timer.getDelay(TimeUnit.MINUTES)).isBetween(58L, 60L);
    assertThat(timer.compareTo(other)).isNegative();
    assertThat(other.compareTo(timer)).isPositive();
    assertThat(timer.state()).isEqualTo(Future.State.RUNNING);
    assertThat(timer.isDone()).isFalse();
    assertThatThrownBy(timer::get).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> timer.get(1, TimeUnit.DAYS))
        .isInstanceOf(UnsupportedOperationException.class);
    timer.cancel(false);
    assertThat(timer.state()).isEqualTo(Future.State.CANCELLED);
    heap.fireDue(other.deadline(), 1);
    assertThat(other.state()).isEqualTo(Future.State.SUCCESS);
    assertThat(other.isCancelled()).isFalse();
  }

  @Test
  void cancellingDropsTheActionAndFiringToo() {
    List<Timer> timers = new ArrayList<>();
    List<WeakReference<Object>> captured = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Object object = new Object();
      captured.add(new WeakReference<>(object));
      timers.add(heap.schedule(() -> assertThat(object).isNotNull(), i < 10 ? 1 : 2));
    }
    heap.fireDue(1, 100);
    timers.forEach(timer -> timer.cancel(false));
    for (int i = 0; i < 20 && captured.stream().anyMatch(object -> object.get() != null); i++) {
      System.gc();
    }
    assertThat(captured).allMatch(object -> object.get() == null);
    assertThat(timers).hasSize(20);
  }

  @Test
  void aMillionTimersFireInOrder() {
    Random random = new Random(1);
    long[] last = {Long.MIN_VALUE, 0};
    int total = 1_000_000;
    for (int i = 0; i < total; i++) {
      long deadline = random.nextLong() >> 2;
      heap.schedule(
          () -> {
            last[1] += deadline < last[0] ? 1 : 0;
            last[0] = deadline;
          },
          deadline);
    }
    assertThat(heap.size()).isEqualTo(total);
    assertThat(heap.fireDue(Long.MAX_VALUE >> 1, Integer.MAX_VALUE)).isEqualTo(total);
    assertThat(last[1]).isZero();
    assertThat(heap.size()).isZero();
  }

  @Test
  void tenMillionCancelledTimersLeaveNoWaste() {
    int most = 0;
    for (int i = 0; i < 10_000_000; i++) {
      heap.schedule(this::everyErrorWasExpected, i).cancel(false);
      most = Math.max(most, heap.size());
    }
    assertThat(most).isLessThanOrEqualTo(66);
    assertThat(heap.pending()).isZero();
  }

  @Test
  void cancellationsAloneShrinkTheHeap() {
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      timers.add(heap.schedule(() -> {}, i * 7919L % 100_003));
    }
    for (int i = 0; i < timers.size(); i++) {
      timers.get(i).cancel(false);
      assertThat(heap.size()).isLessThanOrEqualTo(2 * (timers.size() - i - 1) + 66);
    }
    assertThat(heap.pending()).isZero();
  }

  @Test
  void compactionMakesTheNextDeadlineTrueAgain() {
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      timers.add(heap.schedule(() -> {}, i));
    }
    timers.subList(0, 101).forEach(timer -> timer.cancel(false));
    assertThat(heap.size()).isEqualTo(99);
    assertThat(heap.nextDeadline()).isEqualTo(101);
  }

  @Test
  void exactlyOneOfFireAndCancelWins() throws Exception {
    int rounds = 300;
    int timersPerRound = 2_000;
    AtomicInteger cancelled = new AtomicInteger();
    AtomicInteger fired = new AtomicInteger();
    CyclicBarrier barrier = new CyclicBarrier(3);
    Timer[] timers = new Timer[timersPerRound];
    AtomicIntegerArray outcomes = new AtomicIntegerArray(timersPerRound);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> futures = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        int me = thread;
        futures.add(
            threads.submit(() -> {
              for (int round = 0; round < rounds; round++) {
                barrier.await();
                // Two cancellers, from both ends, against one who fires in the middle.
                for (int i = 0; i < timersPerRound; i++) {
                  int index = me == 0 ? i : timersPerRound - 1 - i;
                  if (timers[index].cancel(false)) {
                    outcomes.getAndIncrement(index);
                    cancelled.getAndIncrement();
                  }
                }
                barrier.await();
              }
              return null;
            }));
      }
      for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < timersPerRound; i++) {
          int index = i;
          timers[i] =
              heap.schedule(
                  () -> {
                    outcomes.getAndIncrement(index);
                    fired.getAndIncrement();
                  },
                  i * 7919 % timersPerRound);
          outcomes.set(i, 0);
        }
        barrier.await();
        while (heap.pending() > 0) {
          heap.fireDue(timersPerRound, 10);
        }
        barrier.await();
        assertThat(IntStream.range(0, timersPerRound).filter(i -> outcomes.get(i) != 1)).isEmpty();
        // The rest are cancelled ones. The books are balanced when they are gone.
        heap.fireDue(timersPerRound, 1);
        assertThat(heap.size()).isZero();
        assertThat(heap.nextDeadline()).isEqualTo(NONE);
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
    assertThat(fired.get() + cancelled.get()).isEqualTo(rounds * timersPerRound);
    // Otherwise there was no race.
    assertThat(fired.get()).isPositive();
    assertThat(cancelled.get()).isPositive();
    Timer probe = heap.schedule(() -> {}, 0);
    assertThat(heap.pending()).isEqualTo(1);
    probe.cancel(false);
    assertThat(heap.pending()).isZero();
  }

  /** Closer than above: often, the cancellation falls between the removal and the start. */
  @Test
  void theBooksBalanceWhenATimerIsCancelledAsItFires() throws Exception {
    Duel.run(
        500_000,
        new Duel() {
          int fired;
          boolean cancelled;
          Timer timer;

          @Override
          public void prepare(int round) {
            fired = 0;
            timer = heap.schedule(() -> fired++, round);
          }

          @Override
          public void first() {
            heap.fireDue(Integer.MAX_VALUE, 1);
          }

          @Override
          public void second() {
            cancelled = timer.cancel(false);
          }

          @Override
          public void check(int round) {
            assertThat(fired).isEqualTo(cancelled ? 0 : 1);
            assertThat(heap.size()).isZero();
          }
        });
    heap.schedule(() -> {}, 0);
    assertThat(heap.pending()).isEqualTo(1);
  }

  @Test
  void manyThreadsScheduleCancelAndFire() throws Exception {
    int perThread = 200_000;
    AtomicInteger fired = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    for (int thread = 0; thread < 4; thread++) {
      Random random = new Random(thread);
      // Virtual ones too: they spin, but never hold the lock for long.
      Thread.Builder builder = thread == 3 ? Thread.ofVirtual() : Thread.ofPlatform();
      threads.add(
          builder
              .uncaughtExceptionHandler((t, e) -> failures.add(e))
              .start(() -> {
                for (int i = 0; i < perThread; i++) {
                  Timer timer = heap.schedule(fired::getAndIncrement, random.nextInt(perThread));
                  int dice = random.nextInt(4);
                  if (dice == 0) {
                    heap.fireDue(i, 5);
                  } else if (dice < 3 && timer.cancel(false)) {
                    cancelled.getAndIncrement();
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    heap.fireDue(perThread, Integer.MAX_VALUE);
    assertThat(failures).isEmpty();
    assertThat(fired.get() + cancelled.get()).isEqualTo(4 * perThread);
    assertThat(heap.size()).isZero();
    assertThat(heap.nextDeadline()).isEqualTo(NONE);
  }
}
