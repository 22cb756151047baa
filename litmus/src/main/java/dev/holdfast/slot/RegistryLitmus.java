// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareEntry;
import dev.holdfast.litmus.BareWorker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Does the walk that a shutdown does over the list of tasks find each that it has to interrupt, and
 * find it whole?
 *
 * <p>Claims: {@code Registry.forEach}: every entry that was added before this call, and is not
 * removed before it ends, is met once; {@code Registry.PLACE}: release and acquire, else a reader
 * could see an entry before its fields; {@code Ledger.tasksStarted}: each task of that number is
 * found, because it was listed before it was counted; docs/synchronization.md, "Counting", 1.
 */
public final class RegistryLitmus {

  private static final String FOUND = "Counted, and found whole.";
  private static final String NEITHER = "Not counted yet.";
  private static final String LISTED = "Listed, and not counted yet.";
  private static final String MISSED = "Counted and not found: it is never interrupted.";
  private static final String HALF = "Found without what was written before it was listed.";

  private RegistryLitmus() {}

  /** What a walk has met. */
  private static final class Walk {
    private int met;
    private int whole = 1;

    @SuppressWarnings("ReferenceEquality") // the one array that means nowhere
    void meet(Object entry) {
      BareEntry each = (BareEntry) entry;
      met++;
      if (each.x != 1 || each.chunk() == Registry.NOWHERE) {
        whole = 0;
      }
    }

    /** 0 if nothing was met, 1 if something was met that is not whole, else 2. */
    int result() {
      return met == 0 ? 0 : 1 + whole;
    }
  }

  private static Walk walk(Registry list) {
    Walk walk = new Walk();
    list.forEach(walk::meet);
    return walk;
  }

  /** A place, then a number. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NEITHER)
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = LISTED)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = MISSED)
  @Outcome(
      id = {"0, 1", "1, 1"},
      expect = FORBIDDEN,
      desc = HALF)
  @State
  public static class Model {
    private volatile int listed;
    private volatile int counted;
    private int x;

    @Actor
    public void starter() {
      x = 1;
      listed = 1;
      counted = 1;
    }

    @Actor
    public void closer(II_Result r) {
      r.r1 = counted;
      r.r2 = listed == 0 ? 0 : 1 + x;
    }
  }

  /** A task that is started on a worker. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NEITHER)
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = LISTED)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = MISSED)
  @Outcome(
      id = {"0, 1", "1, 1"},
      expect = FORBIDDEN,
      desc = HALF)
  @State
  public static class Real {
    private final BareWorker worker = new BareWorker();

    @Actor
    public void starter() {
      BareEntry task = new BareEntry();
      task.x = 1;
      worker.taskStarted(task);
    }

    @Actor
    public void closer(II_Result r) {
      r.r1 = (int) worker.tasksStarted();
      r.r2 = walk(worker.tasks()).result();
    }
  }

  /**
   * The list grows by a chunk as it is walked: the first result is how many are met of those that
   * were there before, the second whether the new one is.
   */
  @JCStressTest
  @Outcome(
      id = {"256, 0", "256, 1"},
      expect = ACCEPTABLE,
      desc = "Each is met once.")
  @Outcome(expect = FORBIDDEN, desc = "One is missed, or met twice.")
  @State
  public static class RealGrowth {
    private static final int FULL = 256;

    private final Registry list = new Registry();
    private final BareEntry added = new BareEntry();

    public RealGrowth() {
      for (int i = 0; i < FULL; i++) {
        list.add(new BareEntry());
      }
    }

    @Actor
    public void starter() {
      added.x = 1;
      list.add(added);
    }

    @Actor
    public void closer(II_Result r) {
      int[] met = new int[2];
      list.forEach(each -> met[((BareEntry) each).x]++);
      r.r1 = met[0];
      r.r2 = met[1];
    }
  }

  /** It is counted before it is listed. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NEITHER)
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = LISTED)
  @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = MISSED)
  @Outcome(
      id = {"0, 1", "1, 1"},
      expect = FORBIDDEN,
      desc = HALF)
  @State
  public static class BrokenOrder {
    private final Registry list = new Registry();
    private volatile int counted;

    @Actor
    public void starter() {
      BareEntry task = new BareEntry();
      task.x = 1;
      counted = 1;
      list.add(task);
    }

    @Actor
    public void closer(II_Result r) {
      r.r1 = counted;
      r.r2 = walk(list).result();
    }
  }

  /** It is listed before it is made. */
  @JCStressTest
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = FOUND)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NEITHER)
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = LISTED)
  @Outcome(
      id = {"0, 1", "1, 1"},
      expect = ACCEPTABLE_INTERESTING,
      desc = HALF)
  @State
  public static class BrokenPlace {
    private final BareWorker worker = new BareWorker();

    @Actor
    public void starter() {
      BareEntry task = new BareEntry();
      worker.taskStarted(task);
      task.x = 1;
    }

    @Actor
    public void closer(II_Result r) {
      r.r1 = (int) worker.tasksStarted();
      r.r2 = walk(worker.tasks()).result();
    }
  }
}
