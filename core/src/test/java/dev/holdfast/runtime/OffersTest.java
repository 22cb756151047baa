// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That a thread which is made while its runtime closes is seen by one of the two. */
@Tag("S21")
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class OffersTest {

  private final Offers offers = new Offers();
  private final AtomicBoolean ran = new AtomicBoolean();

  private VirtualTask<?> taskOf(WorkerRuntime runtime) {
    return new VirtualTask<>(
        (TieredRuntime) runtime, null, Executors.callable(() -> ran.set(true)), false);
  }

  private static WorkerRuntime owned() {
    return WorkerRuntime.builder().tier(Tier.OWNED).workers(1).start();
  }

  @Test
  @DisplayName(
      "S21: a thread that is made as the barrier is reached is closed by it, and does not begin")
  void theBarrierSeesWhatIsBeingMade() {
    try (WorkerRuntime runtime = owned()) {
      TieredRuntime tiered = (TieredRuntime) runtime;
      VirtualTask<?> task = taskOf(runtime);
      AtomicBoolean sealed = new AtomicBoolean();
      // The maker looks at the phase, and at this very moment the closing thread seals.
      offers.add(task, () -> sealed.set(offers.seal()));
      assertThat(sealed).isTrue();
      assertThatExceptionOfType(RuntimeClosedException.class)
          .isThrownBy(() -> offers.take(tiered, task));
      assertThat(tiered.tasksAlive()).isZero();
    }
  }

  @Test
  @DisplayName("S21: a thread that is refused as it is made never begins, and is forgotten")
  void whatIsRefusedNeverBegins() {
    try (WorkerRuntime runtime = owned()) {
      TieredRuntime tiered = (TieredRuntime) runtime;
      VirtualTask<?> task = taskOf(runtime);
      assertThatExceptionOfType(RuntimeClosedException.class)
          .isThrownBy(() ->
              offers.add(
                  task,
                  () -> {
                    throw new RuntimeClosedException("closed");
                  }));
      assertThatExceptionOfType(RuntimeClosedException.class)
          .isThrownBy(() -> offers.take(tiered, task));
      offers.forEachStarted(other -> ran.set(true));
      assertThat(ran).isFalse();
      assertThat(tiered.tasksAlive()).isZero();
    }
  }

  @Test
  @DisplayName("a thread that was made before the barrier may begin")
  void whatWasMadeInTimeBegins() {
    try (WorkerRuntime runtime = owned()) {
      TieredRuntime tiered = (TieredRuntime) runtime;
      VirtualTask<?> task = taskOf(runtime);
      offers.add(task, () -> {});
      offers.take(tiered, task);
      assertThat(tiered.tasksAlive()).isOne();
      tiered.endedOutside(task);
    }
  }
}
