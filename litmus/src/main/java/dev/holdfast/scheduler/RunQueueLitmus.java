// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Is each task of a worker's queue run once, when its worker polls while another steals? And does
 * who steals it see what was done before it was pushed?
 *
 * <p>Claims: {@code RunQueue}: a consumer claims by moving head with one CAS, positions never
 * repeat; "why a thief's copy is good": it copies before its CAS, and the owner fills or clears a
 * slot again only after it has read a head behind it. docs/synchronization.md: the hand-over of a
 * task through a queue orders what it did there before what it does here.
 *
 * <p>Results are the numbers of the tasks that each side got, 0 for none, -1 for one that makes no
 * sense.
 */
public final class RunQueueLitmus {

  private static final String TWICE = "One task is run twice, the other never.";
  private static final String ONCE = "Each is run once.";

  private RunQueueLitmus() {}

  /** A task that can be told from others. */
  private record Numbered(int number) implements Runnable {
    @Override
    public void run() {}
  }

  private static final Numbered FIRST = new Numbered(1);
  private static final Numbered SECOND = new Numbered(2);
  private static final Numbered OTHER = new Numbered(3);

  private static int number(@Nullable Runnable task) {
    return task instanceof Numbered numbered ? numbered.number() : task == null ? 0 : -1;
  }

  /** Two positions, claimed by a CAS of one word. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = ONCE)
  @Outcome(expect = FORBIDDEN, desc = TWICE)
  @State
  public static class Model {
    private final AtomicInteger head = new AtomicInteger();

    private int claim() {
      while (true) {
        int seen = head.get();
        if (head.compareAndSet(seen, seen + 1)) {
          return seen + 1;
        }
      }
    }

    @Actor
    public void owner(II_Result r) {
      r.r1 = claim();
    }

    @Actor
    public void thief(II_Result r) {
      r.r2 = claim();
    }
  }

  /** The third result is what the thief has moved to its own queue. */
  @JCStressTest
  @Outcome(
      id = {"1, 2, 0", "2, 1, 0"},
      expect = ACCEPTABLE,
      desc = ONCE)
  @Outcome(expect = FORBIDDEN, desc = TWICE)
  @State
  public static class Real {
    private final RunQueue queue = new RunQueue();
    private final RunQueue thiefs = new RunQueue();

    public Real() {
      queue.offer(FIRST);
      queue.offer(SECOND);
    }

    @Actor
    public void owner(III_Result r) {
      r.r1 = number(queue.poll());
    }

    @Actor
    public void thief(III_Result r) {
      r.r2 = number(queue.stealHalfInto(thiefs));
    }

    @Arbiter
    public void rest(III_Result r) {
      r.r3 = number(thiefs.poll()) + number(queue.poll());
    }
  }

  /** All is stolen while the owner polls: the two meet at the last task. */
  @JCStressTest
  @Outcome(
      id = {"1, 2, 0", "0, 1, 2"},
      expect = ACCEPTABLE,
      desc = ONCE)
  @Outcome(expect = FORBIDDEN, desc = TWICE)
  @State
  public static class RealAll {
    private final RunQueue queue = new RunQueue();
    private final RunQueue thiefs = new RunQueue();

    public RealAll() {
      queue.offer(FIRST);
      queue.offer(SECOND);
    }

    @Actor
    public void owner(III_Result r) {
      r.r1 = number(queue.poll());
    }

    @Actor
    public void thief(III_Result r) {
      r.r2 = number(queue.stealInto(thiefs, RunQueue.CAPACITY));
    }

    @Arbiter
    public void rest(III_Result r) {
      r.r3 = number(thiefs.poll()) + number(queue.poll());
    }
  }

