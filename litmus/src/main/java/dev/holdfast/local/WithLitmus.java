// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Is an update of a worker's plain value ever lost, of two tasks on that worker, one of which may
 * have come from another or be on its way there?
 *
 * <p>Claims: docs/synchronization.md, the head: a task may move to another worker only where it
 * suspends; the hand-over of the task orders what it did there before what it does here; in the
 * owned tier the word of who has entered orders the one who leaves before the one who enters.
 * {@code WorkerLocal.with}: the function runs pinned, and nothing else runs on the worker
 * meanwhile.
 *
 * <p>The real ones run tasks of a runtime with two workers, which is one for all samples; each
 * actor starts a task and waits for its end. A task updates the count of the worker that it is on,
 * suspends, and updates again; it would suspend within an update too, if it could. Results: how
 * many updates were lost, and what the tasks did: 0 each was on a worker of its own, 1 both were on
 * the same, 2 in turns, 3 and one of them moved.
 */
public final class WithLitmus {

  private static final String ALL = "No update is lost.";
  private static final String LOST = "An update is lost.";

  private WithLitmus() {}

  /** A runtime, with a local whose values number its workers. */
  private static final class Workers {
    private final WorkerRuntime runtime;
    private final WorkerLocal<Integer> number;

    Workers(Tier tier, int count) {
      AtomicInteger next = new AtomicInteger();
      runtime = WorkerRuntime.builder().tier(tier).workers(count).spareWorkers(0).start();
      number = WorkerLocal.of(next::getAndIncrement);
    }
  }

  /** How a task updates the count of the worker that it is on. */
  private interface Update {
    /** Returns the number of the worker. */
    int run(Workers workers, Tallies tallies, int task);
  }

  /** The counts of the workers, and the two tasks that update them. */
  private static final class Tallies {
    private static final int UPDATES = 16;

    private final Workers workers;
    private final Update update;

    // Plain, for the workers' tasks to update.
    private final int[] counts = new int[2];

    // Plain too: which task was on a worker last, and how often that was another than before.
    private final int[] last = new int[2];
    private final int[] turns = new int[2];

    // A bit for each worker that the task was on.
    private int first;
    private int second;

    private final AtomicInteger arrived = new AtomicInteger();

    Tallies(Workers workers, Update update) {
      this.workers = workers;
      this.update = update;
    }

    void first() {
      first = workers.runtime.spawn(() -> task(1)).join();
    }

    void second() {
      second = workers.runtime.spawn(() -> task(2)).join();
    }

    /** Waits a little for the other task: they would seldom be there at the same time. */
    private void meet() {
      arrived.incrementAndGet();
      for (int i = 0; i < 100_000 && arrived.get() < 2; i++) {
        suspend();
      }
    }

    private int task(int number) {
      meet();
      int seen = 0;
      for (int i = 0; i < UPDATES; i++) {
        seen |= 1 << update.run(workers, this, number);
        suspend();
      }
      return seen;
    }

    void arbiter(II_Result r) {
      r.r1 = 2 * UPDATES - counts[0] - counts[1];
      boolean shared = (first & second) != 0;
      boolean moved = (first & first - 1) != 0 || (second & second - 1) != 0;
      boolean inTurns = turns[0] > 2 || turns[1] > 2;
      r.r2 = !shared ? 0 : moved ? 3 : inTurns ? 2 : 1;
    }

    /** Would lose an update of whoever came between. */
    void slowly(int worker, int task) {
      if (last[worker] != task) {
        last[worker] = task;
        turns[worker]++;
      }
      int before = counts[worker];
      suspend();
      counts[worker] = before + 1;
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // a task suspends there, and may be stolen
  private static void suspend() {
    Thread.yield();
  }

  private static int byWith(Workers workers, Tallies tallies, int task) {
    return workers.number.with(worker -> {
      tallies.slowly(worker, task);
      return worker;
    });
  }

  private static int byUpdate(Workers workers, Tallies tallies, int task) {
    int[] on = new int[1];
    workers.number.update(worker -> {
      tallies.slowly(worker, task);
      on[0] = worker;
    });
    return on[0];
  }

  /** Takes long enough to be seen on a busy machine. */
  private static int nextOf(int count) {
    for (int i = 0; i < 20; i++) {
      Thread.onSpinWait();
    }
    return count + 1;
  }

  /**
   * Two threads that play workers, and a task that begins on the first and suspends; who takes it
   * from there runs the rest of it. The first has another task of its own meanwhile.
   */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = ALL)
  @Outcome(expect = FORBIDDEN, desc = LOST)
  @State
  public static class Model {
    private int onFirst;
    private int onSecond;
    private final AtomicReference<@Nullable Object> queue = new AtomicReference<>();

    @Actor
    public void first() {
      onFirst++;
      queue.setRelease(this);
      onFirst = nextOf(onFirst);
      if (queue.getAndSet(null) != null) {
        onFirst++;
      }
    }

