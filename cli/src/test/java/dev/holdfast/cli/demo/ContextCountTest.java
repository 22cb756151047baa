// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContextCountTest {

  @Test
  void thePeakIsWhatWasTakenAtTheSameTime() {
    ContextCount count = new ContextCount();
    count.made();
    count.made();
    count.freed();
    count.made();
    count.reclaimed();
    count.reclaimed();
    count.made();

    assertThat(count.live()).isEqualTo(1);
    assertThat(count.totals())
        .isEqualTo(new ContextCount.Totals(4, 1, 2, 0, 2L * DigestContext.BUFFER_BYTES));
  }

  @Test
  void whatTheCollectorFindsIsCreditedAsReclaimedAndNotAsFreed() throws InterruptedException {
    ContextCount count = new ContextCount();
    for (int i = 0; i < 10; i++) {
      DigestContext.collected(count);
    }
    while (count.live() > 0) {
      System.gc();
      count.awaitLiveBelow(1, Duration.ofMillis(100));
    }

    assertThat(count.totals())
        .isEqualTo(new ContextCount.Totals(10, 0, 10, 0, count.totals().peakBufferBytes()));
  }

  @Test
  void theWaitForRoomEndsWhenTheTimeIsOver() throws InterruptedException {
    ContextCount count = new ContextCount();
    count.made();
    count.awaitLiveBelow(1, Duration.ofMillis(1));
    assertThat(count.live()).isEqualTo(1);
  }
}
