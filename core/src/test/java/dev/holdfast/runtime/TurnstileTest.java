// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("S21")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TurnstileTest {

  private final Turnstile[] turnstiles = {new Turnstile(), new Turnstile()};

  @Test
  @DisplayName("S21: of threads that count in the same places nothing is lost")
  void oneIsInAtATime() throws Exception {
    int threads = 3;
    int each = 100_000;
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        all.add(
            pool.submit(() -> {
              for (int j = 0; j < each; j++) {
                Turnstile turnstile = Turnstile.enter(turnstiles, 0);
                turnstile.count();
                turnstile.leave();
              }
            }));
      }
      for (Future<?> future : all) {
        future.get(30, TimeUnit.SECONDS);
      }
    }
    LongStream counts = Arrays.stream(turnstiles).mapToLong(Turnstile::started);
    assertThat(counts.sum()).isEqualTo((long) threads * each);
  }

  @Test
  void whoFindsOneTakenGoesToTheNext() {
    Turnstile first = Turnstile.enter(turnstiles, 0);
    Turnstile second = Turnstile.enter(turnstiles, 0);
    assertThat(first).isSameAs(turnstiles[0]);
    assertThat(second).isSameAs(turnstiles[1]);
    first.leave();
    assertThat(Turnstile.enter(turnstiles, 1)).isSameAs(turnstiles[0]);
  }

  @Test
  @DisplayName("S21: who closes waits for who is just about to count")
  void whoPassesWaitsUntilItIsFree() throws Exception {
    Turnstile taken = Turnstile.enter(turnstiles, 0);
    Thread passes = Thread.ofPlatform().start(taken::pass);
    untilItPassesOrEnds(passes);
    taken.count();
    assertThat(passes.isAlive()).isTrue();
    taken.leave();
    assertThat(passes.join(Duration.ofSeconds(30))).isTrue();
    assertThat(taken.started()).isEqualTo(1);
    taken.pass();
  }

  /** Waits until a thread is held up as it passes a turnstile; or has ended, if it is not. */
  static void untilItPassesOrEnds(Thread thread) {
    Await.until(
        "it passes, or has ended",
        () ->
            !thread.isAlive()
                || Arrays.stream(thread.getStackTrace())
                    .anyMatch(frame ->
                        frame.getClassName().equals(Turnstile.class.getName())
                            && frame.getMethodName().equals("pass")));
  }
}
