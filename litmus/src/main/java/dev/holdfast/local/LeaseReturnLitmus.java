// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareTask;
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

  private static final String BOTH = "Both come home.";
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
   * A pool of two values, both of which are out with tasks on other workers, and of a third one
   * that stays out: it is the one used last, which has a place of its own.
   */
  static final class Pool {
    private final Leases<int[]> leases = new Leases<>(3, LeaseOverflow.FAIL, Long.MAX_VALUE);

    @SuppressWarnings("unused")
    private final LeaseEntry<int[]> third = leases.take(new int[] {3});

    private final LeaseEntry<int[]> first = leases.take(new int[] {1});
    private final LeaseEntry<int[]> second = leases.take(new int[] {2});

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
      desc = BOTH)
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
      desc = BOTH)
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
      desc = BOTH)
  @Outcome(
      id = {"1, 1", "2, 2"},
      expect = FORBIDDEN,
      desc = TWICE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class RealPush {
    private final Pool pool = new Pool();

    @Actor
    public void first(II_Result r) {
      Leases.close(pool.first);
    }

    @Actor
    public void second(II_Result r) {
      Leases.close(pool.second);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = pool.take();
      r.r2 = pool.take();
    }
  }

  /** One is home, and is taken on the worker while another task closes its lease elsewhere. */
  @JCStressTest
  @Outcome(
      id = {"10, 2", "12, 0", "21, 0"},
      expect = ACCEPTABLE,
      desc = BOTH)
  @Outcome(
      id = {"11, .*", "22, .*", "10, 1", "20, 2"},
      expect = FORBIDDEN,
      desc = TWICE)
  @Outcome(expect = FORBIDDEN, desc = GONE)
  @State
  public static class RealTake {
    private final Pool pool = new Pool();

    public RealTake() {
      Leases.close(pool.first);
    }

    @Actor
    public void first(II_Result r) {
      r.r1 = 10 * pool.take() + pool.take();
    }

    @Actor
    public void second(II_Result r) {
      Leases.close(pool.second);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = pool.take();
    }
  }

  /** Who pushes reads the head and stores it. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = BOTH)
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
      desc = BOTH)
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
