// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Does who waits for a task hear of its end, and see what it did?
 *
 * <p>Claims: {@code Outcome}: one reference is the waiters and then the outcome, changed by CAS, so
 * that a waiter that comes late sees the outcome and one that comes early is woken; the state is
 * volatile, which publishes what the body did; {@code WithResult}: a body without a result, for a
 * task whose result was given.
 *
 * <p>Results: what get() returns, -1 if it gave up, and what is seen of the body's write.
 */
public final class OutcomeGetLitmus {

  private static final String LOST = "Lost: the task has ended, and who waits for it is not woken.";
  private static final String STALE = "The outcome is there, and what the body did is not.";
  private static final String SEEN = "The outcome, and what the body did.";
  private static final String NOT_YET = "The task has not ended.";

  private OutcomeGetLitmus() {}

  /** An outcome of a body that writes to a plain field and has a given result. */
  private static final class Body extends dev.holdfast.runtime.Outcome<Integer> {
    private final Callable<Integer> body = new WithResult<>(this::write, 7);
    private int x;

    private void write() {
      x = 1;
    }

    @Override
    Integer call() throws Exception {
      return body.call();
    }

    @Override
    @Nullable Thread runner() {
      return null;
    }

    @Override
    public void run() {
      runBody();
    }
  }

  private static int join(Body outcome) {
    try {
      return outcome.get();
    } catch (ExecutionException | InterruptedException e) {
      return -2;
    }
  }

  /** Looks once, and waits for a nanosecond. */
  private static int getNow(Body outcome) {
    try {
      return outcome.get(1, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return -1;
    } catch (ExecutionException | InterruptedException e) {
      return -2;
    }
  }

  /** A value, then a flag. */
  @JCStressTest
  @Outcome(id = "7, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "7, 0", expect = FORBIDDEN, desc = STALE)
  @State
  public static class Model {
    private volatile int state;
    private int x;

    @Actor
    public void body() {
      x = 1;
      state = 7;
    }

    @Actor
    public void waiter(II_Result r) {
      int seen = state;
      r.r1 = seen;
      r.r2 = seen == 0 ? 0 : x;
    }
  }

  /**
   * A waiter parks, for ever if it is not woken: then the runner ends the test. The second result
   * tells, with 2, that it has been there before the end.
   */
  @JCStressTest
  @Outcome(id = "7, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "7, 3", expect = ACCEPTABLE, desc = "It was not there at once; then both.")
  @Outcome(
      id = {"7, 0", "7, 2"},
      expect = FORBIDDEN,
      desc = STALE)
  @Outcome(expect = FORBIDDEN, desc = LOST)
  @State
  public static class Real {
    private final Body outcome = new Body();

    @Actor
    public void body() {
      outcome.run();
    }

    @Actor
    public void waiter(II_Result r) {
      int early = outcome.isDone() ? 0 : 2;
      r.r1 = join(outcome);
      r.r2 = early + outcome.x;
    }
  }

  /** A waiter that gives up at once. */
  @JCStressTest
  @Outcome(id = "7, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "-1, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(expect = FORBIDDEN, desc = STALE)
  @State
  public static class RealImpatient {
    private final Body outcome = new Body();

    @Actor
    public void body() {
      outcome.run();
    }

    @Actor
    public void waiter(II_Result r) {
      int got = getNow(outcome);
      r.r1 = got;
      r.r2 = got < 0 ? 0 : outcome.x;
    }
  }

  /**
   * The waiter looks at the state, and registers itself elsewhere then. The second result is
   * whether it is woken.
   */
  @JCStressTest
  @Outcome(
      id = {"7, 0", "7, 1"},
      expect = ACCEPTABLE,
      desc = "The waiter sees the outcome.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The waiter parks, and is woken.")
  @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @State
  public static class BrokenRegister {
    private volatile int state;
    private volatile @Nullable Thread waits;

    @Actor
    public void body(II_Result r) {
      state = 7;
      r.r2 = waits == null ? 0 : 1;
    }

    @Actor
    public void waiter(II_Result r) {
      int seen = state;
      r.r1 = seen;
      if (seen == 0) {
        waits = Thread.currentThread();
      }
    }
  }

  /** The outcome is there before the body has ended. */
  @JCStressTest
  @Outcome(id = "7, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "7, 0", expect = ACCEPTABLE_INTERESTING, desc = STALE)
  @State
  public static class BrokenOrder {
    private volatile int state;
    private int x;

    @Actor
    public void body() {
      state = 7;
      x = 1;
    }

    @Actor
    public void waiter(II_Result r) {
      int seen = state;
      r.r1 = seen;
      r.r2 = seen == 0 ? 0 : x;
    }
  }
}
