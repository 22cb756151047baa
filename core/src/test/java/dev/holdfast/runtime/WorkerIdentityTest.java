// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That a worker is one platform thread with one set of values, from the start to the barrier. */
@Tag("S18")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class WorkerIdentityTest {

  private static final int WORKERS = 3;

  /** What was seen of each value: the threads of those that used it, by either form. */
  private final Map<Tally.Value, Set<Thread>> seen = new ConcurrentHashMap<>();

  private final Tally tally = new Tally();

  private Object look() {
    tally.local.update(value -> see(value, Place.ownersThread()));
    Thread.yield();
    tally.local.onOwner(value -> {
      see(value, Thread.currentThread());
      return value;
    });
    return null;
  }

  /** Looks at the carrier, which is the worker's thread in the one tier only. */
  private Object lookAtTheCarrier() {
    tally.local.update(value -> see(value, Place.platformThread()));
    return null;
  }

  private void see(Tally.Value value, Thread where) {
    seen.computeIfAbsent(value, key -> ConcurrentHashMap.newKeySet()).add(where);
  }

  @Test
  @DisplayName("S18: through blocks and spare workers each worker keeps its thread and its value")
  void aWorkerKeepsItsThreadAndItsValue() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().name("stable").workers(WORKERS).start();
    List<Thread> atTheStart = VmState.threads("stable-worker-");
    assertThat(atTheStart).hasSize(WORKERS);
    for (int round = 0; round < 20; round++) {
      List<CarrierBlock> blocks = new ArrayList<>();
      // One worker, then two, then all are blocked while others look.
      for (int i = 0; i < 1 + round % WORKERS; i++) {
        CarrierBlock block = CarrierBlock.Kind.EXCLUSIVE_ACCESS.make();
        blocks.add(block);
        runtime.spawn(block::enter);
        block.entered.await();
      }
      lookOften(runtime);
      runtime.spawnBlocking(() -> "a job in between").join();
      blocks.forEach(CarrierBlock::release);
      lookOften(runtime);
    }
    Await.until(
        "each worker was seen",
        () -> {
          lookOften(runtime);
          return atTheStart.stream().allMatch(this::wasSeen);
        });

    assertThat(VmState.threads("stable-worker-")).hasSameElementsAs(atTheStart);
    tally.assertAllAlive();
    runtime.close();
    seen.forEach((value, threads) -> assertThat(threads).containsExactly(value.madeOn));
    assertThat(seen.keySet()).extracting(value -> value.madeOn).doesNotHaveDuplicates();
    assertThat(tally.values()).hasSameElementsAs(seen.keySet());
    tally.assertEachDestroyedOnce();
  }

  private boolean wasSeen(Thread worker) {
    return seen.keySet().stream().anyMatch(value -> value.madeOn == worker);
  }

  private void lookOften(WorkerRuntime runtime) {
    List<Task<?>> looks = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      looks.add(runtime.spawn(this::look));
      if (runtime.tier() == Tier.CARRIER) {
        looks.add(runtime.spawn(this::lookAtTheCarrier));
      }
    }
    looks.forEach(Task::join);
  }
}
