// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareEntry;
import dev.holdfast.litmus.NoDomain;
import dev.holdfast.slot.Registry;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Can a task come in from outside that who closes does not see?
 *
 * <p>Claims: docs/synchronization.md, "Counting", 3: a start from outside lists itself, counts,
 * then reads the phase, and takes itself back if it came too late; who closes sets the phase, then
 * counts; {@code Closer.phase}: a start reads it in a turnstile, who closes sets it, passes all
 * turnstiles, then counts. ADR 0003: one of the two sees the other.
 *
 * <p>Results: whether the task may start, and how many who closes takes to be alive.
 */
public final class AdmissionLitmus {

  private static final String LOST = "The task runs, and the values are destroyed under it.";
  private static final String HELD = "The task runs, and who closes waits for it.";
  private static final String REFUSED = "The task came too late.";
  private static final String LOOKS_AGAIN =
      "The task came too late, and is seen before it is taken back.";

  private AdmissionLitmus() {}

  /** One counts, then asks; the other forbids, then counts. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = LOST)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = HELD)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = REFUSED)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = LOOKS_AGAIN)
  @State
  public static class Model {
    private volatile boolean closing;
    private volatile int started;

    @Actor
    public void starter(II_Result r) {
      started = 1;
      r.r1 = closing ? 0 : 1;
    }

    @Actor
    public void closer(II_Result r) {
      closing = true;
      r.r2 = started;
    }
  }

  /** One turnstile. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = LOST)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = HELD)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = REFUSED)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = LOOKS_AGAIN)
  @State
  public static class Real {
    private final Turnstile[] turnstiles = {new Turnstile()};
    private volatile boolean closing;

    @Actor
    public void starter(II_Result r) {
      Turnstile turnstile = Turnstile.enter(turnstiles, 0);
      turnstile.count();
      r.r1 = closing ? 0 : 1;
      turnstile.leave();
    }

    @Actor
    public void closer(II_Result r) {
      closing = true;
      turnstiles[0].pass();
      r.r2 = (int) turnstiles[0].started();
    }
  }

  /** The books as a whole; who was refused has taken itself back when it returns. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = LOST)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = HELD)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = REFUSED)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = LOOKS_AGAIN)
  @State
  public static class RealLedger {
    private final Ledger ledger = new Ledger(NoDomain.INSTANCE, new BareWorkforce(), JOBS);
    private volatile boolean closing;

    @Actor
    public void starter(II_Result r) {
      r.r1 = ledger.startedOutside(new BareEntry(), () -> !closing) ? 1 : 0;
    }

    @Actor
    public void closer(II_Result r) {
      closing = true;
      r.r2 = (int) ledger.alive();
    }
  }

  /** Has none: it counts in another way. */
  private static final BlockingPool JOBS =
      new BlockingPool(NoDomain.INSTANCE, 1, TimeUnit.SECONDS.toNanos(1), Thread::new, () -> {});

  /** Who closes does not pass the turnstile: what was counted there with release may come late. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = HELD)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = REFUSED)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = LOOKS_AGAIN)
  @State
  public static class BrokenPass {
    private final Turnstile[] turnstiles = {new Turnstile()};
    private volatile boolean closing;

    @Actor
    public void starter(II_Result r) {
      Turnstile turnstile = Turnstile.enter(turnstiles, 0);
      turnstile.count();
      r.r1 = closing ? 0 : 1;
      turnstile.leave();
    }

    @Actor
    public void closer(II_Result r) {
      closing = true;
      r.r2 = (int) turnstiles[0].started();
    }
  }

  /** The starter asks, then counts. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = LOST)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = HELD)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = REFUSED)
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = LOOKS_AGAIN)
  @State
  public static class BrokenOrder {
    private final Registry list = new Registry();
    private volatile boolean closing;
    private volatile int started;

    @Actor
    public void starter(II_Result r) {
      if (closing) {
        return;
      }
      list.add(new BareEntry());
      started = 1;
      r.r1 = 1;
    }

    @Actor
    public void closer(II_Result r) {
      closing = true;
      r.r2 = started;
    }
  }
}
