// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareEntry;
import dev.holdfast.litmus.BareWorker;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.OwnerThread;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Can the barrier be reached while a guard is open that its task has left behind? And does who
 * finds a guard closed see what was done under it?
 *
 * <p>Claims: docs/synchronization.md, "Guards", the barrier: all that is counted has ended; then no
 * spot is open, read with acquire; a task that was seen to end has shown what it had opened. {@code
 * WorkerOwner.guardsClosed}: who sees a guard closed sees what was done under it.
 *
 * <p>Results: how many who closes takes to be alive, guards included, and what it sees of what was
 * written under the guard if there is none, 0 if there is one.
 */
public final class GuardBarrierLitmus {

  private static final String OPEN = "The barrier is reached, and the guard is open.";
  private static final String STALE =
      "The guard is closed, and what was done under it is not seen.";
  private static final String WAITS = "The barrier is not reached.";
  private static final String REACHED = "The guard is closed, and what was done under it is seen.";

  private GuardBarrierLitmus() {}

  /** A worker with a place for guards, and a task there that is counted. */
  private static final class Place {
    private static final LocalKey KEY = LocalKey.named("guarded");

    private final BareWorker worker = new BareWorker();
    private final OwnerThread home = new OwnerThread(worker, () -> {}, "litmus-worker");
    private final GuardPlace spot = new GuardPlace(worker.newSlot(KEY, null), worker, home, null);

    Place() {
      worker.spotMade(spot);
      worker.taskStarted(new BareEntry());
    }

    /** As {@code Ledger.alive}: ends, then starts, then spots. */
    int alive() {
      long ended = worker.tasksEnded();
      long started = worker.tasksStarted();
      return (int) (started - ended) + worker.spotsOpen();
    }
  }

  /** A word that is 1 while the guard is open, and the end of a task. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "2, 0"},
      expect = ACCEPTABLE,
      desc = WAITS)
  @Outcome(
      id = {"0, 0", "0, 1"},
      expect = FORBIDDEN,
      desc = OPEN)
  @State
  public static class Model {
    private static final VarHandle OPEN_NOW;
    private static final VarHandle ENDED;

    static {
      try {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        OPEN_NOW = lookup.findVarHandle(Model.class, "open", int.class);
        ENDED = lookup.findVarHandle(Model.class, "ended", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    @SuppressWarnings("UnusedVariable") // through OPEN_NOW
    private int open;

    @SuppressWarnings("UnusedVariable") // through ENDED
    private int ended;

    @Actor
    public void task() {
      OPEN_NOW.setRelease(this, 1);
      ENDED.setRelease(this, 1);
    }

    @Actor
    public void closer(II_Result r) {
      int tasks = 1 - (int) ENDED.getAcquire(this);
      r.r1 = tasks + (int) OPEN_NOW.getAcquire(this);
    }
  }

  /** The task opens a guard and ends; the guard stays open. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "2, 0"},
      expect = ACCEPTABLE,
      desc = WAITS)
  @Outcome(
      id = {"0, 0", "0, 1"},
      expect = FORBIDDEN,
      desc = OPEN)
  @State
  public static class Real {
    private final Place place = new Place();

    @Actor
    public void task() {
      place.spot.open();
      place.worker.taskEnded();
    }

    @Actor
    public void closer(II_Result r) {
      r.r1 = place.alive();
    }
  }

  /** A guard whose task has ended is closed elsewhere. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = WAITS)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = REACHED)
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = STALE)
  @State
  public static class RealClose {
    private final Place place = new Place();
    private final long opening = place.spot.nextOpening();
    private int x;

    public RealClose() {
      place.spot.open();
      place.worker.taskEnded();
    }

    @Actor
    public void callback() {
      x = 1;
      place.spot.close(opening, Thread.currentThread());
    }

    @Actor
    public void closer(II_Result r) {
      int alive = place.alive();
      r.r1 = alive;
      r.r2 = alive == 0 ? x : 0;
    }
  }

  /** Spots are looked at before the counts. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "2, 0"},
      expect = ACCEPTABLE,
      desc = WAITS)
  @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = OPEN)
  @State
  public static class BrokenOrder {
    private final Place place = new Place();

    @Actor
    public void task() {
      place.spot.open();
      place.worker.taskEnded();
    }

    @Actor
    public void closer(II_Result r) {
      int open = place.worker.spotsOpen();
      long ended = place.worker.tasksEnded();
      r.r1 = open + (int) (place.worker.tasksStarted() - ended);
    }
  }

  /** The guard is closed before the last step under it. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = WAITS)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = REACHED)
  @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = STALE)
  @State
  public static class BrokenClose {
    private final Place place = new Place();
    private final long opening = place.spot.nextOpening();
    private int x;

    public BrokenClose() {
      place.spot.open();
      place.worker.taskEnded();
    }

    @Actor
    public void callback() {
      place.spot.close(opening, Thread.currentThread());
      x = 1;
    }

    @Actor
    public void closer(II_Result r) {
      int alive = place.alive();
      r.r1 = alive;
      r.r2 = alive == 0 ? x : 0;
    }
  }
}
