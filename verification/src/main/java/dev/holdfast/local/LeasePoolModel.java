// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.litmus.NoDomain;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Forms;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;

/**
 * The free values of one lease pool: three are out with tasks that have moved to two other workers,
 * which give them back, while the worker itself takes what is home and gives that back too.
 */
public class LeasePoolModel {

  private static final int BOUND = 3;

  private final Home home = new Home();
  private final Scope scope = new Scope();
  private final LeasePool<Object> pool =
      new LeasePool<>(
          home,
          LocalKey.named("modelled"),
          new Forms(),
          new LeasePool.Limits(BOUND, LeaseOverflow.FAIL, Long.MAX_VALUE),
          Object::new,
          null);

  // Each used by one thread at a time.
  private final Deque<LeaseEntry<Object>> onFirst = new ArrayDeque<>();
  private final Deque<LeaseEntry<Object>> onSecond = new ArrayDeque<>();
  private final Deque<LeaseEntry<Object>> onHome = new ArrayDeque<>();

  /** Makes a pool of which all values are out. */
  public LeasePoolModel() {
    onFirst.add(leased());
    onFirst.add(leased());
    onSecond.add(leased());
  }

  /** A task on the first other worker closes a lease. */
  @Operation(nonParallelGroup = "first")
  public boolean closeOnFirst() {
    return close(onFirst);
  }

  /** A task on the second other worker closes a lease. */
  @Operation(nonParallelGroup = "second")
  public boolean closeOnSecond() {
    return close(onSecond);
  }

  /** A task on the worker itself closes one that it took. */
  @Operation(nonParallelGroup = "home")
  public boolean closeAtHome() {
    home.here = Thread.currentThread();
    try {
      return close(onHome);
    } finally {
      home.here = null;
    }
  }

  /** A task on the worker itself takes a value, if one is home. */
  @Operation(nonParallelGroup = "home")
  public boolean take() {
    LeaseEntry<Object> taken;
    try {
      taken = leased();
    } catch (LeaseUnavailableException e) {
      return false;
    }
    if (onHome.contains(taken)) {
      throw new IllegalStateException("leased twice: " + taken);
    }
    onHome.add(taken);
    return true;
  }

  private LeaseEntry<Object> leased() {
    return pool.take(Thread.currentThread(), scope);
  }

  private boolean close(Deque<LeaseEntry<Object>> out) {
    LeaseEntry<Object> last = out.pollLast();
    if (last == null) {
      return false;
    }
    pool.giveBack(last);
    return true;
  }

  /** The worker, on which is who says so. */
  private static final class Home extends WorkerOwner {

    @Nullable Thread here;

    Home() {
      super(NoDomain.INSTANCE, Long.MAX_VALUE);
    }

    @Override
    public boolean tryEnter(Object by) {
      return Thread.currentThread() == here;
    }

    @Override
    public String name() {
      return "home";
    }

    @Override
    public int index() {
      return 0;
    }

    @Override
    public boolean isRunning() {
      return true;
    }

    @Override
    public Thread thread() {
      return Thread.currentThread();
    }

    @Override
    public boolean post(Runnable action) {
      throw new UnsupportedOperationException("nothing is posted here");
    }
  }

  /** A task, as far as leases ask for it. */
  private static final class Scope implements TaskScope {

    @Override
    public String name() {
      return "task";
    }

    @Override
    public Domain domain() {
      throw new UnsupportedOperationException("a task of no runtime");
    }

    @Override
    public @Nullable TaskOwner values() {
      return null;
    }

    @Override
    public void values(@Nullable TaskOwner owner) {}

    @Override
    public int leases() {
      return 0;
    }

    @Override
    public void leases(int count) {}
  }

  /** What it does when nobody meets. */
  public static class Sequential {
    private int onFirst = 2;
    private int onSecond = 1;
    private int onHome;
    private int free;

    /** As that of the model. */
    public boolean closeOnFirst() {
      return onFirst > 0 && onFirst-- > 0 && free++ >= 0;
    }

    /** As that of the model. */
    public boolean closeOnSecond() {
      return onSecond > 0 && onSecond-- > 0 && free++ >= 0;
    }

    /** As that of the model. */
    public boolean closeAtHome() {
      return onHome > 0 && onHome-- > 0 && free++ >= 0;
    }

    /** As that of the model. */
    public boolean take() {
      return free > 0 && free-- > 0 && onHome++ >= 0;
    }
  }
}
