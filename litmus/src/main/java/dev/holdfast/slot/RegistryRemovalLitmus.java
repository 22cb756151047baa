// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareEntry;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Does who finds the list of holders empty see all that they did? And is an entry that is added as
 * another is removed still there?
 *
 * <p>Claims: {@code Registry.PLACE}: removers store null with release, and who finds a registry
 * empty sees all that its entries did; of two writers of a place one has the right at a time.
 *
 * <p>Results: whether the list was found empty, and what is seen of the last write of the one that
 * was removed.
 */
public final class RegistryRemovalLitmus {

  private static final String SEEN = "Empty, and what it did is seen.";
  private static final String NOT_YET = "Not empty yet.";
  private static final String STALE = "Empty, and what it did last is not seen.";

  private RegistryRemovalLitmus() {}

  /** A place that is cleared with release. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = STALE)
  @State
  public static class Model {
    private static final VarHandle PLACE;

    static {
      try {
        PLACE = MethodHandles.lookup().findVarHandle(Model.class, "place", Object.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    @SuppressWarnings("UnusedVariable") // through PLACE
    private @Nullable Object place = "entry";

    private int x;

    @Actor
    public void holder() {
      x = 1;
      PLACE.setRelease(this, null);
    }

    @Actor
    public void closer(II_Result r) {
      if (PLACE.getAcquire(this) == null) {
        r.r1 = 1;
        r.r2 = x;
      }
    }
  }

  /** One entry, removed elsewhere than it was added. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = STALE)
  @State
  public static class Real {
    private final Registry list = new Registry();
    private final BareEntry entry = new BareEntry();
    private int x;

    public Real() {
      list.add(entry);
    }

    @Actor
    public void holder() {
      x = 1;
      Registry.remove(entry);
    }

    @Actor
    public void closer(II_Result r) {
      if (list.isEmpty()) {
        r.r1 = 1;
        r.r2 = x;
      }
    }
  }

  /**
   * The owner adds while another removes, at the place behind and at the same one: a chunk is
   * filled and comes to be used again. Results: how many were met meanwhile, and how many there
   * are.
   */
  @JCStressTest
  @Outcome(
      id = {"255, 255", "256, 255", "257, 255"},
      expect = ACCEPTABLE,
      desc = "Who was added is there.")
  @Outcome(expect = FORBIDDEN, desc = "An entry is lost, or one that was removed is there.")
  @State
  public static class RealAdd {
    private static final int FULL = 256;

    private final Registry list = new Registry();
    private final BareEntry[] removed = {new BareEntry(), new BareEntry()};
    private final BareEntry added = new BareEntry();

    public RealAdd() {
      list.add(removed[0]);
      for (int i = 1; i < FULL - 1; i++) {
        list.add(new BareEntry());
      }
      list.add(removed[1]);
    }

    @Actor
    public void owner(II_Result r) {
      list.add(added);
      r.r1 = (int) list.estimate();
    }

    @Actor
    public void remover() {
      Registry.remove(removed[1]);
      Registry.remove(removed[0]);
    }

    @Arbiter
    public void rest(II_Result r) {
      r.r2 = (int) list.estimate();
    }
  }

  /** The entry is removed before its last step. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = STALE)
  @State
  public static class BrokenOrder {
    private final Registry list = new Registry();
    private final BareEntry entry = new BareEntry();
    private int x;

    public BrokenOrder() {
      list.add(entry);
    }

    @Actor
    public void holder() {
      Registry.remove(entry);
      // Two stores in a row are one step to who looks rarely, or the compiler swaps them.
      Thread.onSpinWait();
      x = 1;
    }

    @Actor
    public void closer(II_Result r) {
      if (list.isEmpty()) {
        r.r1 = 1;
        r.r2 = x;
      }
    }
  }

  /** Who adds takes a place without having seen that it is free. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "Who was added is there.")
  @Outcome(
      id = "0",
      expect = ACCEPTABLE_INTERESTING,
      desc = "Who was added is removed in place of another.")
  @State
  public static class BrokenAdd {
    private volatile @Nullable Object place = "first";

    @Actor
    public void owner() {
      place = "second";
    }

    @Actor
    public void remover() {
      place = null;
    }

    @Arbiter
    public void rest(I_Result r) {
      r.r1 = place == null ? 0 : 1;
    }
  }
}
