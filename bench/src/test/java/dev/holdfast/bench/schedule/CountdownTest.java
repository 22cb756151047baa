// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits goes on after the last task, and not before. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CountdownTest {

  @Test
  void theWaitEndsWithTheLastOfManyTasks() throws Exception {
    int tasks = 5_000;
    Countdown countdown = new Countdown(tasks);
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; i < tasks; i++) {
      Thread.startVirtualThread(() -> {
        ran.incrementAndGet();
        countdown.ended();
      });
    }
    countdown.await();
    assertThat(ran).hasValue(tasks);
  }

  @Test
  void whatIsInterruptedWhileATaskIsLeftDoesNotGoOn() {
    Countdown countdown = new Countdown(2);
    countdown.ended();
    Thread.currentThread().interrupt();
    assertThatThrownBy(countdown::await).isInstanceOf(InterruptedException.class);
  }

  @Test
  void noTaskIsNoCountdown() {
    assertThatThrownBy(() -> new Countdown(0)).hasMessageContaining("1 task at least, not 0");
  }
}
