// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The forms of batching in which nobody waits for a value, and the builder of all. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class BatchFormsTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }

  @Test
  @Tag("S57")
  @DisplayName(
      "S57: what was handed in is seen to before the runtime ends, its task ended long ago")
  void whatWasHandedInIsSeenTo() throws Exception {
    Queue<Integer> seen = new ConcurrentLinkedQueue<>();
    CountDownLatch open = new CountDownLatch(1);
    BackgroundQueue<Integer> queue =
        BatchQueue.builder()
            .name("audit")
            .background((PendingBatch<Integer> batch) -> {
              open.await();
              seen.addAll(batch.keys());
            });
    assertThat(queue.name()).isEqualTo("audit");
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    for (int i = 0; i < 500; i++) {
      int key = i;
      runtime.run(() -> {
        queue.add(key);
        return null;
      });
    }
    assertThat(seen).isEmpty();
    runtime.shutdown();
    open.countDown();
    assertThat(runtime.shutdown(LONG, LONG).phase()).isEqualTo(ShutdownPhase.TERMINATED);
    assertThat(seen).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 500).boxed().toList());
  }

  @Test
  void whatTheFunctionThrowsGoesToTheHandler() throws Exception {
    IOException thrown = new IOException("the disk is full");
    Queue<Throwable> handled = new ConcurrentLinkedQueue<>();
    BackgroundQueue<Integer> queue =
        BatchQueue.builder()
            .background((PendingBatch<Integer> batch) -> {
              if (batch.keys().contains(0)) {
                throw thrown;
              }
            });
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .uncaughtExceptionHandler((thread, e) -> handled.add(e))
            .start()) {
      runtime.run(() -> {
        queue.add(0);
        return null;
      });
      Await.until("it was handled", () -> !handled.isEmpty());
      assertThat(handled).containsExactly(thrown);
      assertThat(runtime.run(() -> queue.offer(1, Duration.ZERO))).isTrue();
    }
    assertThat(handled).containsExactly(thrown);
  }

  @Test
  void aConsumerThatDoesNotAskForItsKeysIsTold() throws Exception {
    Queue<Throwable> handled = new ConcurrentLinkedQueue<>();
    BackgroundQueue<Integer> queue = BatchQueue.builder().background(batch -> {});
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .uncaughtExceptionHandler((thread, e) -> handled.add(e))
            .start()) {
      assertThat(runtime.run(() -> queue.offer(1, Duration.ZERO))).isTrue();
    }
    assertThat(handled)
        .singleElement()
        .satisfies(e ->
            assertThat(e)
                .hasMessageContaining("without having asked for the keys of its batch")
                .hasMessageContaining("there are 1"));
  }

  @Test
  @Tag("S55")
  @DisplayName("S55: a key that finds no place in time is not handed in; one that waits gets it")
  void backPressure() throws Exception {
    Semaphore held = new Semaphore(0);
    Queue<Integer> seen = new ConcurrentLinkedQueue<>();
    BackgroundQueue<Integer> queue =
        BatchQueue.builder()
            .capacity(2)
            .background((PendingBatch<Integer> batch) -> {
              held.acquire();
              seen.addAll(batch.keys());
            });
    try (WorkerRuntime runtime = oneWorker()) {
      assertThat(
              runtime.run(
                  () -> queue.offer(1, Duration.ZERO) && queue.offer(2, Duration.ofMillis(1))))
          .isTrue();
      assertThat(runtime.run(() -> queue.offer(3, Duration.ofMillis(1)))).isFalse();
      assertThatThrownBy(() -> runtime.run(() -> queue.offer(3, Duration.ofMillis(-1))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("PT-0.001S");
      Task<Boolean> waiting =
          runtime.spawn(() -> {
            queue.add(4);
            return true;
          });
      Await.untilWaiting(waiting.thread());
      held.release(10);
      assertThat(waiting.join()).isTrue();
    }
    assertThat(seen).containsExactlyInAnyOrder(1, 2, 4);
  }

  @Test
  void exactlyOneGetsTheBatch() throws Exception {
    BatchReducer<Integer> reducer = BatchQueue.builder().name("sums").maxBatch(7).reducer();
    assertThat(reducer).hasToString("BatchReducer[sums]");
    Queue<Integer> seen = new ConcurrentLinkedQueue<>();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      List<Task<Optional<Integer>>> handing = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        int key = i;
        handing.add(
            runtime.spawn(() ->
                reducer.reduce(
                    key,
                    batch -> {
                      List<Integer> keys = batch.keys();
                      assertThat(keys).hasSizeBetween(1, 7).contains(key);
                      seen.addAll(keys);
                      return keys.size();
                    })));
      }
      int sum = 0;
      for (Task<Optional<Integer>> each : handing) {
        sum += each.join().orElse(0);
      }
      assertThat(sum).isEqualTo(2_000);
    }
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 2_000).boxed().toList());
  }

  @Test
  @Tag("S56")
  @DisplayName("S56: who sees to a batch and is interrupted sees to it all the same")
  void anInterruptKeepsNobodyFromSeeingToABatch() throws Exception {
    BatchReducer<String> reducer = BatchQueue.builder().reducer();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch joined = new CountDownLatch(1);
    try (WorkerRuntime runtime = oneWorker()) {
      Task<Optional<String>> first =
          runtime.spawn(() ->
              reducer.reduce(
                  "first",
                  batch -> {
                    begun.countDown();
                    waitKeepingTheInterrupt(joined);
                    return batch.keys() + " " + Thread.currentThread().isInterrupted();
                  }));
      begun.await();
      assertThat(runtime.<Optional<String>>run(() -> reducer.reduce("second", batch -> "other")))
          .isEmpty();
      first.thread().interrupt();
      joined.countDown();
      assertThat(first.join()).hasValue("[first, second] true");
      assertThatThrownBy(() ->
              runtime.run(() -> {
                Thread.currentThread().interrupt();
                return reducer.reduce("third", batch -> "never");
              }))
          .isInstanceOf(InterruptedException.class);
    }
  }

  private static void waitKeepingTheInterrupt(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Await.unwillingly(latch);
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whatAReductionThrowsIsItsCallers() throws Exception {
    BatchReducer<String> reducer = BatchQueue.builder().capacity(1).reducer();
    IOException thrown = new IOException("no route");
    try (WorkerRuntime runtime = oneWorker()) {
      assertThatThrownBy(() ->
              runtime.run(() ->
                  reducer.reduce(
                      "key",
                      batch -> {
                        throw thrown;
                      })))
          .isSameAs(thrown);
      assertThatThrownBy(() -> runtime.run(() -> reducer.reduce("key", batch -> "nothing")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("without having asked for the keys");
      assertThat(
              runtime.<Optional<List<String>>>run(() -> reducer.reduce("key", PendingBatch::keys)))
          .hasValue(List.of("key"));
    }
  }

  @Test
  void propertiesAreCheckedAndSetOnce() {
    assertThatThrownBy(() -> BatchQueue.builder().name(" "))
        .hasMessage("name must not be blank, was ' '");
    assertThatThrownBy(() -> BatchQueue.builder().name("a").name("b"))
        .hasMessage("name was already set to a and cannot be set to b");
    assertThatThrownBy(() -> BatchQueue.builder().maxBatch(0))
        .hasMessage("maxBatch must be from 1 to 65536, not 0");
    assertThatThrownBy(() -> BatchQueue.builder().capacity(65_537))
        .hasMessage("capacity must be from 1 to 65536, not 65537");
    assertThatThrownBy(() -> BatchQueue.builder().capacity(1).capacity(2))
        .hasMessage("capacity was already set to 1 and cannot be set to 2");
    assertThatThrownBy(() -> BatchQueue.builder().maxBatch(1).maxBatch(2))
        .hasMessage("maxBatch was already set to 1 and cannot be set to 2");
    assertThatThrownBy(() -> BatchQueue.builder().capacity(3).maxBatch(4).reducer())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxBatch 4 is more than the capacity 3: no batch could be full");
    assertThat(BatchQueue.builder().maxBatch(2_000).<Integer>reducer().name()).startsWith("batch-");
    assertThat(BatchQueue.builder().capacity(3).<Integer>reducer().name()).startsWith("batch-");
  }
}
