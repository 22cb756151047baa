// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Forms;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests of tasks that begin to wait for a lease just as a value comes home from elsewhere, or is
 * retired there. The test's own thread is the elsewhere.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LeasePoolWaitTest {

  private static final int ROUNDS = 20_000;

  private final WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start();

  private LeasePool<Object> pool;
  private volatile boolean ready;
  private volatile boolean go;

  @AfterEach
  void close() {
    assertThat(runtime.shutdown(Duration.ofSeconds(5), Duration.ofSeconds(5)).terminated())
        .isTrue();
  }

  @Test
  void taskThatBeginsToWaitAsTheLastValueIsRetiredGetsAnotherOne() throws Exception {
    duel((round, only) -> pool.retire(only));
  }

  @Test
  void taskThatBeginsToWaitAsTheOnlyValueComesHomeGetsIt() throws Exception {
    duel((round, only) -> pool.giveBack(only));
  }

  @Test
  void taskThatBeginsToWaitGetsWhatComesHomeWhileAnotherStopsWaiting() throws Exception {
    Field waiting = LeasePool.class.getDeclaredField("waiting");
    waiting.setAccessible(true);
    duel(
        (round, only) -> pool.giveBack(only),
        prepared -> {
          try {
            // As if a task had left the queue and were about to count itself out.
            waiting.setInt(prepared, 1);
          } catch (IllegalAccessException e) {
            throw new AssertionError(e);
          }
        });
  }

  private interface Act {
    void on(int round, LeaseEntry<Object> only);
  }

  private void duel(Act elsewhere) throws Exception {
    duel(elsewhere, prepared -> {});
  }

  /** Lets a task ask for the one value of a pool at the time at which something happens to it. */
  private void duel(Act elsewhere, Consumer<LeasePool<Object>> prepare) throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1_500);
    Elsewhere self = new Elsewhere(runtime.run(() -> here().domain()));
    Here.adopt(Thread.currentThread(), self);
    try {
      rounds(elsewhere, prepare, end);
    } finally {
      Here.release(Thread.currentThread());
      // This worker is none of the runtime's: what it counted, a real one counts in its place.
      runtime.run(() -> {
        for (long posted = self.guardsOpened(); posted > 0; posted--) {
          here().callPosted();
        }
        return null;
      });
    }
  }

  private void rounds(Act elsewhere, Consumer<LeasePool<Object>> prepare, long end)
      throws Exception {
    for (int round = 0; round < ROUNDS && System.nanoTime() - end < 0; round++) {
      ready = false;
      go = false;
      Task<LeaseEntry<Object>> taker =
          runtime.spawn(() -> {
            pool = newPool(1);
            only = pool.take(Thread.currentThread(), new Scope());
            prepare.accept(pool);
            ready = true;
            while (!go) {
              Thread.onSpinWait();
            }
            return pool.take(Thread.currentThread(), new Scope());
          });
      while (!ready) {
        Thread.onSpinWait();
      }
      go = true;
      for (int spins = round % 500; spins > 0; spins--) {
        Thread.onSpinWait();
      }
      elsewhere.on(round, only);
      assertThat(taker.get(10, TimeUnit.SECONDS)).isNotNull();
    }
  }

  private LeaseEntry<Object> only;

  @Test
  void valuesThatTheHomeWorkerFindsReturnedGoToThoseWhoWait() throws Exception {
    Method push = LeasePool.class.getDeclaredMethod("push", LeaseEntry.class);
    push.setAccessible(true);
    runtime.run(() -> {
      pool = newPool(2);
      LeaseEntry<Object> one = pool.take(Thread.currentThread(), new Scope());
      LeaseEntry<Object> two = pool.take(Thread.currentThread(), new Scope());
      Task<?> waiter = runtime.spawn(() -> pool.take(Thread.currentThread(), new Scope()));
      Await.untilWaiting(Objects.requireNonNull(waiter.thread()));
      // As two workers do that have not looked for waiters yet.
      push.invoke(pool, one);
      push.invoke(pool, two);
      assertThat(pool.take(Thread.currentThread(), new Scope())).isNotNull();
      return waiter.get(20, TimeUnit.SECONDS);
    });
  }

  private static WorkerOwner here() {
    return Objects.requireNonNull(Here.worker());
  }

  private static LeasePool<Object> newPool(int bound) {
    return new LeasePool<>(
        here(),
        LocalKey.named("pool"),
        new Forms(),
        new LeasePool.Limits(bound, LeaseOverflow.WAIT, Long.MAX_VALUE),
        Object::new,
        null);
  }

  /** A task, to its leases. */
  private static final class Scope implements TaskScope {
    private int leases;

    @Override
    public String name() {
      return "test";
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

  /** A worker whose thread is the test's. */
  private static final class Elsewhere extends WorkerOwner {
    Elsewhere(Domain domain) {
      super(domain, 0);
    }

    @Override
    public String name() {
      return "elsewhere";
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
      throw new AssertionError("nothing is posted here");
    }
  }
}
