// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareTask;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Is a leased value that comes home from another worker there again, once, for who takes next?
 *
 * <p>Claims: docs/synchronization.md, {@code LeasePool.returned}: any worker pushes, who takes
 * takes all; nothing is compared twice: no ABA; {@code LeaseEntry.next}: ordered by the list's
 * head.
 *
 * <p>The values are numbered 1 and 2. Results: which of them those get who take, 0 for none. With
 * two that come home, two takes come after them. With one that is home and one that comes, two
 * takes come meanwhile, told by two digits, and one after them.
 */
public final class LeaseReturnLitmus {

  private static final String HOME = "All come home.";
  private static final String GONE = "One of them is never seen again.";
  private static final String TWICE = "One of them is leased twice.";

  private LeaseReturnLitmus() {}

  /** A list that is pushed to by compare-and-set, and taken whole. */
  private static class Returned {

    /** A value that came home. */
    static final class Node {
      private final int number;
      private @Nullable Node next;

      Node(int number) {
        this.number = number;
      }
    }

    final AtomicReference<@Nullable Node> head = new AtomicReference<>();

    // What was taken and not yet used; on the owner only.
    private @Nullable Node free;

    void push(int number) {
      Node node = new Node(number);
      do {
        node.next = head.get();
      } while (!head.compareAndSet(node.next, node));
    }

    @Nullable Node takeAll() {
      return head.getAndSet(null);
    }

    int take() {
      if (free == null) {
        free = takeAll();
      }
      Node taken = free;
      if (taken == null) {
        return 0;
      }
      free = taken.next;
      return taken.number;
    }
  }

  /**
   * A pool that can make so many values, and one that stays out from the beginning: it is the one
   * used last, which has a place of its own.
   */
  static final class Pool {
    private final Leases<int[]> leases;

    Pool(int values) {
      leases = new Leases<>(values + 1, LeaseOverflow.FAIL, Long.MAX_VALUE);
      leases.take(new int[] {-1});
    }

    /** Leases another value, which is made for that. */
    LeaseEntry<int[]> lease(int number) {
      return leases.take(new int[] {number});
    }

    int take() {
      leases.worker.play();
      try {
        LeaseEntry<int[]> taken = leases.pool.take(Thread.currentThread(), BareTask.INSTANCE);
        return taken.get()[0];
      } catch (LeaseUnavailableException e) {
        return 0;
      }
    }
  }

  /** Two come home at the same time. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = HOME)
  @Outcome(
      id = {"1, 1", "2, 2"},
      expect = FORBIDDEN,
      desc = TWICE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class ModelPush {
    private final Returned returned = new Returned();

    @Actor
    public void first(II_Result r) {
      returned.push(1);
    }

    @Actor
    public void second(II_Result r) {
      returned.push(2);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = returned.take();
      r.r2 = returned.take();
    }
  }

  /** One is home, and is taken while the other comes. */
  @JCStressTest
  @Outcome(
      id = {"10, 2", "12, 0", "21, 0"},
      expect = ACCEPTABLE,
      desc = HOME)
  @Outcome(
      id = {"11, .*", "22, .*", "10, 1", "20, 2"},
      expect = FORBIDDEN,
      desc = TWICE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class ModelTake {
    private final Returned returned = new Returned();

    public ModelTake() {
      returned.push(1);
    }

    @Actor
    public void first(II_Result r) {
      r.r1 = 10 * returned.take() + returned.take();
    }

    @Actor
    public void second(II_Result r) {
      returned.push(2);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = returned.take();
    }
  }

  /** Two tasks on other workers close their leases at the same time. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = HOME)
  @Outcome(
      id = {"1, 1", "2, 2"},
      expect = FORBIDDEN,
      desc = TWICE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class RealPush {
    private final Pool pool = new Pool(2);
    private final LeaseEntry<int[]> one = pool.lease(1);
    private final LeaseEntry<int[]> two = pool.lease(2);

    @Actor
    public void first(II_Result r) {
      Leases.close(one);
    }

    @Actor
    public void second(II_Result r) {
      Leases.close(two);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = pool.take();
      r.r2 = pool.take();
    }
  }

  /**
   * All are taken on the worker while another task closes its leases elsewhere, one after the
   * other. Results: how many are taken meanwhile, and how many are never seen again.
   */
  @JCStressTest
  @Outcome(id = "[0-8], 0", expect = ACCEPTABLE, desc = HOME)
  @Outcome(id = ".*, -.*", expect = FORBIDDEN, desc = TWICE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class RealTake {
    private static final int ALL = 8;

    private final Pool pool = new Pool(ALL);
    private final List<LeaseEntry<int[]>> out = new ArrayList<>();

    public RealTake() {
      for (int i = 0; i < ALL; i++) {
        out.add(pool.lease(i + 1));
      }
    }

    @Actor
    public void first(II_Result r) {
      for (int i = 0; i < 2 * ALL; i++) {
        r.r1 += pool.take() == 0 ? 0 : 1;
      }
    }

    @Actor
    public void second() {
      out.forEach(Leases::close);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = ALL - r.r1;
      while (pool.take() != 0) {
        r.r2--;
      }
    }
  }

  /** Who pushes reads the head and stores it. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = HOME)
  @Outcome(
      id = {"1, 1", "2, 2"},
      expect = FORBIDDEN,
      desc = TWICE)
  @Outcome(expect = ACCEPTABLE_INTERESTING, desc = GONE)
  @State
  public static class BrokenPush {
    private final Returned returned =
        new Returned() {
          @Override
          void push(int number) {
            Node node = new Node(number);
            node.next = head.get();
            head.set(node);
          }
        };

    @Actor
    public void first(II_Result r) {
      returned.push(1);
    }

    @Actor
    public void second(II_Result r) {
      returned.push(2);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = returned.take();
      r.r2 = returned.take();
    }
  }

  /** Who takes all reads the head and clears it. */
  @JCStressTest
  @Outcome(
      id = {"10, 2", "12, 0", "21, 0"},
      expect = ACCEPTABLE,
      desc = HOME)
  @Outcome(
      id = {"11, .*", "22, .*", "10, 1", "20, 2"},
      expect = FORBIDDEN,
      desc = TWICE)
  @Outcome(expect = ACCEPTABLE_INTERESTING, desc = GONE)
  @State
  public static class BrokenTake {
    private final Returned returned =
        new Returned() {
          @Override
          @Nullable Node takeAll() {
            Node all = head.get();
            head.set(null);
            return all;
          }
        };

    public BrokenTake() {
      returned.push(1);
    }

    @Actor
    public void first(II_Result r) {
      r.r1 = 10 * returned.take() + returned.take();
    }

    @Actor
    public void second(II_Result r) {
      returned.push(2);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = returned.take();
    }
  }
}
