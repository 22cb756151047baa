// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareEntry;
import dev.holdfast.litmus.BareWorker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Does a task ever find its worker's value gone, and does the destructor see what the task did
 * last?
 *
 * <p>Claims: docs/synchronization.md, {@code Slot.value}: whoever may read it lives before the
 * barrier, and the clearing comes after; "Counting", 2: a task is counted as ended after its last
 * action, with release; {@code WorkerOwner.tasksEnded}.
 *
 * <p>Results: whether the task had the value, and what the destructor saw, -1 if it has not run.
 */
public final class DestructionLitmus {

  private static final String BEFORE = "The task has not ended, and nothing is destroyed.";
  private static final String SEEN = "The destructor sees what the task did.";
  private static final String STALE = "The destructor misses what the task did last.";
  private static final String GONE = "The value is gone while the task uses it.";

  private DestructionLitmus() {}

  /** A value with a field that the task writes. */
  private static final class Probe {
    private int x;
  }

  private static void destroy(Slot slot) {
    try {
      slot.destroy();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** A reference and the end of a task. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = STALE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class Model {
    private static final VarHandle ENDED;

    static {
      try {
        ENDED = MethodHandles.lookup().findVarHandle(Model.class, "ended", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private @Nullable Probe value = new Probe();

    @SuppressWarnings("UnusedVariable") // through ENDED
    private long ended;

    @Actor
    public void task(II_Result r) {
      Probe used = value;
      if (used != null) {
        r.r1 = 1;
        used.x = 1;
      }
      ENDED.setRelease(this, 1L);
    }

    @Actor
    public void closer(II_Result r) {
      r.r2 = -1;
      if ((long) ENDED.getAcquire(this) == 1) {
        Probe last = value;
        value = null;
        r.r2 = last == null ? -2 : last.x;
      }
    }
  }

  /** A slot with a destructor, and the number of ended tasks of its worker. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = STALE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class Real {
    private static final LocalKey KEY = LocalKey.named("destroyed");

    private final BareWorker worker = new BareWorker();
    private final Slot slot = worker.newSlot(KEY, this::destructor);
    private int destroyed = -1;

    public Real() {
      slot.making(slot.destructor());
      slot.live(new Probe());
      worker.taskStarted(new BareEntry());
    }

    private void destructor(Object value) {
      destroyed = ((Probe) value).x;
    }

    @Actor
    public void task(II_Result r) {
      Object used = slot.value();
      if (used instanceof Probe probe) {
        r.r1 = 1;
        probe.x = 1;
      }
      worker.taskEnded();
    }

    @Actor
    public void closer(II_Result r) {
      if (worker.tasksEnded() == worker.tasksStarted()) {
        destroy(slot);
      }
      r.r2 = destroyed;
    }
  }

  /** The task is counted as ended before its last use. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = ACCEPTABLE, desc = BEFORE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = STALE)
  @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = GONE)
  @State
  public static class Broken {
    private static final LocalKey KEY = LocalKey.named("destroyed");

    private final BareWorker worker = new BareWorker();
    private final Slot slot = worker.newSlot(KEY, this::destructor);
    private int destroyed = -1;

    public Broken() {
      slot.making(slot.destructor());
      slot.live(new Probe());
      worker.taskStarted(new BareEntry());
    }

    private void destructor(Object value) {
      destroyed = ((Probe) value).x;
    }

    @Actor
    public void task(II_Result r) {
      worker.taskEnded();
      Object used = slot.value();
      if (used instanceof Probe probe) {
        r.r1 = 1;
        probe.x = 1;
      }
    }

    @Actor
    public void closer(II_Result r) {
      if (worker.tasksEnded() == worker.tasksStarted()) {
        destroy(slot);
      }
      r.r2 = destroyed;
    }
  }
}