    @Actor
    public void second() {
      if (queue.getAndSet(null) != null) {
        onSecond++;
      }
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = 3 - onFirst - onSecond;
      r.r2 = onSecond;
    }
  }

  /** {@code with} in the carrier tier. */
  @JCStressTest
  @Outcome(id = "0, .*", expect = ACCEPTABLE, desc = ALL)
  @Outcome(expect = FORBIDDEN, desc = LOST)
  @State
  public static class RealWith {
    private static final Workers WORKERS = new Workers(Tier.CARRIER, 2);
    private final Tallies tallies = new Tallies(WORKERS, WithLitmus::byWith);

    @Actor
    public void first() {
      tallies.first();
    }

    @Actor
    public void second() {
      tallies.second();
    }

    @Arbiter
    public void rest(II_Result r) {
      tallies.arbiter(r);
    }
  }

  /** {@code update} in the carrier tier. */
  @JCStressTest
  @Outcome(id = "0, .*", expect = ACCEPTABLE, desc = ALL)
  @Outcome(expect = FORBIDDEN, desc = LOST)
  @State
  public static class RealUpdate {
    private static final Workers WORKERS = new Workers(Tier.CARRIER, 2);
    private final Tallies tallies = new Tallies(WORKERS, WithLitmus::byUpdate);

    @Actor
    public void first() {
      tallies.first();
    }

    @Actor
    public void second() {
      tallies.second();
    }

    @Arbiter
    public void rest(II_Result r) {
      tallies.arbiter(r);
    }
  }

  /** {@code with} in the owned tier. */
  @JCStressTest
  @Outcome(id = "0, .*", expect = ACCEPTABLE, desc = ALL)
  @Outcome(expect = FORBIDDEN, desc = LOST)
  @State
  public static class RealOwned {
    private static final Workers WORKERS = new Workers(Tier.OWNED, 2);
    private final Tallies tallies = new Tallies(WORKERS, WithLitmus::byWith);

    @Actor
    public void first() {
      tallies.first();
    }

    @Actor
    public void second() {
      tallies.second();
    }

    @Arbiter
    public void rest(II_Result r) {
      tallies.arbiter(r);
    }
  }

  /** {@code with} in the owned tier, on one worker, which both have to enter. */
  @JCStressTest
  @Outcome(id = "0, .*", expect = ACCEPTABLE, desc = ALL)
  @Outcome(expect = FORBIDDEN, desc = LOST)
  @State
  public static class RealOwnedOne {
    private static final Workers WORKERS = new Workers(Tier.OWNED, 1);
    private final Tallies tallies = new Tallies(WORKERS, WithLitmus::byWith);

    @Actor
    public void first() {
      tallies.first();
    }

    @Actor
    public void second() {
      tallies.second();
    }

    @Arbiter
    public void rest(II_Result r) {
      tallies.arbiter(r);
    }
  }

  /** The function does not run pinned: it has the value, and suspends. */
  @JCStressTest
  @Outcome(id = "0, .*", expect = ACCEPTABLE, desc = ALL)
  @Outcome(expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @State
  public static class BrokenUnpinned {
    private static final Workers WORKERS = new Workers(Tier.CARRIER, 2);
    private final Tallies tallies = new Tallies(WORKERS, BrokenUnpinned::update);

    private static int update(Workers workers, Tallies tallies, int task) {
      int worker = workers.number.with(number -> number);
      tallies.slowly(worker, task);
      return worker;
    }

    @Actor
    public void first() {
      tallies.first();
    }

    @Actor
    public void second() {
      tallies.second();
    }

    @Arbiter
    public void rest(II_Result r) {
      tallies.arbiter(r);
    }
  }

  /** The same, on one worker, where nothing but the word of who has entered excludes. */
  @JCStressTest
  @Outcome(id = "0, .*", expect = ACCEPTABLE, desc = ALL)
  @Outcome(expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @State
  public static class BrokenNotEntered {
    private static final Workers WORKERS = new Workers(Tier.OWNED, 1);
    private final Tallies tallies = new Tallies(WORKERS, BrokenUnpinned::update);

    @Actor
    public void first() {
      tallies.first();
    }

    @Actor
    public void second() {
      tallies.second();
    }

    @Arbiter
    public void rest(II_Result r) {
      tallies.arbiter(r);
    }
  }

  /** The task updates the count of the worker that it was on before it suspended. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = ALL)
  @Outcome(expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @State
  public static class BrokenStaleWorker {
    private int onFirst;
    private int moved;
    private final AtomicReference<@Nullable Object> queue = new AtomicReference<>();

    @Actor
    public void first() {
      onFirst++;
      queue.setRelease(this);
      onFirst = nextOf(onFirst);
      if (queue.getAndSet(null) != null) {
        onFirst++;
      }
    }

    @Actor
    public void second() {
      if (queue.getAndSet(null) != null) {
        moved = 1;
        onFirst = nextOf(onFirst);
      }
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = 3 - onFirst;
      r.r2 = moved;
    }
  }
}
