// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Trace;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Forms;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.Service;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.lang.ref.ReferenceQueue;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
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
 * The races of one pool of leases, with plain threads for its worker, for another worker whose task
 * has moved away with a value, and for a task that gives up waiting.
 *
 * <p>A value that is lost leaves the worker's thread waiting for ever.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LeasePoolRaceTest {

  private static final long SHORT_NANOS = 1_000_000_000;
  private static final long LONG_NANOS = 20_000_000_000L;

  private final AtomicInteger made = new AtomicInteger();
  private final Owner owner = new Owner("worker");
  private final LeasePool<Object> pool =
      new LeasePool<>(
          owner,
          LocalKey.named("raced"),
          new Forms(),
          new LeasePool.Limits(1, LeaseOverflow.WAIT, Long.MAX_VALUE),
          () -> "value " + made.incrementAndGet(),
          null);

  private final AtomicReference<@Nullable Lease<Object>> away = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
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
    Thread mover = mover(this::closeWhatIsAway);
    play(
        nanos,
        mover,
        () -> {
          away.set(pool.take(mover, new Scope()));
          pool.take(Thread.currentThread(), new Scope()).close();
        });
    assertThat(made).hasValue(1);
  }

  private void beginsAfterOthersGaveUp(long nanos) throws Exception {
    Thread mover = mover(this::closeWhatIsAway);
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
    assertThat(made).hasValue(1);
  }

  private void beginsAsAnotherLeaves(long nanos) throws Exception {
    Thread mover = mover(this::closeWhatIsAway);
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
    assertThat(made).hasValue(1);
  }

  @Test
  @DisplayName("Values that come home while others are taken and closed there are not mixed up")
  void keepsWhatComesHomeBesideTheWorker() throws Exception {
    int bound = 4;
    LeasePool<AtomicInteger> many =
        new LeasePool<>(
            owner,
            LocalKey.named("many"),
            new Forms(),
            new LeasePool.Limits(bound, LeaseOverflow.WAIT, Long.MAX_VALUE),
            AtomicInteger::new,
            null);
    BlockingQueue<Lease<AtomicInteger>> moving = new ArrayBlockingQueue<>(bound);
    Thread mover =
        mover(() -> {
          while (!Thread.currentThread().isInterrupted() || !moving.isEmpty()) {
            Lease<AtomicInteger> moved = moving.poll();
            if (moved != null) {
              useAlone(moved);
              moved.close();
            }
          }
        });
    play(
        SHORT_NANOS,
        mover,
        () -> {
          moving.add(many.take(mover, new Scope()));
          LeaseEntry<AtomicInteger> mine = many.take(Thread.currentThread(), new Scope());
          useAlone(mine);
          mine.close();
        });
    play(
        0,
        mover(() -> {}),
        () -> {
          Set<AtomicInteger> all = Collections.newSetFromMap(new IdentityHashMap<>());
          for (int i = 0; i < bound; i++) {
            all.add(many.take(Thread.currentThread(), new Scope()).get());
          }
          assertThat(all).hasSize(bound);
        });
  }

  /** Two that have the same value at a time would find each other here. */
  private void useAlone(Lease<AtomicInteger> lease) {
    try {
      assertThat(lease.get().incrementAndGet()).isEqualTo(1);
      assertThat(lease.get().decrementAndGet()).isZero();
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Plays rounds on the worker's thread, with the mover beside it. */
  private void play(long nanos, Thread mover, Runnable one) throws Exception {
    OwnerThread worker =
        new OwnerThread(
            owner,
            () -> {
              try {
                long begin = System.nanoTime();
                do {
                  one.run();
                } while (System.nanoTime() - begin < nanos);
              } catch (Throwable e) {
                failure.compareAndSet(null, e);
              }
            },
            "worker");
    mover.start();
    worker.start();
    worker.join();
    mover.interrupt();
    mover.join();
    assertThat(failure).hasNullValue();
  }

  /** A thread of another worker. */
  private static Thread mover(Runnable body) {
    return new OwnerThread(new Owner("elsewhere"), body, "elsewhere");
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
    private int leases;

    @Override
    public String name() {
      return "task";
    }

    @Override
    public Domain domain() {
      throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable TaskOwner values() {
      return null;
    }

    @Override
    public void values(@Nullable TaskOwner owner) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int leases() {
      return leases;
    }

    @Override
    public void leases(int count) {
      leases = count;
    }
  }

  private static final class Owner extends WorkerOwner {
    private final String name;

    Owner(String name) {
      super(new Nowhere(), 0);
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int index() {
      return 0;
    }

    @Override
    public boolean isRunning() {
      return true;
    }

    @Override
    public Thread thread() {
      return Thread.currentThread();
    }

    @Override
    public boolean post(Runnable action) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class Nowhere implements Domain {
    @Override
    public void exiting(Holder thread) {}

    @Override
    public void exited(Holder thread) {}

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
    public void heldOutside(Registry.Entry holder) {}

    @Override
    public void releasedOutside(Registry.Entry holder) {}

    @Override
    public void guardOpenedOutside() {}

    @Override
    public void guardClosedOutside() {}

    @Override
    public void released() {}

    @Override
    public int workersStarted() {
      return 0;
    }

    @Override
    public WorkerOwner worker(int number) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void serve(String taskName, Service body) {
      throw new UnsupportedOperationException("runs no tasks, nor '" + taskName + "'");
    }

    @Override
    public void leaked(ShutdownReport.Holder leak, @Nullable History history) {
      throw new AssertionError(leak);
    }

    @Override
    public ReferenceQueue<Object> unclosed() {
      return new ReferenceQueue<>();
    }

    @Override
    public @Nullable Trace closedBy() {
      return null;
    }

    @Override
    public void failed(ShutdownReport.Failure failure) {
      throw new AssertionError(failure.cause());
    }

    @Override
    public void destructorFailed(ShutdownReport.Failure failure) {
      throw new AssertionError(failure.cause());
    }
  }
}