  /**
   * The queue is full, and the owner fills the slot of the task that the thief is about to take.
   */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = ONCE)
  @Outcome(
      expect = FORBIDDEN,
      desc = "The thief has a task that was not in the queue then, or none.")
  @State
  public static class RealLap {
    private static final Runnable[] REST = new Runnable[RunQueue.CAPACITY - 2];

    static {
      Arrays.fill(REST, OTHER);
    }

    private final RunQueue queue = new RunQueue();

    // Full but for one, so that nothing is moved with the one that is stolen.
    private final RunQueue thiefs = new RunQueue();

    public RealLap() {
      queue.offer(FIRST);
      queue.offer(SECOND);
      queue.offerAll(REST, 0);
      thiefs.offerAll(REST, 0);
      thiefs.offer(OTHER);
      thiefs.offer(OTHER);
    }

    @Actor
    public void owner(II_Result r) {
      r.r1 = number(queue.poll());
      queue.offer(OTHER);
      queue.offer(OTHER);
    }

    @Actor
    public void thief(II_Result r) {
      r.r2 = number(queue.stealHalfInto(thiefs));
    }
  }

  /** The pusher is a task that has run here and moves: the third result is what it had written. */
  @JCStressTest
  @Outcome(
      id = "1, 1",
      expect = ACCEPTABLE,
      desc = "The task goes on elsewhere, and sees what it did here.")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "It is not there yet.")
  @Outcome(expect = FORBIDDEN, desc = "The task goes on elsewhere without what it did here.")
  @State
  public static class RealHandOver {
    private final RunQueue queue = new RunQueue();
    private final RunQueue thiefs = new RunQueue();
    private int x;

    @Actor
    public void here() {
      x = 1;
      queue.offer(FIRST);
    }

    @Actor
    public void elsewhere(II_Result r) {
      int task = number(queue.stealHalfInto(thiefs));
      r.r1 = task;
      r.r2 = task == 0 ? 0 : x;
    }
  }

  /** The owner moves head by a store, as nobody else stores the tail. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = ONCE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE_INTERESTING, desc = TWICE)
  @State
  public static class Broken {
    private static final VarHandle HEAD;

    static {
      try {
        HEAD = MethodHandles.lookup().findVarHandle(Broken.class, "head", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    @SuppressWarnings("UnusedVariable") // through HEAD
    private int head;

    @Actor
    public void owner(II_Result r) {
      int seen = (int) HEAD.getVolatile(this);
      HEAD.setVolatile(this, seen + 1);
      r.r1 = seen + 1;
    }

    @Actor
    public void thief(II_Result r) {
      int seen = (int) HEAD.getVolatile(this);
      while (!HEAD.compareAndSet(this, seen, seen + 1)) {
        seen = (int) HEAD.getVolatile(this);
      }
      r.r2 = seen + 1;
    }
  }

  /** The thief claims first and copies then. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = ONCE)
  @Outcome(
      id = "2, 3",
      expect = ACCEPTABLE_INTERESTING,
      desc = "The owner has filled the slot again.")
  @State
  public static class BrokenLap {
    private static final VarHandle HEAD;

    static {
      try {
        HEAD = MethodHandles.lookup().findVarHandle(BrokenLap.class, "head", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    // A queue of two slots, which is full.
    private final int[] slots = {1, 2};

    @SuppressWarnings("UnusedVariable") // through HEAD
    private int head;

    private int claim() {
      while (true) {
        int seen = (int) HEAD.getVolatile(this);
        if (HEAD.compareAndSet(this, seen, seen + 1)) {
          return seen;
        }
      }
    }

    @Actor
    public void owner(II_Result r) {
      int mine = claim();
      r.r1 = slots[mine];
      if (mine == 1) {
        // Head says that the first slot is free.
        slots[0] = 3;
      }
    }

    @Actor
    public void thief(II_Result r) {
      int mine = claim();
      r.r2 = slots[mine];
    }
  }

  /** The task is pushed before its last step here. */
  @JCStressTest
  @Outcome(
      id = "1, 1",
      expect = ACCEPTABLE,
      desc = "The task goes on elsewhere, and sees what it did here.")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "It is not there yet.")
  @Outcome(
      id = "1, 0",
      expect = ACCEPTABLE_INTERESTING,
      desc = "The task goes on elsewhere without what it did here.")
  @State
  public static class BrokenHandOver {
    private final RunQueue queue = new RunQueue();
    private final RunQueue thiefs = new RunQueue();
    private int x;

    @Actor
    public void here() {
      queue.offer(FIRST);
      x = 1;
    }

    @Actor
    public void elsewhere(II_Result r) {
      int task = number(queue.stealHalfInto(thiefs));
      r.r1 = task;
      r.r2 = task == 0 ? 0 : x;
    }
  }
}
