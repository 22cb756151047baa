// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.NoDomain;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.WorkerEvents;
import dev.holdfast.slot.WorkerOwner;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Does exactly one get the task in a worker's next-task slot, when a thief takes it as its worker
 * does, or as its worker puts another there?
 *
 * <p>Claims: docs/synchronization.md, {@code Worker.next}: by getAndSet, because worker and thief
 * must not both get it; ADR 0010: searching workers may take from a slot; what was in the slot
 * before goes to the queue.
 *
 * <p>Results are the numbers of the tasks that each side got, 0 for none.
 */
public final class NextTaskLitmus {

  private static final String ONE = "One of the two gets it.";
  private static final String BOTH = "Both run it.";
  private static final String NEITHER = "It is lost.";

  private NextTaskLitmus() {}

  /** A task that can be told from others. */
  private record Numbered(int number) implements Runnable {
    @Override
    public void run() {}
  }

  private static final Numbered FIRST = new Numbered(1);
  private static final Numbered SECOND = new Numbered(2);

  private static int number(@Nullable Runnable task) {
    return task instanceof Numbered numbered ? numbered.number() : 0;
  }

  /** Makes the threads of workers, which are not started. */
  private static final class Threads implements Admission {
    @Override
    public void admit(Thread thread, Thread starter, @Nullable Membership membership) {}

    @Override
    public void retract(Thread thread) {}

    @Override
    public void strayEnded(Thread thread) {}

    @Override
    public Thread newThread(WorkerOwner worker, Runnable body) {
      return new Thread(body);
    }
  }

  /** Is told of nothing. */
  private static final class Silence implements WorkerEvents {
    @Override
    public void workerStarted(WorkerOwner worker) {}

    @Override
    public void workerStopped(WorkerOwner worker) {}

    @Override
    public void workerParked(WorkerOwner worker) {}

    @Override
    public void workerUnparked(WorkerOwner worker) {}

    @Override
    public void blockedWhilePinned(WorkerOwner worker, StackTraceElement[] stack) {}

    @Override
    public void uncaught(Throwable failure) {
      throw new AssertionError(failure);
    }
  }

  private static final Scheduler SCHEDULER =
      new Scheduler(new Threads(), new Silence(), NoDomain.INSTANCE, 1, 0, Long.MAX_VALUE);

  private static Worker worker() {
    return new Worker(SCHEDULER, NoDomain.INSTANCE, 0, -1, Long.MAX_VALUE);
  }

  /** A reference that two take. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = ONE)
  @Outcome(id = "1, 1", expect = FORBIDDEN, desc = BOTH)
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = NEITHER)
  @State
  public static class Model {
    private final AtomicReference<@Nullable Runnable> next = new AtomicReference<>(FIRST);

    @Actor
    public void worker(II_Result r) {
      r.r1 = number(next.getAndSet(null));
    }

    @Actor
    public void thief(II_Result r) {
      r.r2 = number(next.getAndSet(null));
    }
  }

  /** The worker takes it to run it. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = ONE)
  @Outcome(id = "1, 1", expect = FORBIDDEN, desc = BOTH)
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = NEITHER)
  @State
  public static class Real {
    private final Worker worker = NextTaskLitmus.worker();

    public Real() {
      worker.pushNext(FIRST);
    }

    @Actor
    public void worker(II_Result r) {
      r.r1 = number(worker.takeNext());
    }

    @Actor
    public void thief(II_Result r) {
      r.r2 = number(worker.takeNext());
    }
  }

  /**
   * A task on the worker wakes another. The first result is what went to the queue, the second what
   * the thief got, the third what is in the slot then.
   */
  @JCStressTest
  @Outcome(id = "1, 0, 2", expect = FORBIDDEN, desc = "The slot is full all the time.")
  @Outcome(
      id = {"1, 2, 0", "0, 1, 2"},
      expect = ACCEPTABLE,
      desc = "Each is in one place.")
  @Outcome(expect = FORBIDDEN, desc = "One is lost, or in two places.")
  @State
  public static class RealPush {
    private final Worker worker = NextTaskLitmus.worker();

    public RealPush() {
      worker.pushNext(FIRST);
    }

    @Actor
    public void worker() {
      worker.pushNext(SECOND);
    }

    @Actor
    public void thief(III_Result r) {
      r.r2 = number(worker.takeNext());
    }

    @Arbiter
    public void rest(III_Result r) {
      r.r1 = number(worker.queue().poll());
      r.r3 = number(worker.takeNext());
    }
  }

  /** Who takes it reads it and clears the slot then. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = ONE)
  @Outcome(id = "1, 1", expect = ACCEPTABLE_INTERESTING, desc = BOTH)
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = NEITHER)
  @State
  public static class Broken {
    private volatile @Nullable Runnable next = FIRST;

    private @Nullable Runnable takeNext() {
      Runnable task = next;
      if (task != null) {
        next = null;
      }
      return task;
    }

    @Actor
    public void worker(II_Result r) {
      r.r1 = number(takeNext());
    }

    @Actor
    public void thief(II_Result r) {
      r.r2 = number(takeNext());
    }
  }
}
