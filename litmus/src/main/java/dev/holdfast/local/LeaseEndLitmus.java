// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareEntry;
import dev.holdfast.litmus.BareTask;
import dev.holdfast.litmus.BareWorker;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Does who has a leased value next, be it a task or the destructor, come after the task that had it
 * before, which gives it back elsewhere, and see what that did last?
 *
 * <p>Claims: docs/synchronization.md, {@code LeaseEntry.value}: the destructor runs after the
 * barrier; "Counting": a lease is closed before its task is counted as ended; {@code
 * LeasePool.isAtRest}: who gave a value back has ordered its use before.
 *
 * <p>Results: whether the task had its value to the last, and what who came next saw of it: 1 what
 * the task did last, 0 it missed that, -1 nobody came.
 */
public final class LeaseEndLitmus {

  private static final String BEFORE = "The value is out, and nobody comes to it.";
  private static final String SEEN = "The next sees what the task did last.";
  private static final String STALE = "The next misses what the task did last.";
  private static final String GONE = "The value is gone while the task uses it.";

  private LeaseEndLitmus() {}

  /** A value with a field that the task writes. */
  private static final class Probe {
    private int x;
  }

  /** A pool with one value, which is out with a task on another worker. */
  private static final class Pool {
    private final Leases<Probe> leases =
        new Leases<>(1, LeaseOverflow.FAIL, Long.MAX_VALUE, this::destructor);
    private final Probe value = new Probe();
    private final LeaseEntry<Probe> entry = leases.take(value);
    private int destroyed = -1;

    private void destructor(Probe last) {
      destroyed = last.x;
    }

    int use() {
      Leases.hold(entry);
      try {
        entry.get().x = 1;
        return 1;
      } catch (EscapedReferenceException e) {
        return 0;
      }
    }

    int take() {
      leases.worker.play();
      try {
        return leases.pool.take(Thread.currentThread(), BareTask.INSTANCE).get().x;
      } catch (LeaseUnavailableException e) {
        return -1;
      }
    }

    int destroyIf(boolean last) {
      try {
        if (last) {
          entry.destroy();
        }
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
      return destroyed;
    }
  }

  /** A value that is handed over by a list. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = STALE)
  @State
  public static class Model {
    private final Probe value = new Probe();
    private final AtomicReference<@Nullable Probe> returned = new AtomicReference<>();

    @Actor
    public void task(II_Result r) {
      r.r1 = 1;
      value.x = 1;
      returned.compareAndSet(null, value);
    }

    @Actor
    public void next(II_Result r) {
      Probe taken = returned.getAndSet(null);
      r.r2 = taken == null ? -1 : taken.x;
    }
  }

  /** The next is a task on the value's worker. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = STALE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class RealTake {
    private final Pool pool = new Pool();

    @Actor
    public void task(II_Result r) {
      r.r1 = pool.use();
      pool.entry.close();
    }

    @Actor
    public void next(II_Result r) {
      r.r2 = pool.take();
    }
  }

  /** The next is the destructor, when the loader of the local is released. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = STALE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class RealRelease {
    private final Pool pool = new Pool();

    @Actor
    public void task(II_Result r) {
      r.r1 = pool.use();
      pool.entry.close();
    }

    @Actor
    public void next(II_Result r) {
      pool.leases.worker.play();
      r.r2 = pool.destroyIf(pool.leases.pool.isAtRest());
    }
  }

  /** The next is the destructor, after the last task. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = STALE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class RealBarrier {
    private final Pool pool = new Pool();
    private final BareWorker elsewhere = new BareWorker();

    public RealBarrier() {
      elsewhere.taskStarted(new BareEntry());
    }

    @Actor
    public void task(II_Result r) {
      r.r1 = pool.use();
      pool.entry.close();
      elsewhere.taskEnded();
    }

    @Actor
    public void next(II_Result r) {
      r.r2 = pool.destroyIf(elsewhere.tasksEnded() == elsewhere.tasksStarted());
    }
  }

  /** The lease is given back before the last use of the value. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = STALE)
  @State
  public static class BrokenTake {
    private final Pool pool = new Pool();

    @Actor
    public void task(II_Result r) {
      r.r1 = 1;
      Leases.close(pool.entry);
      Thread.onSpinWait();
      pool.value.x = 1;
    }

    @Actor
    public void next(II_Result r) {
      r.r2 = pool.take();
    }
  }

  /** The task is counted as ended before it closes its lease. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = STALE)
  @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = GONE)
  @State
  public static class BrokenBarrier {
    private final Pool pool = new Pool();
    private final BareWorker elsewhere = new BareWorker();

    public BrokenBarrier() {
      elsewhere.taskStarted(new BareEntry());
    }

    @Actor
    public void task(II_Result r) {
      elsewhere.taskEnded();
      for (int i = 0; i < 20; i++) {
        Thread.onSpinWait(); // long enough to be seen on a busy machine
      }
      r.r1 = pool.use();
      pool.entry.close();
    }

    @Actor
    public void next(II_Result r) {
      r.r2 = pool.destroyIf(elsewhere.tasksEnded() == elsewhere.tasksStarted());
    }
  }
}
