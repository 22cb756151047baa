// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static dev.holdfast.runtime.BlockingPools.assertNothingLeft;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What goes on while the jobs of a blocking pool are interrupted for a shutdown. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class BlockingPoolInterruptTest {

  /** A thread that does something of the user's before it is interrupted from outside. */
  private static final class Interruptible extends Thread {
    private final Consumer<Thread> before;

    Interruptible(Runnable body, Consumer<Thread> before) {
      super(body);
      this.before = before;
    }

    @Override
    public void interrupt() {
      if (Thread.currentThread() != this) {
        before.accept(this);
      }
      super.interrupt();
    }
  }

  @Test
  @Tag("S24")
  @DisplayName("S24: the pool's lock is free while a job is interrupted: others can submit and end")
  void theLockIsFreeWhileAJobIsInterrupted() throws Exception {
    CompletableFuture<Boolean> rejected = new CompletableFuture<>();
    WorkerRuntime[] runtime = new WorkerRuntime[1];
    Consumer<Thread> submitsElsewhere =
        thread -> {
          Thread other =
              Thread.ofPlatform()
                  .start(() -> {
                    try {
                      runtime[0].spawnBlocking(() -> 0);
                    } catch (RejectedExecutionException e) {
                      rejected.complete(true);
                    }
                  });
          try {
            rejected.complete(other.join(Duration.ofSeconds(5)));
          } catch (InterruptedException e) {
            rejected.completeExceptionally(e);
          }
        };
    runtime[0] =
        WorkerRuntime.builder()
            .workers(1)
            .spareWorkers(0)
            .threadFactory(body -> new Interruptible(body, submitsElsewhere))
            .start();
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    Task<?> job =
        runtime[0].spawnBlocking(() -> {
          begun.countDown();
          never.await();
          return null;
        });
    begun.await();
    runtime[0].shutdownNow();
    assertThat(rejected.get()).isTrue();
    assertThatThrownBy(job::get).hasCauseInstanceOf(InterruptedException.class);
    assertNothingLeft(runtime[0]);
  }

  @Test
  @Tag("S35")
  @DisplayName("S35: an interrupt that is under way as its job ends does not meet the next job")
  void anInterruptThatIsUnderWayDoesNotMeetTheNextJob() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch nextBegun = new CountDownLatch(1);
    CountDownLatch delivered = new CountDownLatch(1);
    Consumer<Thread> slow =
        thread -> {
          entered.countDown();
          try {
            // Long enough for a next job that does not wait for this.
            nextBegun.await(500, TimeUnit.MILLISECONDS);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      TieredRuntime jobs = (TieredRuntime) runtime;
      BlockingPool pool =
          new BlockingPool(
              jobs, 1, Long.MAX_VALUE, body -> new Interruptible(body, slow), () -> {});
      BlockingJob<Void> first =
          new BlockingJob<>(
              jobs,
              "first",
              () -> {
                Await.unwillingly(entered);
                return null;
              });
      List<Boolean> interrupted = new ArrayList<>();
      BlockingJob<Void> next =
          new BlockingJob<>(
              jobs,
              "next",
              () -> {
                interrupted.add(Thread.interrupted());
                nextBegun.countDown();
                // No wait that an interrupt would end, and be used up by.
                while (delivered.getCount() != 0) {
                  Thread.onSpinWait();
                }
                interrupted.add(Thread.interrupted());
                return null;
              });
      assertThat(pool.submit(first, () -> true)).isTrue();
      Await.until("the first job runs", () -> first.thread() != null);
      assertThat(pool.submit(next, () -> true)).isTrue();
      Thread canceller =
          Thread.ofPlatform()
              .start(() -> {
                pool.cancelRunning();
                delivered.countDown();
              });
      first.get();
      next.get();
      // Once for the shutdown, as every job that begins later, and not by the interrupt before.
      assertThat(interrupted).containsExactly(true, false);
      canceller.join();
      for (Thread thread : pool.close()) {
        thread.join();
      }
      assertThat(pool.ended()).isEqualTo(pool.started()).isEqualTo(2);
    }
  }

  @Test
  @Tag("S35")
  @DisplayName("S35: a thread whose interrupt throws keeps no other job from being interrupted")
  void anInterruptThatThrowsKeepsNoOtherFromBeingInterrupted() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Consumer<Thread> throwing =
        thread -> {
          if (calls.getAndIncrement() == 0) {
            throw new IllegalStateException("not this one");
          }
        };
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      TieredRuntime jobs = (TieredRuntime) runtime;
      BlockingPool pool =
          new BlockingPool(
              jobs, 3, Long.MAX_VALUE, body -> new Interruptible(body, throwing), () -> {});
      CountDownLatch begun = new CountDownLatch(3);
      CountDownLatch interrupted = new CountDownLatch(2);
      CountDownLatch go = new CountDownLatch(1);
      for (int i = 0; i < 3; i++) {
        pool.submit(
            new BlockingJob<>(
                jobs,
                "job-" + i,
                () -> {
                  begun.countDown();
                  try {
                    go.await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                  }
                  return null;
                }),
            () -> true);
      }
      begun.await();
      assertThatThrownBy(pool::cancelRunning).hasMessage("not this one");
      interrupted.await();
      assertThat(calls).hasValue(3);
      go.countDown();
      for (Thread thread : pool.close()) {
        thread.join();
      }
    }
  }
}
