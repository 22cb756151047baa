// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareWorker;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.OwnerThread;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Can a guard that is closed twice at the same moment, on its worker and elsewhere, close the next
 * guard of the same place?
 *
 * <p>Claims: docs/synchronization.md, "Guards": both write the same number; the owner opens again
 * behind its own store, and from then on a compare-and-set that is late fails, because numbers do
 * not repeat. {@code GuardPlace}: on the worker that is a read and a store, elsewhere a
 * compare-and-set.
 *
 * <p>The owner closes the first guard and opens the second. Results: whether the second is open in
 * the end, and whether the first was seen to be open elsewhere, before that closed it.
 */
public final class GuardCloseLitmus {

  private static final String OPEN = "The second guard is open.";
  private static final String CLOSED = "The second guard was closed by who closed the first.";

  private GuardCloseLitmus() {}

  /** A number that grows by one with each opening and closing. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = OPEN)
  @Outcome(expect = FORBIDDEN, desc = CLOSED)
  @State
  public static class Model {
    private final AtomicLong state = new AtomicLong(1);

    @Actor
    public void owner() {
      if (state.getPlain() == 1) {
        state.setRelease(2);
      }
      state.setRelease(3);
    }

    @Actor
    public void elsewhere(II_Result r) {
      r.r2 = state.getAcquire() == 1 ? 1 : 0;
      state.compareAndSet(1, 2);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = state.get() == 3 ? 1 : 0;
    }
  }

  /** The place that a slot uses again and again. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = OPEN)
  @Outcome(expect = FORBIDDEN, desc = CLOSED)
  @State
  public static class Real {
    private static final LocalKey KEY = LocalKey.named("guarded");
    private static final BareWorker WORKER = new BareWorker();
    private static final OwnerThread HOME = new OwnerThread(WORKER, () -> {}, "litmus-worker");

    private final GuardPlace place = new GuardPlace(WORKER.newSlot(KEY, null), WORKER, HOME, null);
    private final long first = place.nextOpening();

    public Real() {
      place.open();
    }

    @Actor
    public void owner() {
      place.close(first, HOME);
      place.open();
    }

    @Actor
    public void elsewhere(II_Result r) {
      r.r2 = place.isOpen(first) ? 1 : 0;
      place.close(first, Thread.currentThread());
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = place.isOpen(first + 2) ? 1 : 0;
    }
  }

  /** Elsewhere it is closed by a read and a store too. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = OPEN)
  @Outcome(
      id = {"0, 0", "0, 1"},
      expect = ACCEPTABLE_INTERESTING,
      desc = CLOSED)
  @State
  public static class Broken {
    private final AtomicLong state = new AtomicLong(1);

    @Actor
    public void owner() {
      if (state.getPlain() == 1) {
        state.setRelease(2);
      }
      state.setRelease(3);
    }

    @Actor
    public void elsewhere(II_Result r) {
      r.r2 = state.getAcquire() == 1 ? 1 : 0;
      if (state.getAcquire() == 1) {
        state.setRelease(2);
      }
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r1 = state.get() == 3 ? 1 : 0;
    }
  }

  /** It is told apart only whether the place is open: numbers repeat. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = OPEN)
  @Outcome(
      id = {"0, 0", "0, 1"},
      expect = ACCEPTABLE_INTERESTING,
      desc = CLOSED)
  @State
  public static class BrokenAba {
    private final AtomicLong state = new AtomicLong(1);

    @Actor
    public void owner() {
      state.setRelease(0);
      state.setRelease(1);
    }

    @Actor
    public void elsewhere(II_Result r) {
      r.r2 = state.getAcquire() == 1 ? 1 : 0;
      state.compareAndSet(1, 0);
    }

    @Arbiter
    public void rest(II_Result r) {
      // Also if the owner came last: the first guard was closed twice, and the second never.
      r.r1 = state.get() == 1 ? 1 : 0;
    }
  }
}
