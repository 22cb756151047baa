// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Does an interrupt that cancels a task ever hit what its thread does next?
 *
 * <p>Claims: {@code Outcome.awaitInterrupt}: it waits until who cancels has interrupted this
 * thread, for its next work must not be hit by that; docs/synchronization.md: an interrupt must
 * meet the job that it is for, and not the next one on the same thread.
 *
 * <p>Results: whether the thread was interrupted in its next work, and whether it was cancelled. An
 * interrupt that comes before the body's end has been waited for is cleared by the thread, as a
 * worker or a pool thread does.
 */
public final class OutcomeInterruptLitmus {

  private static final String HIT = "The next work on the thread is hit.";
  private static final String NOT_CANCELLED = "The body ended first.";
  private static final String CANCELLED = "The interrupt came before the next work, or not at all.";

  /** How long the next work takes: long enough to be hit. */
  private static final int WORK = 50;

  private OutcomeInterruptLitmus() {}

  /** An outcome of a body that runs on whatever thread made it, once that has said so. */
  private static final class Body extends dev.holdfast.runtime.Outcome<String> {
    private volatile @Nullable Thread thread;

    @Override
    String call() {
      return "result";
    }

    @Override
    @Nullable Thread runner() {
      return thread;
    }

    @Override
    public void run() {
      thread = Thread.currentThread();
      runBody();
    }
  }

  private static int nextWork() {
    for (int i = 0; i < WORK; i++) {
      if (Thread.interrupted()) {
        return 1;
      }
      Thread.onSpinWait();
    }
    return 0;
  }

  /** Three marks: pending, being interrupted, over. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = FORBIDDEN,
      desc = HIT)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_CANCELLED)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = CANCELLED)
  @State
  public static class Model {
    private static final int PENDING = 0;
    private static final int INTERRUPTING = 1;
    private static final int OVER = 2;

    private final AtomicInteger state = new AtomicInteger(PENDING);
    private volatile boolean interrupted;

    @Actor
    public void body(II_Result r) {
      state.compareAndSet(PENDING, OVER);
      while (state.get() == INTERRUPTING) {
        Thread.onSpinWait();
      }
      interrupted = false;
      for (int i = 0; i < WORK; i++) {
        if (interrupted) {
          r.r1 = 1;
        }
      }
    }

    @Actor
    public void canceller(II_Result r) {
      if (state.compareAndSet(PENDING, INTERRUPTING)) {
        interrupted = true;
        state.set(OVER);
        r.r2 = 1;
      }
    }
  }

  /** A true interrupt of the thread that runs the body. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = FORBIDDEN,
      desc = HIT)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_CANCELLED)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = CANCELLED)
  @State
  public static class Real {
    private final Body outcome = new Body();

    @Actor
    public void body(II_Result r) {
      outcome.run();
      Thread.interrupted();
      r.r1 = nextWork();
    }

    @Actor
    public void canceller(II_Result r) {
      r.r2 = outcome.cancel(true) ? 1 : 0;
    }
  }

  /** The outcome is marked as cancelled, then the thread is interrupted: nobody waits for that. */
  @JCStressTest
  // Also the interrupt of a sample before this one, on the same thread.
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = ACCEPTABLE_INTERESTING,
      desc = HIT)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_CANCELLED)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = CANCELLED)
  @State
  public static class Broken {
    private final AtomicInteger state = new AtomicInteger();
    private volatile @Nullable Thread thread;

    @Actor
    public void body(II_Result r) {
      thread = Thread.currentThread();
      state.compareAndSet(0, 1);
      Thread.interrupted();
      r.r1 = nextWork();
      thread = null;
    }

    @Actor
    public void canceller(II_Result r) {
      if (state.compareAndSet(0, 2)) {
        Thread runs = thread;
        if (runs != null) {
          runs.interrupt();
        }
        r.r2 = 1;
      }
    }
  }
}
