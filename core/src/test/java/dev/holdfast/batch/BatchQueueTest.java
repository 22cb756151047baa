// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.TaskLocal;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of keys that are handed in, and of who waits for their values. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class BatchQueueTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  /** Holds its batches until it is told to go on, and tells of those that began. */
  private static final class Held implements BatchFunction<Integer, Integer> {
    final CountDownLatch open = new CountDownLatch(1);
    final Queue<PendingBatch<Integer>> begun = new ConcurrentLinkedQueue<>();
    final Queue<List<Integer>> seen = new ConcurrentLinkedQueue<>();

    @Override
    public List<Integer> apply(PendingBatch<Integer> batch) throws InterruptedException {
      begun.add(batch);
      open.await();
      List<Integer> keys = batch.keys();
      seen.add(keys);
      return keys.stream().map(key -> key * 2).toList();
    }

    /** Waits until so many keys are in the first batch, which is open. */
    void untilJoined(int keys) {
      Await.until(
          keys + " keys have joined", () -> !begun.isEmpty() && begun.element().size() == keys);
    }
  }

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }

  /** Asks for the value of each number below {@code count}, each by a task of its own. */
  private static List<Task<Integer>> ask(
      WorkerRuntime runtime, BatchQueue<Integer, Integer> queue, int count) throws Exception {
    List<Task<Integer>> asking = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int key = i;
      asking.add(runtime.spawn(() -> queue.get(key)));
    }
    return asking;
  }

  /** Checks that a queue whose batches are held lets in exactly as many as it has places. */
  private static void assertPlaces(
      WorkerRuntime runtime, BatchQueue<Integer, Integer> queue, Semaphore held, int places)
      throws Exception {
    List<Task<Integer>> inside = ask(runtime, queue, places);
    for (Task<Integer> each : inside) {
      Await.untilWaiting(each.thread(), Waiter.class);
    }
    assertThatThrownBy(() -> runtime.run(() -> queue.get(-1, Duration.ZERO)))
        .isInstanceOf(TimeoutException.class)
        .hasMessageContaining("a place: all " + places + " of the worker are taken");
    held.release(places);
    for (int i = 0; i < places; i++) {
      assertThat(inside.get(i).join()).isEqualTo(i);
    }
  }

  @Test
  void onlyOneCallIsMadeForAllThatAsk() throws Exception {
    Held function = new Held();
    BatchQueue<Integer, Integer> queue = BatchQueue.of(function);
    try (WorkerRuntime runtime = oneWorker()) {
      List<Task<Integer>> asking = ask(runtime, queue, 50);
      function.untilJoined(50);
      function.open.countDown();
      for (int i = 0; i < 50; i++) {
        assertThat(asking.get(i).join()).isEqualTo(2 * i);
      }
      assertThat(function.seen)
          .singleElement()
          .satisfies(keys -> assertThat(keys).hasSize(50).doesNotHaveDuplicates());
    }
  }

  @Test
  void whatIsReadyOnTheWorkerJoinsWithoutBeingWaitedFor() throws Exception {
    Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
    BatchQueue<Integer, Integer> queue =
        BatchQueue.of(batch -> {
          sizes.add(batch.keys().size());
          return batch.keys();
        });
    try (WorkerRuntime runtime = oneWorker()) {
      // Alone it is not kept waiting for company.
      assertThat(runtime.run(() -> queue.get(7))).isEqualTo(7);
      assertThat(sizes).containsExactly(1);
    }
  }

  @Test
  void aFullBatchIsFollowedByAnother() throws Exception {
    Held function = new Held();
    BatchQueue<Integer, Integer> queue = BatchQueue.builder().maxBatch(8).build(function);
    try (WorkerRuntime runtime = oneWorker()) {
      List<Task<Integer>> asking = ask(runtime, queue, 20);
      Await.until("three batches began", () -> function.begun.size() == 3);
      Await.until(
          "all have joined",
          () -> function.begun.stream().mapToInt(PendingBatch::size).sum() == 20);
      function.open.countDown();
      for (int i = 0; i < 20; i++) {
        assertThat(asking.get(i).join()).isEqualTo(2 * i);
      }
      assertThat(function.seen).extracting(List::size).containsExactlyInAnyOrder(8, 8, 4);
    }
  }

  @Test
  void whoeverComesAfterTheKeysWereTakenJoinsAnotherBatch() throws Exception {
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    BatchQueue<String, String> queue =
        BatchQueue.of(batch -> {
          List<String> keys = batch.keys();
          if (keys.contains("first")) {
            taken.countDown();
            goOn.await();
          }
          assertThat(batch.keys()).isSameAs(keys);
          assertThatThrownBy(keys::clear).isInstanceOf(UnsupportedOperationException.class);
          return keys;
        });
    try (WorkerRuntime runtime = oneWorker()) {
      Task<String> first = runtime.spawn(() -> queue.get("first"));
      taken.await();
      assertThat(runtime.run(() -> queue.get("second"))).isEqualTo("second");
      assertThat(first.isDone()).isFalse();
      goOn.countDown();
      assertThat(first.join()).isEqualTo("first");
    }
  }

  @Test
  void valuesMayBeNullAndKeysEqual() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    CountDownLatch both = new CountDownLatch(1);
    BatchQueue<String, String> queue =
        BatchQueue.of(batch -> {
          both.await();
          return Collections.nCopies(
              batch.keys().size(), calls.incrementAndGet() == 1 ? null : "?");
        });
    try (WorkerRuntime runtime = oneWorker()) {
      Task<String> one = runtime.spawn(() -> queue.get("same"));
      Task<String> two = runtime.spawn(() -> queue.get("same"));
      Await.untilWaiting(one.thread(), Waiter.class);
      Await.untilWaiting(two.thread(), Waiter.class);
      both.countDown();
      assertThat(one.join()).isNull();
      assertThat(two.join()).isNull();
      assertThatThrownBy(() -> runtime.run(() -> queue.get(null)))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("key must not be null");
    }
  }

  @Test
  @Tag("S48")
  @DisplayName("S48: the batch function throws: every waiter fails with that cause")
  void everyWaiterFailsWithWhatTheFunctionThrew() throws Exception {
    for (Throwable thrown :
        List.of(new java.io.IOException("no route"), new StackOverflowError("deep"))) {
      CountDownLatch all = new CountDownLatch(1);
      BatchQueue<Integer, Integer> queue =
          BatchQueue.builder()
              .capacity(3)
              .build(batch -> {
                all.await();
                if (batch.size() == 3) {
                  throw sneaked(thrown);
                }
                return batch.keys();
              });
      try (WorkerRuntime runtime = oneWorker()) {
        List<Task<Integer>> asking = ask(runtime, queue, 3);
        for (Task<Integer> each : asking) {
          Await.untilWaiting(each.thread(), Waiter.class);
        }
        all.countDown();
        for (Task<Integer> each : asking) {
          assertThatThrownBy(each::join)
              .isInstanceOf(CompletionException.class)
              .cause()
              .isInstanceOf(CompletionException.class)
              .cause()
              .isSameAs(thrown);
        }
        assertThat(runtime.run(() -> queue.get(4))).isEqualTo(4);
      }
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // nothing is returned
  private static <X extends Throwable> X sneaked(Throwable thrown) throws X {
    throw (X) thrown;
  }

  @Test
  @Tag("S49")
  @DisplayName("S49: too few, too many or no results: every waiter fails and is told the numbers")
  void asManyValuesAsKeys() throws Exception {
    for (List<Integer> returned :
        Arrays.asList(List.of(1), List.of(1, 2, 3), List.<Integer>of(), (List<Integer>) null)) {
      CountDownLatch both = new CountDownLatch(1);
      BatchQueue<Integer, Integer> queue =
          BatchQueue.builder()
              .name("users")
              .build(batch -> {
                both.await();
                assertThat(batch.keys()).hasSize(2);
                return returned;
              });
      try (WorkerRuntime runtime = oneWorker()) {
        List<Task<Integer>> asking = ask(runtime, queue, 2);
        for (Task<Integer> each : asking) {
          Await.untilWaiting(each.thread(), Waiter.class);
        }
        both.countDown();
        for (Task<Integer> each : asking) {
          assertThatThrownBy(each::join)
              .rootCause()
              .isInstanceOf(BatchSizeException.class)
              .hasMessageContaining("'users'")
              .hasMessageContaining(
                  (returned == null ? "null" : returned.size() + " values") + " for 2 keys");
        }
      }
    }
  }

  @Test
  @Tag("S49")
  @DisplayName("S49: a list that is shorter or longer than it says fails those it has nothing for")
  void aListThatLies() throws Exception {
    CountDownLatch both = new CountDownLatch(1);
    BatchQueue<Integer, Integer> queue =
        BatchQueue.of(batch -> {
          both.await();
          List<Integer> keys = batch.keys();
          return new java.util.AbstractList<>() {
            @Override
            public Integer get(int index) {
              if (index == 0) {
                return keys.get(0);
              }
              throw new IndexOutOfBoundsException("there is only one");
            }

            @Override
            public int size() {
              return keys.size();
            }
          };
        });
    try (WorkerRuntime runtime = oneWorker()) {
      List<Task<Integer>> asking = ask(runtime, queue, 2);
      for (Task<Integer> each : asking) {
        Await.untilWaiting(each.thread(), Waiter.class);
      }
      both.countDown();
      List<Throwable> failed = new ArrayList<>();
      List<Integer> answered = new ArrayList<>();
      for (Task<Integer> each : asking) {
        try {
          answered.add(each.join());
        } catch (CompletionException e) {
          failed.add(e);
        }
      }
      assertThat(answered).hasSize(1);
      assertThat(failed).hasSize(1);
    }
  }

  @Test
  void aFunctionThatDoesNotAskForItsKeysFailsItsBatch() throws Exception {
    BatchQueue<Integer, Integer> queue = BatchQueue.of(batch -> List.of());
    try (WorkerRuntime runtime = oneWorker()) {
      assertThatThrownBy(() -> runtime.run(() -> queue.get(1)))
          .isInstanceOf(CompletionException.class)
          .rootCause()
          .hasMessageContaining("returned without having asked for the keys");
    }
  }

  @Test
  @Tag("S50")
  @DisplayName("S50: who is interrupted before the keys are taken is withdrawn, and its place free")
  void anInterruptBeforeTheKeysAreTaken() throws Exception {
    Held function = new Held();
    BatchQueue<Integer, Integer> queue = BatchQueue.of(function);
    try (WorkerRuntime runtime = oneWorker()) {
      List<Task<Integer>> asking = ask(runtime, queue, 3);
      function.untilJoined(3);
      Task<Boolean> gone =
          runtime.spawn(() -> {
            Thread.currentThread().interrupt();
            try {
              queue.get(99);
              return false;
            } catch (InterruptedException e) {
              return !Thread.currentThread().isInterrupted();
            }
          });
      assertThat(gone.join()).isTrue();
      asking.get(1).thread().interrupt();
      assertThatThrownBy(asking.get(1)::join)
          .rootCause()
          .isInstanceOf(InterruptedException.class)
          .hasMessageContaining("1");
      function.open.countDown();
      assertThat(asking.get(0).join()).isEqualTo(0);
      assertThat(asking.get(2).join()).isEqualTo(4);
      assertThat(function.seen)
          .singleElement()
          .satisfies(keys -> assertThat(keys).containsExactlyInAnyOrder(0, 2));
    }
  }

  @Test
  @Tag("S50")
  @DisplayName("S50: who is interrupted while the function has its key gets no value")
  void anInterruptAfterTheKeysWereTaken() throws Exception {
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    BatchQueue<Integer, Integer> queue =
        BatchQueue.of(batch -> {
          List<Integer> keys = batch.keys();
          taken.countDown();
          goOn.await();
          return keys;
        });
    try (WorkerRuntime runtime = oneWorker()) {
      Task<Integer> asking = runtime.spawn(() -> queue.get(5));
      taken.await();
      asking.thread().interrupt();
      assertThatThrownBy(asking::join).rootCause().isInstanceOf(InterruptedException.class);
      goOn.countDown();
      assertThat(runtime.run(() -> queue.get(6))).isEqualTo(6);
    }
  }

  @Test
  void ifAllHaveGivenUpTheFunctionStillGetsKeys() throws Exception {
    Held function = new Held();
    BatchQueue<Integer, Integer> queue = BatchQueue.of(function);
    try (WorkerRuntime runtime = oneWorker()) {
      List<Task<Integer>> asking = ask(runtime, queue, 2);
      function.untilJoined(2);
      for (Task<Integer> each : asking) {
        each.thread().interrupt();
        assertThatThrownBy(each::join).rootCause().isInstanceOf(InterruptedException.class);
      }
      function.open.countDown();
      Await.until("the function has run", () -> function.seen.size() == 1);
      assertThat(function.seen.element()).containsExactlyInAnyOrder(0, 1);
    }
  }

  @Test
  @Tag("S51")
  @DisplayName(
      "S51: an interrupt or a timeout that meets the result: either, and the place is free")
  void interruptsAndTimeoutsThatMeetTheResult() throws Exception {
    Semaphore held = new Semaphore(Integer.MAX_VALUE / 2);
    BatchQueue<Integer, Integer> queue =
        BatchQueue.builder()
            .capacity(4)
            .maxBatch(1)
            .build(batch -> {
              held.acquire();
              return batch.keys();
            });
    int rounds = 2_000;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      AtomicInteger values = new AtomicInteger();
      AtomicInteger interrupts = new AtomicInteger();
      AtomicInteger timeouts = new AtomicInteger();
      for (int i = 0; i < rounds; i++) {
        int key = i;
        Task<Boolean> asking =
            runtime.spawn(() -> {
              try {
                int value =
                    key % 2 == 0 ? queue.get(key) : queue.get(key, Duration.ofNanos(key * 20L));
                values.incrementAndGet();
                return value == key;
              } catch (InterruptedException e) {
                interrupts.incrementAndGet();
                return !Thread.currentThread().isInterrupted();
              } catch (TimeoutException e) {
                timeouts.incrementAndGet();
                return true;
              }
            });
        if (key % 2 == 0) {
          Thread thread = asking.thread();
          if (thread != null) {
            thread.interrupt();
          }
        }
        assertThat(asking.join()).isTrue();
      }
      assertThat(values.get() + interrupts.get() + timeouts.get()).isEqualTo(rounds);
      held.drainPermits();
      assertPlaces(runtime, queue, held, 4);
    }
  }

  @Test
  @Tag("S52")
  @DisplayName(
      "S52: an interrupt after the result was set: the value is returned, and it stays set")
  void anInterruptAfterTheResult() throws Exception {
    Waiter<String, String> waiter = new Waiter<>("key");
    assertThat(waiter.answer("value")).isTrue();
    Thread.currentThread().interrupt();
    assertThat(waiter.await()).isEqualTo("value");
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(waiter.await(System.nanoTime() - 1)).isTrue();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(waiter.fail(new AssertionError())).isFalse();
    assertThat(waiter.result()).isEqualTo("value");
  }

  @Test
  @Tag("S51")
  @DisplayName("S51: who has given up is answered no more, and gives up once")
  void whoHasGivenUpIsNotAnswered() throws Exception {
    Waiter<String, String> waiter = new Waiter<>("key");
    assertThat(waiter.await(System.nanoTime() - 1)).isFalse();
    assertThat(waiter.isWanted()).isFalse();
    assertThat(waiter.answer("late")).isFalse();
    assertThat(waiter.fail(new AssertionError())).isFalse();
    Waiter<String, String> other = new Waiter<>("other");
    Thread.currentThread().interrupt();
    assertThatThrownBy(other::await).isInstanceOf(InterruptedException.class);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(other.answer("late")).isFalse();
  }

  @Test
  @Tag("S53")
  @DisplayName("S53: who waits longer than it wants to is withdrawn")
  void aTimeoutBeforeTheResult() throws Exception {
    Held function = new Held();
    BatchQueue<Integer, Integer> queue =
        BatchQueue.builder().name("users").capacity(1).build(function);
    try (WorkerRuntime runtime = oneWorker()) {
      assertThatThrownBy(() -> runtime.run(() -> queue.get(1, Duration.ofMillis(1))))
          .isInstanceOf(TimeoutException.class)
          .hasMessage("key 1 of batch queue 'users' waited PT0.001S for its value");
      assertThatThrownBy(() -> runtime.run(() -> queue.get(2, Duration.ofMillis(1))))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining("a place: all 1 of the worker are taken");
      assertThatThrownBy(() -> runtime.run(() -> queue.get(3, Duration.ofMillis(-1))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("PT-0.001S");
      function.open.countDown();
      assertThat(runtime.run(() -> queue.get(4, Duration.ofSeconds(Long.MAX_VALUE)))).isEqualTo(8);
    }
  }

  @Test
  @Tag("S54")
  @DisplayName("S54: who waits for a place and is cancelled leaves the place to the next")
  void aCancelledProducerLeavesThePlaceToTheNext() throws Exception {
    Semaphore held = new Semaphore(0);
    Queue<Integer> seen = new ConcurrentLinkedQueue<>();
    BatchQueue<Integer, Integer> queue =
        BatchQueue.builder()
            .capacity(1)
            .build(batch -> {
              held.acquire();
              seen.addAll(batch.keys());
              return batch.keys();
            });
    try (WorkerRuntime runtime = oneWorker()) {
      Task<Integer> inside = runtime.spawn(() -> queue.get(0));
      Await.untilWaiting(inside.thread(), Waiter.class);
      Task<Integer> cancelled = waitingForAPlace(runtime, queue, 1);
      Task<Integer> next = waitingForAPlace(runtime, queue, 2);
      assertThat(cancelled.cancel(true)).isTrue();
      Await.until(
          "the cancelled task has ended",
          () -> cancelled.thread() == null || !cancelled.thread().isAlive());
      held.release();
      assertThat(inside.join()).isEqualTo(0);
      held.release();
      assertThat(next.join()).isEqualTo(2);
      assertThat(seen).containsExactly(0, 2);
      assertPlaces(runtime, queue, held, 1);
    }
  }

  private static Task<Integer> waitingForAPlace(
      WorkerRuntime runtime, BatchQueue<Integer, Integer> queue, int key) {
    Task<Integer> asking = runtime.spawn(() -> queue.get(key));
    Await.untilWaiting(
        asking.thread(), java.util.concurrent.locks.AbstractQueuedSynchronizer.class);
    return asking;
  }

  @Test
  @Tag("S55")
  @DisplayName("S55: all places are taken, again and again: nothing is lost, and never more are in")
  void backPressure() throws Exception {
    AtomicInteger in = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    BatchQueue<Integer, Integer> queue =
        BatchQueue.builder()
            .capacity(5)
            .maxBatch(3)
            .build(batch -> {
              List<Integer> keys = batch.keys();
              assertThat(keys).hasSizeBetween(1, 3);
              most.accumulateAndGet(in.addAndGet(keys.size()), Math::max);
              Thread.yield();
              in.addAndGet(-keys.size());
              return keys;
            });
    try (WorkerRuntime runtime = oneWorker()) {
      List<Task<Integer>> asking = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int from = i * 50;
        asking.add(
            runtime.spawn(() -> {
              int sum = 0;
              for (int key = from; key < from + 50; key++) {
                int value = queue.get(key);
                assertThat(value).isEqualTo(key);
                sum += value;
              }
              return sum;
            }));
      }
      int sum = 0;
      for (Task<Integer> each : asking) {
        sum += each.join();
      }
      assertThat(sum).isEqualTo(2_000 * 1_999 / 2);
      assertThat(most.get()).isBetween(1, 5);
    }
  }

  @Test
  @Tag("S56")
  @DisplayName("S56: who began a batch is cancelled after others joined: the batch still runs")
  void theOneThatBeganIsCancelled() throws Exception {
    Held function = new Held();
    BatchQueue<Integer, Integer> queue = BatchQueue.of(function);
    try (WorkerRuntime runtime = oneWorker()) {
      Task<Integer> first = runtime.spawn(() -> queue.get(0));
      Await.untilWaiting(first.thread(), Waiter.class);
      Task<Integer> second = runtime.spawn(() -> queue.get(1));
      function.untilJoined(2);
      assertThat(first.cancel(true)).isTrue();
      Await.until("it has given up", () -> first.thread() == null || !first.thread().isAlive());
      function.open.countDown();
      assertThat(second.join()).isEqualTo(2);
      assertThat(function.seen).containsExactly(List.of(1));
    }
  }

  @Test
  @Tag("S57")
  @DisplayName("S57: a shutdown waits for an open batch, and its waiters get their values")
  void aShutdownThatDrains() throws Exception {
    Held function = new Held();
    BatchQueue<Integer, Integer> queue = BatchQueue.of(function);
    WorkerRuntime runtime = oneWorker();
    List<Task<Integer>> asking = ask(runtime, queue, 3);
    function.untilJoined(3);
    runtime.shutdown();
    function.open.countDown();
    assertThat(runtime.shutdown(LONG, LONG).phase()).isEqualTo(ShutdownPhase.TERMINATED);
    for (int i = 0; i < 3; i++) {
      assertThat(asking.get(i).get()).isEqualTo(2 * i);
    }
  }

  @Test
  @Tag("S57")
  @DisplayName("S57: a batch that a shutdown cancels fails all that wait for it")
  void aShutdownThatCancels() throws Exception {
    Held function = new Held();
    BatchQueue<Integer, Integer> queue = BatchQueue.of(function);
    WorkerRuntime runtime = oneWorker();
    List<Task<String>> asking = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int key = i;
      asking.add(
          runtime.spawn(() -> {
            try {
              return "value " + queue.get(key);
            } catch (InterruptedException e) {
              return "interrupted";
            } catch (CompletionException e) {
              return "failed " + (e.getCause() instanceof InterruptedException);
            }
          }));
    }
    function.untilJoined(3);
    assertThat(runtime.shutdown(Duration.ZERO, LONG).phase()).isEqualTo(ShutdownPhase.TERMINATED);
    for (Task<String> each : asking) {
      assertThat(each.get()).isIn("interrupted", "failed true");
    }
  }

  @Test
  void isNotForThreadsThatAreOnNoWorkerOrMustNotWait() throws Exception {
    BatchQueue<Integer, Integer> queue = BatchQueue.<Integer, Integer>of(PendingBatch::keys);
    WorkerLocal<String> local = WorkerLocal.of(() -> "value");
    try (WorkerRuntime runtime = oneWorker()) {
      assertThatThrownBy(() -> queue.get(1)).isInstanceOf(EscapedReferenceException.class);
      assertThatThrownBy(() -> runtime.spawnBlocking(() -> queue.get(1)).join())
          .hasCauseInstanceOf(EscapedReferenceException.class);
      assertThatThrownBy(() ->
              runtime.run(() ->
                  local.onOwner(value -> {
                    try {
                      return queue.get(1);
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  })))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the worker's own thread, which must not wait");
    }
  }

  @Test
  void aBatchInheritsNothingOfWhoBeganIt() throws Exception {
    TaskLocal<StringBuilder> local =
        TaskLocal.builder(() -> new StringBuilder("new")).shared().build();
    AtomicReference<String> seen = new AtomicReference<>();
    BatchQueue<Integer, Integer> queue =
        BatchQueue.of(batch -> {
          seen.set(local.get().toString());
          return batch.keys();
        });
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        local.get().append(" and changed");
        assertThat(runtime.spawn(() -> local.get().toString()).join()).isEqualTo("new and changed");
        return queue.get(1);
      });
      assertThat(seen.get()).isEqualTo("new");
    }
  }

  @Test
  void aBatchThatBeginsAtTheEndOfTheStackEnds() throws Exception {
    BatchQueue<Integer, Integer> queue = BatchQueue.builder().capacity(2).build(PendingBatch::keys);
    try (WorkerRuntime runtime = oneWorker()) {
      for (int i = 0; i < 20; i++) {
        assertThat(runtime.run(() -> overflow(queue, 0))).isNotNegative();
        assertThat(runtime.run(() -> queue.get(3, LONG))).isEqualTo(3);
      }
    }
  }

  /**
   * Asks at every depth on the way back from the end of the stack, until there is an answer. Where
   * there is no room to start the task of a batch, the batch fails with what came of that.
   */
  @SuppressWarnings("InfiniteRecursion") // until the stack ends
  private static int overflow(BatchQueue<Integer, Integer> queue, int depth)
      throws InterruptedException {
    try {
      return overflow(queue, depth + 1);
    } catch (StackOverflowError e) {
      try {
        return queue.get(depth);
      } catch (CompletionException failed) {
        if (failed.getCause() instanceof StackOverflowError end) {
          throw end;
        }
        throw failed;
      }
    }
  }

  @Test
  void workersHaveBatchesOfTheirOwn() throws Exception {
    Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
    BatchQueue<Integer, Integer> queue =
        BatchQueue.builder()
            .maxBatch(16)
            .build(batch -> {
              sizes.add(batch.keys().size());
              return batch.keys();
            });
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(4).start()) {
      List<Task<Integer>> asking = ask(runtime, queue, 5_000);
      for (int i = 0; i < asking.size(); i++) {
        assertThat(asking.get(i).get(20, TimeUnit.SECONDS)).isEqualTo(i);
      }
      assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(5_000);
      assertThat(sizes).allMatch(size -> size <= 16);
    }
  }
}
