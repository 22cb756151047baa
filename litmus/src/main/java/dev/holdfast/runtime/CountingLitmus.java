// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareEntry;
import dev.holdfast.litmus.BareWorker;
import dev.holdfast.litmus.NoDomain;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Can the barrier be taken to be reached while a task is alive, that is started and moves as who
 * closes adds up?
 *
 * <p>Claims: ADR 0003: each worker has two numbers that only grow, written with release; the reader
 * adds up all ends first, then all starts, with acquire; what is seen to have ended is also seen to
 * have started, and so is all that it started. {@code Ledger.quiescent}.
 *
 * <p>A task on one worker starts a second and ends; that one moves to the other worker, starts a
 * third there, and ends. The third stays alive. Results: the seen ends, and whether the sums are
 * equal.
 */
public final class CountingLitmus {

  private static final String MET =
      "The barrier is taken to be reached, and the third task is alive.";
  private static final String WAITS = "Somebody is seen to be alive.";

  private CountingLitmus() {}

  private static final VarHandle NUMBER = MethodHandles.arrayElementVarHandle(long[].class);

  // Where the numbers of the two workers are.
  private static final int STARTED = 0;
  private static final int ENDED = 1;
  private static final int OTHER = 2;

  private static long read(long[] numbers, int index) {
    return (long) NUMBER.getAcquire(numbers, index);
  }

  private static void count(long[] numbers, int index) {
    NUMBER.setRelease(numbers, index, (long) NUMBER.get(numbers, index) + 1);
  }

  /** What the three tasks do, of which the first is counted as started. */
  private static void run(long[] numbers) {
    count(numbers, STARTED);
    count(numbers, ENDED);
    count(numbers, OTHER + STARTED);
    count(numbers, OTHER + ENDED);
  }

  /** Four numbers. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "1, 0", "2, 0"},
      expect = ACCEPTABLE,
      desc = WAITS)
  @Outcome(expect = FORBIDDEN, desc = MET)
  @State
  public static class Model {
    private final long[] numbers = {1, 0, 0, 0};

    @Actor
    public void tasks() {
      run(numbers);
    }

    @Actor
    public void closer(II_Result r) {
      long ended = read(numbers, ENDED) + read(numbers, OTHER + ENDED);
      long started = read(numbers, STARTED) + read(numbers, OTHER + STARTED);
      r.r1 = (int) ended;
      r.r2 = started == ended ? 1 : 0;
    }
  }

  /** The books, and the numbers of two workers. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "1, 0", "2, 0"},
      expect = ACCEPTABLE,
      desc = WAITS)
  @Outcome(expect = FORBIDDEN, desc = MET)
  @State
  public static class Real {
    private final BareWorker first = new BareWorker();
    private final BareWorker second = new BareWorker();
    private final BareEntry secondTask = new BareEntry();
    private final BareEntry thirdTask = new BareEntry();
    private final Ledger ledger =
        new Ledger(NoDomain.INSTANCE, new BareWorkforce(first, second), JOBS);

    public Real() {
      first.taskStarted(new BareEntry());
    }

    @Actor
    public void tasks() {
      first.taskStarted(secondTask);
      first.taskEnded();
      second.taskStarted(thirdTask);
      second.taskEnded();
    }

    @Actor
    public void closer(II_Result r) {
      // Before: it is an upper bound of nothing, and only tells how far the tasks have come.
      r.r1 = (int) (first.tasksEnded() + second.tasksEnded());
      r.r2 = ledger.quiescent() ? 1 : 0;
    }
  }

  /** Has none: it counts in another way. */
  private static final BlockingPool JOBS =
      new BlockingPool(NoDomain.INSTANCE, 1, TimeUnit.SECONDS.toNanos(1), Thread::new, () -> {});

  /** The starts are added up before the ends. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "1, 0", "2, 0"},
      expect = ACCEPTABLE,
      desc = WAITS)
  @Outcome(
      id = {"1, 1", "2, 1"},
      expect = ACCEPTABLE_INTERESTING,
      desc = MET)
  @State
  public static class BrokenOrder {
    private final long[] numbers = {1, 0, 0, 0};

    @Actor
    public void tasks() {
      run(numbers);
    }

    @Actor
    public void closer(II_Result r) {
      long started = read(numbers, STARTED) + read(numbers, OTHER + STARTED);
      long ended = read(numbers, ENDED) + read(numbers, OTHER + ENDED);
      r.r1 = (int) ended;
      r.r2 = started == ended ? 1 : 0;
    }
  }

  /** One net number for each worker instead of two that grow, as ADR 0003 refuses. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "2, 0"},
      expect = ACCEPTABLE,
      desc = WAITS)
  @Outcome(id = "0, 1", expect = ACCEPTABLE_INTERESTING, desc = MET)
  @State
  public static class BrokenNet {
    private final long[] net = {1, 0};

    private void add(int worker, long difference) {
      NUMBER.setRelease(net, worker, (long) NUMBER.get(net, worker) + difference);
    }

    @Actor
    public void tasks() {
      add(1, 1);
      add(0, -1);
    }

    @Actor
    public void closer(II_Result r) {
      // It looks at the worker that the task moves to before it has come, and at the one that it
      // has left after it has gone.
      long sum = read(net, 1) + read(net, 0);
      r.r1 = (int) sum;
      r.r2 = sum == 0 ? 1 : 0;
    }
  }
}
