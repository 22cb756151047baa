// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareTask;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Can a task wait for a leased value that is home, or leave with one that nobody has?
 *
 * <p>Claims: docs/synchronization.md, "Lease hand-over": the task joins the waiters, then looks at
 * what was returned once more, then parks; who gives from elsewhere pushes, then looks for waiters;
 * a waiter's cell is set once by compare-and-set, by who gives or by the waiter that leaves.
 */
public final class LeaseWaitLitmus {

  private static final String GIVEN = "Who waits is given the value.";
  private static final String FOUND = "Who comes finds the value home.";
  private static final String BOTH = "Each sees the other.";
  private static final String LOST = "Lost: the value is home, and who waits for it is not told.";
  private static final String LEFT = "Who waited has left, and the value is home.";
  private static final String GONE = "The value is with nobody, and not home.";

  private static final Object VALUE = "value";

  private LeaseWaitLitmus() {}

  /** Who waits, and what came home. Results: whether the one found a value, the other a waiter. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = GIVEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = BOTH)
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = LOST)
  @State
  public static class Model {
    private final Queue<Object> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Object> returned = new AtomicReference<>();

    @Actor
    public void waiter(II_Result r) {
      waiters.add(VALUE);
      r.r1 = returned.get() == null ? 0 : 1;
    }

    @Actor
    public void giver(II_Result r) {
      returned.compareAndSet(null, VALUE);
      r.r2 = waiters.isEmpty() ? 0 : 1;
    }
  }

  /**
   * A pool of one value, which is closed elsewhere while another task wants it: for ever if it is
   * not told, and then the runner ends the test. Results: 1 for the value, and whether who gave it
   * back had seen the other begin.
   */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = GIVEN)
  @Outcome(expect = FORBIDDEN, desc = "Something else is given.")
  @State
  public static class RealParked {
    private final Leases<Object> leases = new Leases<>(1, LeaseOverflow.WAIT, Long.MAX_VALUE);
    private final LeaseEntry<Object> entry = leases.take(VALUE);
    private boolean begun;

    @Actor
    public void waiter(II_Result r) {
      begun = true;
      leases.worker.play();
      LeaseEntry<Object> given = leases.pool.take(Thread.currentThread(), BareTask.INSTANCE);
      r.r1 = given.get().equals(VALUE) ? 1 : 0;
    }

    @Actor
    public void giver(II_Result r) {
      r.r2 = begun ? 1 : 0;
      Leases.close(entry);
    }
  }

  /**
   * As above, but the task waits no longer than it takes to look. Results: whether it has the
   * value, and whether the value can be had after it.
   */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = GIVEN)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = LEFT)
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = GONE)
  @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "The value is leased twice.")
  @State
  public static class RealLeaving {
    private final Leases<Object> leases = new Leases<>(1, LeaseOverflow.WAIT, 1);
    private final LeaseEntry<Object> entry = leases.take(VALUE);

    private int take() {
      leases.worker.play();
      try {
        leases.pool.take(Thread.currentThread(), BareTask.INSTANCE);
        return 1;
      } catch (LeaseUnavailableException e) {
        return 0;
      }
    }

    @Actor
    public void waiter(II_Result r) {
      r.r1 = take();
    }

    @Actor
    public void giver() {
      Leases.close(entry);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = take();
    }
  }

  /** A cell that is set once. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = GIVEN)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = LEFT)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class ModelLeaving {
    private final AtomicReference<@Nullable Object> given = new AtomicReference<>();

    @Actor
    public void waiter(II_Result r) {
      r.r1 = given.compareAndSet(null, this) ? 0 : 1;
    }

    @Actor
    public void giver(II_Result r) {
      r.r2 = given.compareAndSet(null, VALUE) ? 0 : 1;
    }
  }

  /** Who wants a value looks at what came home, and joins those who wait then. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = GIVEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = BOTH)
  @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @State
  public static class BrokenOrder {
    private final Queue<Object> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Object> returned = new AtomicReference<>();

    @Actor
    public void waiter(II_Result r) {
      r.r1 = returned.get() == null ? 0 : 1;
      waiters.add(VALUE);
    }

    @Actor
    public void giver(II_Result r) {
      returned.compareAndSet(null, VALUE);
      r.r2 = waiters.isEmpty() ? 0 : 1;
    }
  }

  /** Who waits sees that it was given nothing, and notes that it has left. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = GIVEN)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = LEFT)
  @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = GONE)
  @Outcome(expect = FORBIDDEN, desc = "Both have it.")
  @State
  public static class BrokenLeaving {
    private final AtomicReference<@Nullable Object> given = new AtomicReference<>();

    @Actor
    public void waiter(II_Result r) {
      if (given.get() == null) {
        given.set(this);
      } else {
        r.r1 = 1;
      }
    }

    @Actor
    public void giver(II_Result r) {
      r.r2 = given.compareAndSet(null, VALUE) ? 0 : 1;
    }
  }
}
