// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.slot.Registry;
import dev.holdfast.testing.ListedEntry;
import java.lang.reflect.Field;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * The order in which work from outside is counted and asked whether it may come in. The other way
 * round, a close that begins between the two would find nobody, and the work would come in after.
 */
@Tag("S21")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class LedgerTest {

  private static Ledger ledger(WorkerRuntime runtime) throws ReflectiveOperationException {
    var ledger = TieredRuntime.class.getDeclaredField("ledger");
    ledger.setAccessible(true);
    return (Ledger) ledger.get(runtime);
  }

  @Test
  @DisplayName(
      "S21: a task from outside is counted and listed before it is asked whether it starts")
  void aTaskIsCountedBeforeItIsAdmitted() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      Ledger ledger = ledger(runtime);
      assertThat(ledger.quiescent()).isTrue();
      ListedEntry entry = new ListedEntry();
      AtomicInteger asked = new AtomicInteger();
      boolean starts =
          ledger.startedOutside(
              entry,
              () -> {
                // Not by quiescent(), which waits until all that are being counted are.
                assertThat(ledger.tasksAlive()).isOne();
                ledger.forEachTask(task -> asked.addAndGet(task == entry ? 1 : 0));
                return false;
              });
      assertThat(starts).isFalse();
      assertThat(asked).as("listed when asked").hasValue(1);
      assertThat(ledger.quiescent()).as("refused, and so not alive").isTrue();
      ledger.forEachTask(task -> assertThat(task).isNotSameAs(entry));
    }
  }

  @Test
  @DisplayName("S21: who counts waits for a task that is being counted at this moment")
  void whoCountsWaitsForWhoIsBeingCounted() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      Ledger ledger = ledger(runtime);
      Field field = Ledger.class.getDeclaredField("turnstiles");
      field.setAccessible(true);
      Turnstile[] turnstiles = (Turnstile[]) Objects.requireNonNull(field.get(ledger));
      for (int i = 0; i < turnstiles.length; i++) {
        Turnstile taken = Turnstile.enter(turnstiles, i);
        AtomicLong alive = new AtomicLong(-1);
        Thread counts = Thread.ofPlatform().start(() -> alive.set(ledger.alive()));
        TurnstileTest.untilItPassesOrEnds(counts);
        assertThat(alive).as("alive before turnstile %d was left", i).hasValue(-1);
        taken.count();
        taken.leave();
        counts.join();
        assertThat(alive).hasValue(1);
        ledger.endedOutside(listed());
      }
    }
  }

  private static ListedEntry listed() {
    ListedEntry entry = new ListedEntry();
    new Registry().add(entry);
    return entry;
  }

  @Test
  @DisplayName("S21: a blocking job is counted before it is asked whether it starts")
  void aJobIsCountedBeforeItIsAdmitted() {
    BlockingPool pool = new BlockingPool(null, 1, 1, Thread::new, () -> {});
    AtomicInteger asked = new AtomicInteger();
    boolean starts =
        pool.submit(
            null,
            () -> {
              asked.set((int) (pool.started() - pool.ended()));
              return false;
            });
    assertThat(starts).isFalse();
    assertThat(asked).as("alive when asked").hasValue(1);
    assertThat(pool.started() - pool.ended()).as("refused, and so not alive").isZero();
  }
}
