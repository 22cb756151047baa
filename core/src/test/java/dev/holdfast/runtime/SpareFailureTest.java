// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.FaultyFactory.Fault;
import dev.holdfast.testing.Carrier;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Spare workers whose threads cannot be started. */
@Tag("S60")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class SpareFailureTest {

  private static final int FAILURES = 6;

  @Test
  @DisplayName(
      "S60: a spare worker that cannot be started is tried ever more rarely, and told once")
  void aSpareWorkerThatCannotBeStartedIsTriedEverMoreRarely() throws Exception {
    FaultyFactory factory = new FaultyFactory(Fault.THROWS, 1, 1 + FAILURES);
    List<Long> asked = new CopyOnWriteArrayList<>();
    Queue<Throwable> told = new ConcurrentLinkedQueue<>();
    try (WorkerRuntime runtime =
            WorkerRuntime.builder()
                .workers(1)
                .spareWorkers(1)
                .threadFactory(body -> {
                  asked.add(System.nanoTime());
                  return factory.newThread(body);
                })
                .uncaughtExceptionHandler((thread, failure) -> told.add(failure))
                .start();
        CarrierBlock block = CarrierBlock.Kind.CLASS_INITIALIZER.make()) {
      Task<?> blocked = runtime.spawn(block::enter);
      block.entered.await();
      // Runs once a spare worker was started after all.
      assertThat(runtime.submit(Carrier::name).get()).isNotNull();
      block.release();
      blocked.get();
    }
    assertThat(asked).hasSize(1 + FAILURES + 1);
    List<Long> waits = new ArrayList<>();
    for (int i = 1; i <= FAILURES; i++) {
      waits.add(asked.get(i + 1) - asked.get(i));
    }
    for (int i = 0; i < FAILURES; i++) {
      assertThat(waits.get(i))
          .as("wait %s of %s", i, waits)
          .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(4L << i));
    }
    assertThat(told)
        .singleElement()
        .satisfies(failure ->
            assertThat(failure).hasMessageContaining("a spare worker could not be started"));
  }

  @Test
  @DisplayName("S60: after a spare worker was started the next failure is told again")
  void theNextFailureIsToldAgain() throws Exception {
    // The first spare worker fails once, and then the second one.
    List<Integer> failing = List.of(1, 3);
    List<Integer> calls = new CopyOnWriteArrayList<>();
    Queue<Throwable> told = new ConcurrentLinkedQueue<>();
    try (WorkerRuntime runtime =
            WorkerRuntime.builder()
                .workers(1)
                .spareWorkers(2)
                .threadFactory(body -> {
                  int call = calls.size();
                  calls.add(call);
                  if (failing.contains(call)) {
                    throw new OutOfMemoryError("no thread for call " + call);
                  }
                  return new Thread(body);
                })
                .uncaughtExceptionHandler((thread, failure) -> told.add(failure))
                .start();
        CarrierBlock first = CarrierBlock.Kind.CLASS_INITIALIZER.make();
        CarrierBlock second = CarrierBlock.Kind.CLASS_INITIALIZER.make()) {
      Task<?> blocked = runtime.spawn(first::enter);
      first.entered.await();
      Task<?> alsoBlocked = runtime.spawn(second::enter);
      second.entered.await();
      assertThat(runtime.submit(Carrier::name).get()).isNotNull();
      first.release();
      second.release();
      blocked.get();
      alsoBlocked.get();
    }
    assertThat(told)
        .extracting(failure -> failure.getCause().getMessage())
        .containsExactly("no thread for call 1", "no thread for call 3");
  }
}
