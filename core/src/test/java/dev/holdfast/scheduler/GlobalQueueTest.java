// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class GlobalQueueTest {

  private final GlobalQueue queue = new GlobalQueue(2);
  private final List<Runnable> rest = new ArrayList<>();

  private void keep(Runnable[] batch, int from) {
    rest.addAll(List.of(batch).subList(from, batch.length));
  }

  private static Runnable task(int id) {
    return new Runnable() {
      @Override
      public void run() {}

      @Override
      public String toString() {
        return "task " + id;
      }
    };
  }

  @Test
  void anEmptyQueueHasNothing() {
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll(this::keep)).isNull();
    queue.addAll(new Runnable[0]);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll(this::keep)).isNull();
    assertThat(rest).isEmpty();
  }

  @Test
  void tasksOfOneThreadAreTakenInOrderAndABatchAsAWhole() {
    List<Runnable> tasks = List.of(task(0), task(1), task(2), task(3), task(4));
    queue.add(tasks.get(0), 7);
    queue.addAll(new Runnable[] {tasks.get(1), tasks.get(2), tasks.get(3)});
    queue.add(tasks.get(4), 7);

    assertThat(queue.poll(this::keep)).isSameAs(tasks.get(1));
    assertThat(rest).containsExactly(tasks.get(2), tasks.get(3));
    assertThat(queue.poll(this::keep)).isSameAs(tasks.get(0));
    assertThat(queue.isEmpty()).isFalse();
    assertThat(queue.poll(this::keep)).isSameAs(tasks.get(4));
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll(this::keep)).isNull();
    assertThat(rest).hasSize(2);
  }

  @Test
  @DisplayName("from outside no more are taken at once than the worker wants, the oldest first")
  void noMoreAreTakenThanTheWorkerWants() {
    List<Runnable> tasks = IntStream.range(0, 10).mapToObj(GlobalQueueTest::task).toList();
    tasks.forEach(each -> queue.add(each, 0));
    RunQueue own = new RunQueue();
    List<Runnable> taken = new ArrayList<>();
    for (int most : new int[] {1, 3, 20}) {
      int before = taken.size();
      taken.add(queue.take(own, most, 1, this::keep));
      for (Runnable more = own.poll(); more != null; more = own.poll()) {
        taken.add(more);
      }
      assertThat(taken.size() - before).isEqualTo(Math.min(most, tasks.size() - before));
    }
    assertThat(taken).isEqualTo(tasks);
  }

  @Test
  @Tag("S58")
  @DisplayName("S58: neither batches nor single tasks keep a worker from the others")
  void theTwoKindsAreTakenInTurn() {
    RunQueue own = new RunQueue();
    Runnable single = task(0);
    Runnable batched = task(1);
    for (int turn = 0; turn < 2; turn++) {
      queue.add(single, 7);
      queue.addAll(new Runnable[] {batched});
      Runnable first = queue.take(own, RunQueue.CAPACITY, turn, this::keep);
      assertThat(first).isSameAs(turn == 0 ? batched : single);
      assertThat(queue.take(own, RunQueue.CAPACITY, turn, this::keep))
          .isNotSameAs(first)
          .isNotNull();
      assertThat(queue.isEmpty()).isTrue();
    }
  }

  @Test
  void aWorkerTakesAsManyAsItHasRoomForAndKeepsTheOrder() {
    RunQueue own = new RunQueue();
    for (int i = 0; i < RunQueue.CAPACITY / 2; i++) {
      own.offer(task(-1));
    }
    List<Runnable> tasks = IntStream.range(0, 200).mapToObj(GlobalQueueTest::task).toList();
    tasks.forEach(each -> queue.add(each, 7));
    List<Runnable> taken = new ArrayList<>();
    taken.add(queue.take(own, RunQueue.CAPACITY, 1, this::keep));
    assertThat(own.size()).isEqualTo(RunQueue.CAPACITY);
    drain(own, taken);
    taken.add(queue.take(own, RunQueue.CAPACITY, 1, this::keep));
    drain(own, taken);
    assertThat(taken.stream().filter(tasks::contains)).containsExactlyElementsOf(tasks);
    assertThat(queue.isEmpty()).isTrue();
  }

  private static void drain(RunQueue own, List<Runnable> to) {
    for (Runnable each = own.poll(); each != null; each = own.poll()) {
      to.add(each);
    }
  }

  @Test
  @Tag("S67")
  @DisplayName("S67: what does not fit into an inlet is not lost")
  void whatDoesNotFitIntoAnInletIsNotLost() {
    List<Runnable> tasks = IntStream.range(0, 3_000).mapToObj(GlobalQueueTest::task).toList();
    tasks.forEach(each -> queue.add(each, 7));
    List<Runnable> taken = new ArrayList<>();
    for (Runnable each = queue.poll(this::keep); each != null; each = queue.poll(this::keep)) {
      taken.add(each);
    }
    taken.addAll(rest);
    assertThat(taken).containsExactlyInAnyOrderElementsOf(tasks);
  }

  @Test
  @DisplayName("what a worker took out of an inlet is not kept there")
  void nothingIsKeptOfWhatWasTaken() throws Exception {
    RunQueue own = new RunQueue();
    for (int i = 0; i < 100; i++) {
      queue.add(task(i), i);
    }
    while (queue.take(own, RunQueue.CAPACITY, 1, this::keep) != null) {
      own.clearStale();
    }
    assertThat(inletSlots(queue)).isNotEmpty().containsOnlyNulls();
  }

  private static Inlet[] inlets(GlobalQueue queue) throws Exception {
    Field inlets = GlobalQueue.class.getDeclaredField("inlets");
    inlets.setAccessible(true);
    return (Inlet[]) Objects.requireNonNull(inlets.get(queue));
  }

  /** Returns what all inlets hold in all their places. */
  private static List<@Nullable Object> inletSlots(GlobalQueue queue) throws Exception {
    Field inner = Inlet.class.getDeclaredField("queue");
    inner.setAccessible(true);
    Field slots = RunQueue.class.getDeclaredField("slots");
    slots.setAccessible(true);
    List<@Nullable Object> all = new ArrayList<>();
    for (Inlet inlet : inlets(queue)) {
      all.addAll(Arrays.asList((@Nullable Object[]) slots.get(inner.get(inlet))));
    }
    return all;
  }

  @Test
  @Tag("S67")
  @DisplayName("S67: of many threads that add while workers take, each task is taken once")
  void manyAddWhileManyTake() throws Exception {
    int producers = 3;
    int each = 20_000;
    AtomicIntegerArray taken = new AtomicIntegerArray(producers * each);
    AtomicInteger left = new AtomicInteger(taken.length());
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        int first = i;
        all.add(
            threads.submit(() -> {
              RunQueue own = new RunQueue();
              GlobalQueue.Rest mine =
                  (batch, from) -> assertThat(own.offerAll(batch, from)).isTrue();
              for (int turn = first; left.get() > 0 && !Thread.interrupted(); turn++) {
                for (Runnable task = queue.take(own, RunQueue.CAPACITY, turn, mine);
                    task != null;
                    task = own.poll()) {
                  task.run();
                }
              }
            }));
      }
      for (int i = 0; i < producers; i++) {
        int from = i * each;
        all.add(
            threads.submit(() -> {
              for (int j = from; j < from + each; j++) {
                int id = j;
                queue.add(
                    () -> {
                      taken.incrementAndGet(id);
                      left.decrementAndGet();
                    },
                    Thread.currentThread().threadId());
              }
            }));
      }
      try {
        for (Future<?> future : all) {
          future.get(30, TimeUnit.SECONDS);
        }
      } finally {
        threads.shutdownNow();
      }
    }
    assertThat(IntStream.range(0, taken.length()).map(taken::get)).containsOnly(1);
    assertThat(inletSlots(queue)).containsOnlyNulls();
  }

  @Test
  @Tag("S67")
  @DisplayName("S67: a task that finds all inlets taken is not lost")
  void whatFindsAllInletsTakenIsNotLost() throws Exception {
    Field lock = Inlet.class.getDeclaredField("lock");
    lock.setAccessible(true);
    Inlet[] inlets = inlets(queue);
    for (Inlet inlet : inlets) {
      lock.setInt(inlet, 1);
    }
    Runnable task = task(0);
    queue.add(task, 7);
    for (Inlet inlet : inlets) {
      lock.setInt(inlet, 0);
    }
    assertThat(queue.isEmpty()).isFalse();
    assertThat(queue.poll(this::keep)).isSameAs(task);
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aBatchOfOneIsATask() {
    Runnable task = task(0);
    queue.addAll(new Runnable[] {task});
    assertThat(queue.poll(this::keep)).isSameAs(task);
    assertThat(rest).isEmpty();
  }
}
