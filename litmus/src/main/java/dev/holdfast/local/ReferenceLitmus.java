// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.litmus.BareWorker;
import dev.holdfast.litmus.NoDomain;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Does another task that gets a reference to a worker's value, even by a race, find the value
 * there, with what its initialiser wrote?
 *
 * <p>Claims: docs/synchronization.md, {@code Slot.value}: a reference is made after the value and
 * reaches it through a final field; {@code LocalRef.value}: a fence orders what the initialiser
 * wrote before the reference is seen; who got that through a race and sees null asks the slot;
 * {@code WorkerOwner.references}: in the owned tier read by tasks that have not entered.
 *
 * <p>Results: whether there is a reference yet, and what is seen of the value: 1 as it was made, 0
 * without what the initialiser wrote, -1 none.
 */
public final class ReferenceLitmus {

  private static final String NOT_YET = "There is no reference yet.";
  private static final String SEEN = "The value, as it was made.";
  private static final String HALF = "The value is there, without what the initialiser wrote.";
  private static final String NONE = "The reference has no value.";

  private ReferenceLitmus() {}

  /** A value with a field that its initialiser writes. */
  private static final class Probe {
    private int x;

    static Probe make() {
      Probe made = new Probe();
      made.x = 1;
      return made;
    }
  }

  /** What a thread of the blocking pool is: it may use the values of all workers. */
  private static final class PoolThread implements Membership {
    private static final PoolThread INSTANCE = new PoolThread();

    static void become() {
      if (Here.pass() == null) {
        Here.adopt(Thread.currentThread(), INSTANCE);
      }
    }

    @Override
    public @Nullable WorkerOwner worker() {
      return null;
    }

    @Override
    public Domain domain() {
      return NoDomain.INSTANCE;
    }

    @Override
    public Object pass() {
      return NoDomain.INSTANCE;
    }
  }

  private static int look(LocalRef<Probe> seen) {
    try {
      return seen.get().x;
    } catch (LocalDestroyedException | EscapedReferenceException e) {
      return -1;
    }
  }

  /** A box that is reached through a final field. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = HALF)
  @Outcome(id = "1, -1", expect = FORBIDDEN, desc = NONE)
  @State
  public static class Model {

    /** As a slot. */
    private static final class Box {
      private @Nullable Probe value;
    }

    private record Ref(Box box) {}

    private @Nullable Ref ref;

    @Actor
    public void owner() {
      Box box = new Box();
      box.value = Probe.make();
      ref = new Ref(box);
    }

    @Actor
    public void other(II_Result r) {
      Ref seen = ref;
      if (seen != null) {
        Probe value = seen.box.value;
        r.r1 = 1;
        r.r2 = value == null ? -1 : value.x;
      }
    }
  }

  /** A copy of the value that is read first, in a field that is not final, made before a fence. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = HALF)
  @Outcome(id = "1, -1", expect = FORBIDDEN, desc = NONE)
  @State
  public static class ModelCopy {

    /** Has no final field, so that nothing but the fence orders. */
    private static final class Copied {
      private @Nullable Probe value;

      Copied(Probe value) {
        this.value = value;
        VarHandle.releaseFence();
      }
    }

    private final Probe probe = new Probe();
    private @Nullable Copied ref;

    @Actor
    public void owner() {
      probe.x = 1;
      ref = new Copied(probe);
    }

    @Actor
    public void other(II_Result r) {
      Copied seen = ref;
      if (seen != null) {
        Probe value = seen.value;
        r.r1 = 1;
        r.r2 = value == null ? -1 : value.x;
      }
    }
  }

  /**
   * The reference is handed over by a plain field, which is worse than anything a task should do.
   */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = HALF)
  @Outcome(id = "1, -1", expect = FORBIDDEN, desc = NONE)
  @State
  public static class Real {
    private static final LocalKey KEY = LocalKey.named("referred");

    private final BareWorker worker = new BareWorker();
    private final Slot slot = worker.newSlot(KEY, null);
    private @Nullable LocalRef<Probe> ref;

    @Actor
    public void owner() {
      slot.making(null);
      slot.live(Probe.make());
      ref = new LocalRef<>(slot, worker);
    }

    @Actor
    public void other(II_Result r) {
      LocalRef<Probe> seen = ref;
      if (seen != null) {
        PoolThread.become();
        r.r1 = 1;
        r.r2 = look(seen);
      }
    }
  }

  /** A task of the owned tier finds the reference at its worker, without having entered that. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = HALF)
  @Outcome(id = "1, -1", expect = FORBIDDEN, desc = NONE)
  @State
  public static class RealNotEntered {
    private static final LocalKey KEY = LocalKey.named("referred");

    private final BareWorker worker = new BareWorker();

    @Actor
    public void owner() {
      Slot slot = worker.newSlot(KEY, null);
      slot.making(null);
      slot.live(Probe.make());
      worker.reference(KEY.index(), new LocalRef<Probe>(slot, worker));
    }

    @Actor
    @SuppressWarnings("unchecked") // set above
    public void other(II_Result r) {
      LocalRef<Probe> seen = (LocalRef<Probe>) worker.reference(KEY.index());
      if (seen != null) {
        PoolThread.become();
        r.r1 = 1;
        r.r2 = look(seen);
      }
    }
  }

  /** The reference is made before the value is there, and does not ask again. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = FORBIDDEN, desc = HALF)
  @Outcome(id = "1, -1", expect = ACCEPTABLE_INTERESTING, desc = NONE)
  @State
  public static class BrokenOrder {

    /** Its value comes later. */
    private static final class EarlyRef {
      private @Nullable Probe value;
    }

    private @Nullable EarlyRef ref;

    @Actor
    public void owner() {
      EarlyRef made = new EarlyRef();
      ref = made;
      made.value = Probe.make();
    }

    @Actor
    public void other(II_Result r) {
      EarlyRef seen = ref;
      if (seen != null) {
        Probe value = seen.value;
        r.r1 = 1;
        r.r2 = value == null ? -1 : value.x;
      }
    }
  }

  /** The value is in the slot before its initialiser has ended. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = NOT_YET)
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = SEEN)
  @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = HALF)
  @Outcome(id = "1, -1", expect = FORBIDDEN, desc = NONE)
  @State
  public static class BrokenInitialiser {
    private @Nullable Probe value;

    @Actor
    public void owner() {
      Probe made = new Probe();
      value = made;
      made.x = 1;
    }

    @Actor
    public void other(II_Result r) {
      Probe seen = value;
      if (seen != null) {
        r.r1 = 1;
        r.r2 = seen.x;
      }
    }
  }
}
