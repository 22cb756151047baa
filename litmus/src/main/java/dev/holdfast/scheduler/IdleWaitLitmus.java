// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.LongOnly;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Can a task be pushed beside a worker that goes to sleep, and nobody comes for it?
 *
 * <p>Claims: docs/synchronization.md, "Parking": both sides write first and read then, and all four
 * accesses are sequentially consistent, so that one of the two sees the other; {@code
 * RunQueue.offer}: its store of the tail is volatile, for with release the read of the sleepers
 * could overtake it; {@code SleeperSet}: no wake-up is lost; "a wake-up that comes before the wait
 * ends it at once" ({@code IdleWait}).
 *
 * <p>Results: whether the worker finds the task, and which worker the pusher wakes, -1 for none.
 */
public final class IdleWaitLitmus {

  private static final String LOST =
      "Lost: the worker sleeps beside the task, and nobody wakes it.";
  private static final String FOUND = "The worker finds the task by itself.";
  private static final String WOKEN = "The pusher wakes the worker.";
  private static final String BOTH = "Both: the worker wakes in vain.";

  private IdleWaitLitmus() {}

  private static void task() {}

  /** Two words, each written by one side and read by the other. */
  @JCStressTest
  @Outcome(id = "0, -1", expect = FORBIDDEN, desc = LOST)
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = WOKEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = BOTH)
  @State
  public static class Model {
    private volatile int sleeps;
    private volatile int tail;

    @Actor
    public void worker(II_Result r) {
      sleeps = 1;
      r.r1 = tail;
    }

    @Actor
    public void pusher(II_Result r) {
      tail = 1;
      r.r2 = sleeps - 1;
    }
  }

  /** A worker that does not search. */
  @JCStressTest
  @Outcome(id = "0, -1", expect = FORBIDDEN, desc = LOST)
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = WOKEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = BOTH)
  @State
  public static class Real {
    private final SleeperSet sleepers = new SleeperSet(1);
    private final RunQueue queue = new RunQueue();

    @Actor
    public void worker(II_Result r) {
      sleepers.announce(0);
      r.r1 = queue.isEmpty() ? 0 : 1;
    }

    @Actor
    public void pusher(II_Result r) {
      queue.offer(IdleWaitLitmus::task);
      r.r2 = sleepers.wakeOne();
    }
  }

  /** A worker that stops searching: pushers have relied on it. */
  @JCStressTest
  @Outcome(id = "0, -1", expect = FORBIDDEN, desc = LOST)
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = WOKEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = BOTH)
  @State
  public static class RealSearcher {
    private final SleeperSet sleepers = new SleeperSet(1);
    private final RunQueue queue = new RunQueue();

    public RealSearcher() {
      sleepers.tryStartSearching(1);
    }

    @Actor
    public void worker(II_Result r) {
      sleepers.announce(0);
      sleepers.stopSearching();
      r.r1 = queue.isEmpty() ? 0 : 1;
    }

    @Actor
    public void pusher(II_Result r) {
      queue.offer(IdleWaitLitmus::task);
      r.r2 = sleepers.wakeOne();
    }
  }

  /** Two pushers and one sleeper: one of them wakes it, and the other leaves that to the first. */
  @JCStressTest
  @Outcome(id = "-1, -1", expect = FORBIDDEN, desc = "Lost: each leaves it to the other.")
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "One sleeper is woken for both.")
  @Outcome(
      id = {"0, -1", "-1, 0"},
      expect = ACCEPTABLE,
      desc = "One of the two wakes it.")
  @State
  public static class RealTwoPushers {
    private final SleeperSet sleepers = new SleeperSet(1);

    public RealTwoPushers() {
      sleepers.announce(0);
    }

    @Actor
    public void first(II_Result r) {
      r.r1 = sleepers.wakeOne();
    }

    @Actor
    public void second(II_Result r) {
      r.r2 = sleepers.wakeOne();
    }
  }

  /**
   * As the worker sleeps in truth, on a thread that parks: for ever if it is not woken, and then
   * the runner ends the test.
   */
  @JCStressTest
  @Outcome(id = "0, -1", expect = FORBIDDEN, desc = LOST)
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "Lost: the worker was woken and sleeps on.")
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = WOKEN)
  @State
  public static class RealParked {
    private final SleeperSet sleepers = new SleeperSet(1);
    private final RunQueue queue = new RunQueue();

    // Written before the worker announces itself, read by who has claimed it.
    private @Nullable IdleWait idle;

    @Actor
    public void worker(II_Result r) {
      IdleWait mine = IdleWait.parking(Thread.currentThread());
      idle = mine;
      sleepers.announce(0);
      if (queue.isEmpty()) {
        while (sleepers.isAnnounced(0)) {
          mine.await(Long.MAX_VALUE);
        }
      }
      sleepers.retract(0);
      r.r1 = queue.isEmpty() ? 0 : 1;
    }

    @Actor
    public void pusher(II_Result r) {
      queue.offer(IdleWaitLitmus::task);
      int worker = sleepers.wakeOne();
      if (worker >= 0) {
        Objects.requireNonNull(idle).wake();
      }
      r.r2 = worker;
    }
  }

  /** The tail is stored with release, which is enough to publish the task. */
  @LongOnly // a store buffer is seldom caught
  @JCStressTest
  @Outcome(id = "0, -1", expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = WOKEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = BOTH)
  @State
  public static class BrokenRelease {
    private static final VarHandle TAIL;

    static {
      try {
        TAIL = MethodHandles.lookup().findVarHandle(BrokenRelease.class, "tail", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final SleeperSet sleepers = new SleeperSet(1);
    private long tail;

    @Actor
    public void worker(II_Result r) {
      sleepers.announce(0);
      r.r1 = (long) TAIL.getVolatile(this) == 0 ? 0 : 1;
    }

    @Actor
    public void pusher(II_Result r) {
      TAIL.setRelease(this, tail + 1);
      r.r2 = sleepers.wakeOne();
    }
  }

  /** The worker looks first and announces itself then. */
  @JCStressTest
  @Outcome(id = "0, -1", expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = WOKEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = BOTH)
  @State
  public static class BrokenOrder {
    private final SleeperSet sleepers = new SleeperSet(1);
    private final RunQueue queue = new RunQueue();

    @Actor
    public void worker(II_Result r) {
      r.r1 = queue.isEmpty() ? 0 : 1;
      sleepers.announce(0);
    }

    @Actor
    public void pusher(II_Result r) {
      queue.offer(IdleWaitLitmus::task);
      r.r2 = sleepers.wakeOne();
    }
  }
}
