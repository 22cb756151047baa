// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunQueueTest {

  /** A task that is known by its number. */
  private record Numbered(int id) implements Runnable {
    @Override
    public void run() {}
  }

  @Test
  void isFullAtItsCapacityAndFirstInFirstOut() {
    RunQueue queue = filled(RunQueue.CAPACITY);
    assertThat(queue.offer(new Numbered(-1))).isFalse();
    assertThat(queue.size()).isEqualTo(RunQueue.CAPACITY);
    assertThat(pollAll(queue)).isEqualTo(ids(0, RunQueue.CAPACITY));
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll()).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 7, 8, 255, 256})
  void aThiefTakesTheOlderHalfRoundedUp(int size) {
    RunQueue victim = filled(size);
    RunQueue thief = new RunQueue();
    int taken = size - size / 2;
    List<Integer> stolen = new ArrayList<>();
    if (victim.stealHalfInto(thief) instanceof Numbered first) {
      stolen.add(first.id());
    }
    stolen.addAll(pollAll(thief));
    assertThat(stolen).isEqualTo(ids(0, taken));
    assertThat(pollAll(victim)).isEqualTo(ids(taken, size));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 127})
  void aThiefTakesNoMoreThanItHasRoomFor(int room) {
    RunQueue victim = filled(RunQueue.CAPACITY);
    RunQueue thief = filled(RunQueue.CAPACITY - room);
    assertThat(victim.stealHalfInto(thief)).isEqualTo(new Numbered(0));
    assertThat(thief.size()).isEqualTo(RunQueue.CAPACITY);
    assertThat(victim.size()).isEqualTo(RunQueue.CAPACITY - room - 1);
    List<Integer> held = pollAll(thief);
    assertThat(held.subList(RunQueue.CAPACITY - room, held.size())).isEqualTo(ids(1, room + 1));
  }

  @Test
  void aQueueDoesNotStealFromItself() {
    RunQueue queue = filled(2);
    assertThatThrownBy(() -> queue.stealHalfInto(queue))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(queue.size()).isEqualTo(2);
  }

  @Test
  void givesTheOlderHalfRoundedUp() {
    RunQueue queue = filled(7);
    assertThat(idsOf(queue.takeHalf())).isEqualTo(ids(0, 4));
    assertThat(idsOf(queue.takeHalf())).isEqualTo(ids(4, 6));
    assertThat(idsOf(queue.takeHalf())).isEqualTo(ids(6, 7));
    assertHoldsNothing(queue);
    assertThat(queue.takeHalf()).isEmpty();
  }

  @Test
  void takesABatchBehindTheOthersOrNothingOfIt() {
    RunQueue queue = filled(3);
    Runnable[] batch = filled(RunQueue.CAPACITY).takeHalf();
    assertThat(queue.offerAll(batch, 1)).isTrue();
    List<Integer> expected = new ArrayList<>(ids(0, 3));
    expected.addAll(ids(1, 128));
    assertThat(queue.size()).isEqualTo(130);
    assertThat(queue.offerAll(batch, 1)).isFalse();
    assertThat(queue.offerAll(batch, 2)).isTrue();
    expected.addAll(ids(2, 128));
    assertThat(queue.size()).isEqualTo(RunQueue.CAPACITY);
    assertThat(queue.offerAll(batch, 127)).isFalse();
    assertThat(pollAll(queue)).isEqualTo(expected);
    assertHoldsNothing(queue);
  }

  private static List<Integer> idsOf(Runnable[] tasks) {
    return Arrays.stream(tasks).map(task -> ((Numbered) task).id()).toList();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void twoQueuesBehaveLikeTwoDeques(long seed) {
    Random random = new Random(seed);
    List<RunQueue> queues = List.of(new RunQueue(), new RunQueue());
    List<ArrayDeque<Runnable>> models = List.of(new ArrayDeque<>(), new ArrayDeque<>());
    for (int step = 0; step < 200_000; step++) {
      int one = random.nextInt(2);
      RunQueue queue = queues.get(one);
      ArrayDeque<Runnable> model = models.get(one);
      int phase = step / 2_000 % 3; // Filling, emptying, level.
      switch (random.nextInt(100)) {
        case 0 -> {
          ArrayDeque<Runnable> thief = models.get(1 - one);
          int half = model.size() - model.size() / 2;
          int kept = Math.min(half - 1, RunQueue.CAPACITY - thief.size());
          assertThat(queue.stealHalfInto(queues.get(1 - one))).isSameAs(model.poll());
          for (int i = 0; i < kept; i++) {
            thief.add(model.remove());
          }
        }
        case 1 -> {
          int half = model.size() - model.size() / 2;
          Runnable[] taken = queue.takeHalf();
          assertThat(taken).hasSize(half);
          for (Runnable task : taken) {
            assertThat(task).isSameAs(model.remove());
          }
        }
        case 2 -> queue.clearStale();
        default -> {
          if (random.nextInt(10) < (phase == 0 ? 8 : phase == 1 ? 2 : 5)) {
            Runnable task = new Numbered(step);
            assertThat(queue.offer(task)).isEqualTo(model.size() < RunQueue.CAPACITY);
            if (model.size() < RunQueue.CAPACITY) {
              model.add(task);
            }
          } else {
            assertThat(queue.poll()).isSameAs(model.poll());
          }
        }
      }
      assertThat(queue.size()).isEqualTo(model.size());
      assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
    }
  }

  @Test
  void nothingIsLostAndNothingRunsTwiceUnderStealing() throws Exception {
    int total = 2_000_000;
    int thieves = 3;
    AtomicIntegerArray runs = new AtomicIntegerArray(total);
    AtomicInteger done = new AtomicInteger();
    List<RunQueue> queues =
        IntStream.rangeClosed(0, thieves).mapToObj(i -> new RunQueue()).toList();
    CyclicBarrier start = new CyclicBarrier(thieves + 1);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> futures = new ArrayList<>();
      futures.add(
          threads.submit(() -> {
            start.await();
            RunQueue own = queues.get(0);
            Random random = new Random(1);
            for (int next = 0; next < total; ) {
              int burst = 1 + random.nextInt(300);
              while (burst-- > 0 && next < total && own.offer(new Numbered(next))) {
                next++;
              }
              switch (random.nextInt(4)) {
                case 0 -> {
                  for (Runnable task : own.takeHalf()) {
                    ran(task, runs, done);
                  }
                }
                case 1 -> {}
                default -> {
                  for (int i = random.nextInt(50); i > 0; i--) {
                    ran(own.poll(), runs, done);
                  }
                }
              }
            }
            while (!own.isEmpty()) {
              ran(own.poll(), runs, done);
            }
            assertThat(own.poll()).isNull();
            assertHoldsNothing(own);
            return null;
          }));
      for (int thief = 1; thief <= thieves; thief++) {
        int me = thief;
        futures.add(
            threads.submit(() -> {
              start.await();
              RunQueue own = queues.get(me);
              Random random = new Random(me);
              while (done.get() < total) {
                // From the producer, and from one another.
                RunQueue victim = queues.get(random.nextInt(queues.size()));
                if (victim != own) {
                  ran(victim.stealHalfInto(own), runs, done);
                }
                for (int i = random.nextInt(100); i > 0; i--) {
                  ran(own.poll(), runs, done);
                }
              }
              assertThat(own.poll()).isNull();
              assertHoldsNothing(own);
              return null;
            }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
    assertThat(done).hasValue(total);
    assertThat(IntStream.range(0, total).filter(id -> runs.get(id) != 1)).isEmpty();
  }

  /**
   * The same object again and again: no consumer may tell by identity whether a slot is its own.
   */
  @Test
  void oneTaskPushedManyTimesIsTakenAsOften() throws Exception {
    int total = 1_000_000;
    Runnable task = () -> {};
    AtomicInteger taken = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    RunQueue queue = new RunQueue();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> futures = new ArrayList<>();
      for (int thief = 0; thief < 2; thief++) {
        futures.add(
            threads.submit(() -> {
              RunQueue own = new RunQueue();
              while (!over.get() || !queue.isEmpty()) {
                Runnable stolen = queue.stealHalfInto(own);
                if (stolen == null) {
                  Thread.yield(); // The producer may be waiting for this very core.
                }
                while (stolen != null) {
                  assertThat(stolen).isSameAs(task);
                  taken.getAndIncrement();
                  stolen = own.poll();
                }
              }
              return null;
            }));
      }
      for (int pushed = 0; pushed < total; ) {
        if (queue.offer(task)) {
          pushed++;
        } else if (queue.poll() != null) {
          taken.getAndIncrement();
        }
      }
      over.set(true);
      for (Future<?> future : futures) {
        future.get();
      }
    }
    assertThat(taken).hasValue(total);
  }

  @Test
  void eachConsumerSeesTheProducersOrder() throws Exception {
    int total = 1_000_000;
    AtomicInteger taken = new AtomicInteger();
    RunQueue queue = new RunQueue();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> futures = new ArrayList<>();
      for (int thief = 0; thief < 3; thief++) {
        futures.add(
            threads.submit(() -> {
              RunQueue own = new RunQueue();
              int last = -1;
              while (taken.get() < total) {
                Runnable stolen = queue.stealHalfInto(own);
                if (stolen == null) {
                  Thread.yield(); // The producer may be waiting for this very core.
                }
                int batch = 0;
                int before = 0;
                while (stolen != null) {
                  int id = ((Numbered) stolen).id();
                  assertThat(id).isGreaterThan(last);
                  if (batch++ > 0) {
                    assertThat(id).isEqualTo(before + 1);
                  }
                  before = id;
                  last = id;
                  taken.getAndIncrement();
                  stolen = own.poll();
                }
              }
              return null;
            }));
      }
      int last = -1;
      for (int next = 0; next < total; ) {
        if (queue.offer(new Numbered(next))) {
          next++;
        } else if (queue.poll() instanceof Numbered own) {
          assertThat(own.id()).isGreaterThan(last);
          last = own.id();
          taken.getAndIncrement();
        }
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
  }

  @Test
  void whatWasTakenCanBeCollected() {
    RunQueue victim = new RunQueue();
    RunQueue thief = new RunQueue();
    List<WeakReference<Runnable>> tasks = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Runnable task = new Numbered(i);
      tasks.add(new WeakReference<>(task));
      victim.offer(task);
    }
    victim.stealHalfInto(thief);
    victim.takeHalf();
    while (victim.poll() != null || thief.poll() != null) {}
    assertCollected(tasks);
    assertHoldsNothing(victim);
    assertHoldsNothing(thief);
  }

  private enum Taker {
    POLLS,
    DRAINS,
    STEALS
  }

  /**
   * Two consumers at once, a thief and another: each task is taken by one of them. And a thief that
   * copied tasks and then found them taken does not keep its copies.
   */
  @ParameterizedTest
  @EnumSource
  void twoConsumersShareTheTasks(Taker taker) throws Exception {
    RunQueue victim = new RunQueue();
    Duel.run(
        200_000,
        new Duel() {
          int tasks;
          int pauses;
          RunQueue one;
          RunQueue two;
          int[] takenByOne;
          int[] takenByTwo;

          @Override
          public void prepare(int round) {
            // All sizes, and all small differences between the two starts.
            tasks = round % 3 == 0 ? 1 + round % 61 : 1 + round % 5;
            pauses = round % 7;
            one = new RunQueue();
            two = new RunQueue();
            takenByOne = new int[tasks];
            takenByTwo = new int[tasks];
            for (int i = 0; i < tasks; i++) {
              assertThat(victim.offer(new Numbered(i))).isTrue();
            }
          }

          @Override
          public void first() {
            for (int i = 0; i < pauses; i++) {
              Thread.onSpinWait();
            }
            switch (taker) {
              case POLLS -> takeAll(victim, victim.poll(), takenByOne);
              case DRAINS -> {
                for (Runnable task : victim.takeHalf()) {
                  takenByOne[((Numbered) task).id()]++;
                }
              }
              case STEALS -> takeAll(one, victim.stealHalfInto(one), takenByOne);
            }
          }

          @Override
          public void second() {
            takeAll(two, victim.stealHalfInto(two), takenByTwo);
          }

          @Override
          public void check(int round) {
            takeAll(victim, victim.poll(), takenByOne);
            int[] taken = new int[tasks];
            Arrays.setAll(taken, id -> takenByOne[id] + takenByTwo[id]);
            assertThat(taken).as("round %d", round).containsOnly(1);
            assertHoldsNothing(one);
            assertHoldsNothing(two);
            assertHoldsNothing(victim);
          }
        });
  }

  private static void takeAll(RunQueue queue, Runnable first, int[] taken) {
    for (Runnable task = first; task != null; task = queue.poll()) {
      taken[((Numbered) task).id()]++;
    }
  }

  @Test
  void whatThievesTookIsDroppedByAnOwnerThatOnlyPushes() {
    RunQueue victim = new RunQueue();
    RunQueue thief = new RunQueue();
    Runnable task = new Numbered(0);
    List<WeakReference<Runnable>> tasks = List.of(new WeakReference<>(task));
    victim.offer(task);
    task = null;
    assertThat(victim.stealHalfInto(thief)).isNotNull();
    for (int i = 0; i < RunQueue.CAPACITY; i++) {
      assertThat(victim.offer(new Numbered(i))).isTrue();
    }
    assertCollected(tasks);
  }

  @Test
  void clearStaleDropsWhatThievesTook() {
    RunQueue victim = filled(1);
    assertThat(victim.stealHalfInto(new RunQueue())).isNotNull();
    victim.clearStale();
    assertHoldsNothing(victim);
  }

  private static void ran(Runnable task, AtomicIntegerArray runs, AtomicInteger done) {
    if (task != null) {
      runs.getAndIncrement(((Numbered) task).id());
      done.getAndIncrement();
    }
  }

  private static RunQueue filled(int size) {
    RunQueue queue = new RunQueue();
    for (int i = 0; i < size; i++) {
      assertThat(queue.offer(new Numbered(i))).isTrue();
    }
    return queue;
  }

  private static List<Integer> pollAll(RunQueue queue) {
    List<Integer> ids = new ArrayList<>();
    for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
      ids.add(((Numbered) task).id());
    }
    return ids;
  }

  private static List<Integer> ids(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  private static void assertHoldsNothing(RunQueue queue) {
    try {
      Field slots = RunQueue.class.getDeclaredField("slots");
      slots.setAccessible(true);
      assertThat((Object[]) slots.get(queue)).containsOnlyNulls();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertCollected(List<WeakReference<Runnable>> tasks) {
    for (int i = 0; i < 20 && tasks.stream().anyMatch(task -> task.get() != null); i++) {
      System.gc();
    }
    assertThat(tasks).allMatch(task -> task.get() == null);
  }
}
