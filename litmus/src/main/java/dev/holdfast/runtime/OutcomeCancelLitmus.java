// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIL_Result;
import org.openjdk.jcstress.infra.results.IL_Result;

/**
 * Is there one outcome, when a task ends as somebody cancels it?
 *
 * <p>Claims: {@code Outcome.state}: changed by CAS, once to something final; {@code
 * Outcome.failed}: written by the thread of the body before the state is, read by who has seen
 * that.
 *
 * <p>Results: whether cancel() says that it has cancelled, (what was seen meanwhile,) and what the
 * task is in the end.
 */
public final class OutcomeCancelLitmus {

  private static final String AGREE = "Both agree.";
  private static final String DISAGREE = "Who cancels is told one thing, who asks later another.";

  private OutcomeCancelLitmus() {}

  /** An outcome of a body that returns or throws. */
  private static final class Body extends dev.holdfast.runtime.Outcome<String> {
    private final @Nullable Exception failure;

    Body(@Nullable Exception failure) {
      this.failure = failure;
    }

    @Override
    String call() throws Exception {
      if (failure != null) {
        throw failure;
      }
      return "result";
    }

    @Override
    @Nullable Thread runner() {
      return null;
    }

    @Override
    public void run() {
      runBody();
    }
  }

  /** Without its stack: only that it was thrown matters. */
  private static final class Failure extends Exception {
    private Failure() {
      super("litmus", null, false, false);
    }
  }

  /** One reference, by CAS from null. */
  @JCStressTest
  @Outcome(
      id = {"1, CANCELLED", "0, SUCCESS"},
      expect = ACCEPTABLE,
      desc = AGREE)
  @Outcome(expect = FORBIDDEN, desc = DISAGREE)
  @State
  public static class Model {
    private final AtomicReference<@Nullable String> state = new AtomicReference<>();

    @Actor
    public void body() {
      state.compareAndSet(null, "SUCCESS");
    }

    @Actor
    public void canceller(IL_Result r) {
      r.r1 = state.compareAndSet(null, "CANCELLED") ? 1 : 0;
    }

    @Arbiter
    public void rest(IL_Result r) {
      r.r2 = state.get();
    }
  }

  /** A body that returns. */
  @JCStressTest
  @Outcome(
      id = {"1, CANCELLED", "0, SUCCESS"},
      expect = ACCEPTABLE,
      desc = AGREE)
  @Outcome(expect = FORBIDDEN, desc = DISAGREE)
  @State
  public static class Real {
    private final Body outcome = new Body(null);

    @Actor
    public void body() {
      outcome.runBody();
    }

    @Actor
    public void canceller(IL_Result r) {
      r.r1 = outcome.cancel(false) ? 1 : 0;
    }

    @Arbiter
    public void rest(IL_Result r) {
      r.r2 = outcome.state();
    }
  }

  /** A body that throws, and who cancels looks at once what has become of it. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, CANCELLED", "0, 1, FAILED"},
      expect = ACCEPTABLE,
      desc = AGREE)
  @Outcome(id = "0, 2, FAILED", expect = FORBIDDEN, desc = "What was thrown is taken for a result.")
  @Outcome(expect = FORBIDDEN, desc = DISAGREE)
  @State
  public static class RealFailure {
    private final Body outcome = new Body(new Failure());

    @Actor
    public void body() {
      outcome.runBody();
    }

    @Actor
    public void canceller(IIL_Result r) {
      r.r1 = outcome.cancel(true) ? 1 : 0;
      r.r2 =
          switch (outcome.state()) {
            case CANCELLED -> 0;
            case FAILED -> 1;
            case SUCCESS -> 2;
            case RUNNING -> 3;
          };
    }

    @Arbiter
    public void rest(IIL_Result r) {
      r.r3 = outcome.state();
    }
  }

  /** Both look before they write. */
  @JCStressTest
  @Outcome(
      id = {"1, CANCELLED", "0, SUCCESS"},
      expect = ACCEPTABLE,
      desc = AGREE)
  @Outcome(id = "1, SUCCESS", expect = ACCEPTABLE_INTERESTING, desc = DISAGREE)
  @State
  public static class Broken {
    private volatile @Nullable String state;

    private boolean complete(String outcome) {
      if (state != null) {
        return false;
      }
      state = outcome;
      return true;
    }

    @Actor
    public void body() {
      complete("SUCCESS");
    }

    @Actor
    public void canceller(IL_Result r) {
      r.r1 = complete("CANCELLED") ? 1 : 0;
    }

    @Arbiter
    public void rest(IL_Result r) {
      r.r2 = state;
    }
  }

  /** That the state is what was thrown is said after it was set. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, CANCELLED", "0, 1, FAILED"},
      expect = ACCEPTABLE,
      desc = AGREE)
  @Outcome(
      id = "0, 2, FAILED",
      expect = ACCEPTABLE_INTERESTING,
      desc = "What was thrown is taken for a result.")
  @State
  public static class BrokenFailure {
    private final AtomicReference<@Nullable Object> state = new AtomicReference<>();
    private boolean failed;

    private String state() {
      return "cancelled".equals(state.get()) ? "CANCELLED" : failed ? "FAILED" : "SUCCESS";
    }

    @Actor
    public void body() {
      state.compareAndSet(null, new Failure());
      failed = true;
    }

    @Actor
    public void canceller(IIL_Result r) {
      r.r1 = state.compareAndSet(null, "cancelled") ? 1 : 0;
      r.r2 =
          switch (state()) {
            case "CANCELLED" -> 0;
            case "FAILED" -> 1;
            default -> 2;
          };
    }

    @Arbiter
    public void rest(IIL_Result r) {
      r.r3 = state();
    }
  }
}
