// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The look ahead on the stack: interpreted, compiled in a hurry, and compiled well. */
@Tag("S63")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@SuppressWarnings("InfiniteRecursion") // the end of the stack is what is tested
final class StackRoomLimitsTest {

  /** A frame is 16 bytes at least. */
  private static final int LEVELS = (8 << 10) / 16;

  private int refused;
  private int granted;
  private int tooMuch;

  @Test
  @DisplayName("S63: it fails where too little of the stack is left, and only there")
  void failsWhereTooLittleIsLeft() throws Exception {
    for (int uses : new int[] {0, 1_000, 50_000, 1_000_000}) {
      for (int i = 0; i < uses; i++) {
        StackRoom.ensure();
      }
      refused = 0;
      granted = 0;
      tooMuch = 0;
      Thread thread =
          new Thread(
              null,
              () -> {
                try {
                  lookOnTheWayBack();
                } catch (StackOverflowError e) {
                  tooMuch++;
                }
              },
              "short",
              512 << 10);
      thread.start();
      thread.join();
      assertThat(tooMuch).as("looks that let too deep a call pass, after %d uses", uses).isZero();
      assertThat(refused).isPositive();
      assertThat(granted).isPositive();
    }
  }

  /** Returns whether a look was granted further down. */
  private boolean lookOnTheWayBack() {
    boolean seen;
    try {
      seen = lookOnTheWayBack();
    } catch (StackOverflowError e) {
      seen = false;
    }
    if (seen) {
      return true;
    }
    try {
      StackRoom.ensure();
    } catch (StackOverflowError e) {
      refused++;
      return false;
    }
    granted++;
    assertThat(levels(LEVELS / 8)).isPositive();
    return true;
  }

  private static int levels(int left) {
    return left == 0 ? 1 : levels(left - 1) + 1;
  }
}
