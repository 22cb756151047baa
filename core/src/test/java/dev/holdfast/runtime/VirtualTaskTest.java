// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.slot.Registry;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a task keeps in fewer bits than it would take. */
final class VirtualTaskTest {

  @Test
  void soManyLeasesAreNotCountedDown() {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      VirtualTask<?> task = task(runtime);
      task.leases(65_534);
      assertThat(task.leases()).isEqualTo(65_534);
      task.leases(0);
      assertThat(task.leases()).isZero();
      task.leases(65_536);
      assertThat(task.leases()).isEqualTo(65_535);
      // How many there really are is not known any more: it is not 0 before all are looked at.
      task.leases(65_534);
      assertThat(task.leases()).isEqualTo(65_535);
      task.leases(0);
      assertThat(task.leases()).isEqualTo(65_535);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 200, (1 << 23) + 1, (1 << 24) + 7, 1L << 31, (1L << 40) - 1_000_000})
  void theAgeIsThatOfTheTaskHoweverOldTheRuntimeIs(long runtimesMillis) throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      VirtualTask<?> task = task(runtime);
      TieredRuntime tiered = (TieredRuntime) runtime;
      Field startedAt = TieredRuntime.class.getDeclaredField("startedAt");
      startedAt.setAccessible(true);
      startedAt.setLong(tiered, tiered.now() - TimeUnit.MILLISECONDS.toNanos(runtimesMillis));
      Object[] chunk = Registry.NOWHERE;
      // Between these two it is listed; what it keeps is cut to milliseconds.
      long before = tiered.now();
      task.placed(chunk, 200);
      long after = tiered.now();
      assertThat(task.chunk()).isSameAs(chunk);
      assertThat(task.index()).isEqualTo(200);
      Duration age = Objects.requireNonNull(task.describe(after + 5_000_000_000L)).age();
      assertThat(age)
          .isBetween(Duration.ofMillis(4_999), Duration.ofNanos(5_001_000_000L + after - before));
    }
  }

  private static VirtualTask<?> task(WorkerRuntime runtime) {
    return new VirtualTask<>((TieredRuntime) runtime, "kept", () -> 42, true);
  }
}
