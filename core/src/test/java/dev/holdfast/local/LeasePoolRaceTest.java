// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Held;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The races of one pool of leases, with plain threads for its worker, for a task that has moved
 * away with the only value, and for a task that gives up waiting.
 *
 * <p>A value that is lost leaves the worker's thread waiting for ever.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LeasePoolRaceTest {

  private static final long SHORT_NANOS = 1_000_000_000;
  private static final long LONG_NANOS = 20_000_000_000L;

  private final AtomicInteger made = new AtomicInteger();
  private final Owner owner = new Owner();
  private final LeasePool<Object> pool =
      new LeasePool<>(
          owner,
          LocalKey.named("raced"),
          new LeasePool.Limits(1, LeaseOverflow.WAIT, Long.MAX_VALUE),
          () -> "value " + made.incrementAndGet(),
          null);

  // Written by the worker's thread, read by the others: what round they are to play.
  private final AtomicInteger round = new AtomicInteger();
  private final AtomicReference<@Nullable Lease<Object>> away = new AtomicReference<>();
  private final AtomicInteger leaver = new AtomicInteger();
  private final AtomicInteger left = new AtomicInteger();

  @Test
  @DisplayName("A value that comes home while a task begins to wait is not lost")
  void givesToOneThatBeginsToWait() throws Exception {
    begins(SHORT_NANOS);
  }

  @Test
  @DisplayName("A value that comes home while tasks give up and one begins to wait is not lost")
  void givesToOneThatBeginsToWaitAfterOthersGaveUp() throws Exception {
    beginsAfterOthersGaveUp(SHORT_NANOS);
  }

  @Test
  @DisplayName(
      "A value that comes home while one task leaves and another begins to wait is not lost")
  void givesToOneThatBeginsToWaitAsAnotherLeaves() throws Exception {
    beginsAsAnotherLeaves(SHORT_NANOS);
  }

  @Test
  @Tag("long")
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @DisplayName("As the others, for twenty seconds each")
  void losesNothingForLong() throws Exception {
    begins(LONG_NANOS);
    beginsAfterOthersGaveUp(LONG_NANOS);
    beginsAsAnotherLeaves(LONG_NANOS);
  }

  private void begins(long nanos) throws Exception {
    Thread mover = Thread.ofPlatform().daemon().unstarted(this::closeWhatIsAway);
    play(
        nanos,
        mover,
        () -> {
          away.set(pool.take(mover, new Scope()));
          pool.take(Thread.currentThread(), new Scope()).close();
        });
  }

  private void beginsAfterOthersGaveUp(long nanos) throws Exception {
    Thread mover = Thread.ofPlatform().daemon().unstarted(this::closeWhatIsAway);
    play(
        nanos,
        mover,
        () -> {
          away.set(pool.take(mover, new Scope()));
          for (int i = 0; i < 3; i++) {
            Thread.currentThread().interrupt();
            try {
              pool.take(Thread.currentThread(), new Scope()).close();
            } catch (LeaseUnavailableException e) {
              // As intended: the interrupt was there before the wait.
            }
            assertThat(Thread.interrupted()).isTrue();
          }
          pool.take(Thread.currentThread(), new Scope()).close();
        });
  }

  private void beginsAsAnotherLeaves(long nanos) throws Exception {
    Thread mover = Thread.ofPlatform().daemon().unstarted(this::closeWhatIsAway);
    Thread impatient = Thread.ofPlatform().daemon().unstarted(this::waitAndLeave);
    leaver.set(0);
    left.set(0);
    impatient.start();
    play(
        nanos,
        mover,
        () -> {
          Lease<Object> moved = pool.take(mover, new Scope());
          int number = leaver.incrementAndGet();
          LockSupport.unpark(impatient);
          until(() -> LockSupport.getBlocker(impatient) == pool);
          impatient.interrupt();
          away.set(moved);
          pool.take(Thread.currentThread(), new Scope()).close();
          until(() -> left.get() == number);
        });
    leaver.set(-1);
    LockSupport.unpark(impatient);
    impatient.join();
  }

  /** Plays rounds on the worker's thread, with the mover beside it. */
  private void play(long nanos, Thread mover, Runnable one) throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    OwnerThread worker =
        new OwnerThread(
            owner,
            () -> {
              try {
                long begin = System.nanoTime();
                while (System.nanoTime() - begin < nanos) {
                  one.run();
                  round.incrementAndGet();
                }
              } catch (Throwable e) {
                failure.set(e);
              }
            },
            "worker");
    mover.setDaemon(true);
    mover.start();
    worker.start();
    worker.join();
    mover.interrupt();
    mover.join();
    assertThat(failure).hasNullValue();
    assertThat(round.get()).isGreaterThan(100);
    assertThat(made).hasValue(1);
  }

  private void closeWhatIsAway() {
    SplittableRandom random = new SplittableRandom(1);
    while (!Thread.interrupted()) {
      Lease<Object> moved = away.getAndSet(null);
      if (moved == null) {
        Thread.yield();
      } else {
        for (int i = random.nextInt(400); i > 0; i--) {
          Thread.onSpinWait();
        }
        moved.close();
      }
    }
  }

  private void waitAndLeave() {
    int number = 0;
    while (leaver.get() >= 0) {
      if (leaver.get() == number) {
        LockSupport.park();
        continue;
      }
      try {
        pool.take(Thread.currentThread(), new Scope()).close();
      } catch (LeaseUnavailableException e) {
        // Interrupted, as intended.
      }
      // The interrupt of this round has come, or is about to.
      until(() -> Thread.interrupted() || leaver.get() < 0);
      number++;
      left.set(number);
    }
  }

  private static void until(BooleanSupplier condition) {
    for (int spins = 0; !condition.getAsBoolean(); spins++) {
      if (spins < 100) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // The other one may be waiting for this very core.
      }
    }
  }

  private static final class Scope implements TaskScope {
    private @Nullable Held head;

    @Override
    public String name() {
      return "task";
    }

    @Override
    public @Nullable Held held() {
      return head;
    }

    @Override
    public void held(@Nullable Held newHead) {
      head = newHead;
    }
  }

  private static final class Owner extends WorkerOwner {
    Owner() {
      super(new Nowhere(), 0);
    }

    @Override
    public String name() {
      return "worker";
    }

    @Override
    public Thread thread() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean post(Runnable action) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class Nowhere implements Domain {
    @Override
    public String name() {
      return "raced";
    }

    @Override
    public ShutdownPhase phase() {
      return ShutdownPhase.RUNNING;
    }

    @Override
    public long now() {
      return 0;
    }

    @Override
    public @Nullable TaskScope strayScope(Thread thread) {
      return null;
    }

    @Override
    public void guardClosedOutside() {}

    @Override
    public void leaked(ShutdownReport.Holder leak) {
      throw new AssertionError(leak);
    }

    @Override
    public void failed(ShutdownReport.Failure failure) {
      throw new AssertionError(failure.cause());
    }
  }
}
