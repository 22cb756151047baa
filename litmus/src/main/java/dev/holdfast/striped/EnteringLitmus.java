// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.striped;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.NoDomain;
import dev.holdfast.slot.WorkerEvents;
import dev.holdfast.slot.WorkerOwner;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Can two be on one worker of the owned tier, or one miss what the one before did there?
 *
 * <p>Claims: docs/synchronization.md, the head and {@code StripedWorker.holder}: who enters sets it
 * by compare-and-set from null, who leaves to null; that word orders the one who leaves before the
 * one who enters.
 *
 * <p>Two try to enter, and who is there updates a plain number. Results: how many updates were
 * lost, and how many had entered.
 */
public final class EnteringLitmus {

  private static final String ONE = "One finds the other there.";
  private static final String BOTH = "One enters after the other.";
  private static final String LOST = "An update is lost.";

  private EnteringLitmus() {}

  /** Is told of nothing. */
  private static final class NoEvents implements WorkerEvents {
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

  /** A word that says who is there. */
  private static class Word {
    final AtomicReference<@Nullable Object> holder = new AtomicReference<>();
    private int updates;

    boolean tryEnter(Object by) {
      return holder.compareAndSet(null, by);
    }

    int visit(Object by) {
      if (!tryEnter(by)) {
        return 0;
      }
      updates++;
      holder.set(null);
      return 1;
    }
  }

  /** The word alone. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = ONE)
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = BOTH)
  @Outcome(expect = FORBIDDEN, desc = LOST)
  @State
  public static class Model {
    private final Word word = new Word();
    private int first;
    private int second;

    @Actor
    public void first() {
      first = word.visit("first");
    }

    @Actor
    public void second() {
      second = word.visit("second");
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = first + second - word.updates;
      r.r2 = first + second;
    }
  }

  /** A worker whose thread is not started. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = ONE)
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = BOTH)
  @Outcome(expect = FORBIDDEN, desc = LOST)
  @State
  public static class Real {
    private static final WorkerEvents EVENTS = new NoEvents();
    private static final Thread THREAD = Thread.ofPlatform().unstarted(() -> {});
    private static final StripedWorkers ALL =
        new StripedWorkers(NoDomain.INSTANCE, EVENTS, (_, _) -> THREAD, 1, 0, Long.MAX_VALUE);

    private final StripedWorker worker =
        new StripedWorker(ALL, NoDomain.INSTANCE, EVENTS, 0, "litmus-worker", Long.MAX_VALUE);
    private int updates;
    private int first;
    private int second;

    private int visit(Object by) {
      if (!worker.tryEnter(by)) {
        return 0;
      }
      updates++;
      worker.leave();
      return 1;
    }

    @Actor
    public void first() {
      first = visit("first");
    }

    @Actor
    public void second() {
      second = visit("second");
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = first + second - updates;
      r.r2 = first + second;
    }
  }

  /** Who enters looks whether somebody is there, and writes that it is then. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = ONE)
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = BOTH)
  @Outcome(id = "1, 2", expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @State
  public static class Broken {
    private final Word word =
        new Word() {
          @Override
          boolean tryEnter(Object by) {
            if (holder.get() != null) {
              return false;
            }
            for (int i = 0; i < 20; i++) {
              Thread.onSpinWait(); // long enough to be seen on a busy machine
            }
            holder.set(by);
            return true;
          }
        };
    private int first;
    private int second;

    @Actor
    public void first() {
      first = word.visit("first");
    }

    @Actor
    public void second() {
      second = word.visit("second");
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = first + second - word.updates;
      r.r2 = first + second;
    }
  }
}
