// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.ThreadExitLocal;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.FullHeap;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases of class loaders where the memory comes to its end. */
@Tag("S47")
@Tag("S63")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class UnloadingMemoryTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  @DisplayName("S47/S63: wherever memory runs out in a release, the next look finds it whole")
  void nothingIsHalfDone(int look) throws Exception {
    ForkedJvm.Outcome outcome =
        ForkedJvm.run(
            List.of(ForkedJvm.OPENS, "-Xmx8m", "-XX:-UseTLAB"),
            EndsOfTheMemory.class,
            String.valueOf(look));
    assertThat(outcome.lines()).containsExactly("look " + look + " is whole");
    assertThat(outcome.exit()).isZero();
  }

  /** Each look of a release, with memory for its first objects only: for one more each time. */
  static final class EndsOfTheMemory {

    private static final int WORKERS = 3;

    /** Releases that are not done meanwhile. */
    private static final int OTHERS = 50;

    /** After so many looks that did not fail the memory is enough. */
    private static final int ENOUGH = 3;

    /** As often as this each look is expected to fail at least, each time at another place. */
    private static final int FAILED = 5;

    private static final AtomicInteger DESTROYED = new AtomicInteger();

    public static void main(String[] arguments) throws Exception {
      try (WorkerRuntime runtime =
          WorkerRuntime.builder()
              .workers(WORKERS)
              .spareWorkers(0)
              // One, which is held where the memory ends: another would wait, for which it needs
              // some.
              .blockingThreads(1)
              .blockingKeepAlive(Duration.ofMinutes(5))
              .uncaughtExceptionHandler((thread, failure) -> {})
              .start()) {
        TieredRuntime host = (TieredRuntime) runtime;
        // So that the list of releases is what needs most when one of them is done.
        for (int i = 0; i < OTHERS; i++) {
          Unloading.of(Objects.requireNonNull(Origin.of(new OtherLoader())));
        }
        // Once with enough memory: the first use of code takes some too. And once with none: what
        // is only kept while there is enough is let go then.
        release(host, 3, -1);
        release(host, 0, 0);
        int look = Integer.parseInt(arguments[0]);
        int failed = 0;
        int enough = 0;
        for (int places = 0; enough < ENOUGH; places++) {
          if (release(host, look, places)) {
            failed++;
            enough = 0;
          } else {
            enough++;
          }
        }
        if (failed < FAILED) {
          throw new AssertionError("failed " + failed + " times only");
        }
        System.out.println("look " + look + " is whole");
      }
    }

    /**
     * Releases a loader with a value on each worker and on a thread of the pool.
     *
     * @param look at which look the memory ends: 0 for the first
     * @param places how much is left then; all if negative
     * @return whether that was too little
     */
    private static boolean release(TieredRuntime host, int look, int places) throws Exception {
      OtherLoader loader = new OtherLoader();
      WorkerLocal<Object> local =
          WorkerLocal.of(loader.supplier(), value -> DESTROYED.incrementAndGet());
      ThreadExitLocal<Object> ofThread =
          ThreadExitLocal.of(loader.supplier(), value -> DESTROYED.incrementAndGet());
      DESTROYED.set(0);
      onAll(host, () -> local.update(value -> {}));
      host.spawnBlocking(ofThread::get).join();

      Unloading release = Unloading.of(Objects.requireNonNull(Origin.of(loader)));
      boolean failed = false;
      for (int i = 0; i <= look; i++) {
        // Who is asked answers after the look.
        Gate gate = new Gate();
        hold(host, gate);
        try {
          if (i == look && places >= 0) {
            FullHeap.fillBut(places);
          }
          try {
            release.step();
          } catch (OutOfMemoryError e) {
            failed = true;
          }
        } finally {
          FullHeap.release();
          gate.open();
        }
        onAll(host, () -> {});
        host.spawnBlocking(() -> null).join();
      }
      Await.until("the release is done, of look " + look + " with " + places, release::step);
      if (DESTROYED.get() != WORKERS + 1) {
        throw new AssertionError("destroyed " + DESTROYED);
      }
      if (Unloading.of(Objects.requireNonNull(Origin.of(loader))) == release) {
        throw new AssertionError("the release is still listed");
      }
      Await.until("another one is done", Unloading.of(Origin.of(loader))::step);
      return failed;
    }

    /** Has the workers and the thread of the pool wait. */
    private static void hold(TieredRuntime host, Gate gate) throws Exception {
      AtomicInteger waiting = new AtomicInteger();
      Runnable wait =
          () -> {
            waiting.incrementAndGet();
            gate.pass();
          };
      host.workforce().workers().forEach(worker -> worker.post(wait));
      host.spawnBlocking(() -> {
        wait.run();
        return null;
      });
      Await.until("all wait", () -> waiting.get() == WORKERS + 1);
    }

    private static void onAll(TieredRuntime host, Runnable action) throws Exception {
      CountDownLatch done = new CountDownLatch(WORKERS);
      for (WorkerOwner worker : host.workforce().workers()) {
        worker.post(() -> {
          action.run();
          done.countDown();
        });
      }
      done.await();
    }
  }
}
