// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.canary;

import dev.holdfast.doomsday.ArmedValue;
import dev.holdfast.doomsday.Armory;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Owner;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that take tasks from one queue, and destroy their values when no task
 * is left anywhere; but for one fault.
 */
final class CanaryRuntime implements AuditedRuntime {

  static final String WAY = "stop";

  private final Fault fault;
  private final Armory armory;
  private final List<Member> members = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All guarded by the lock.
  private final Queue<Runnable> queue = new ArrayDeque<>();
  private int running;
  private int alive;
  private boolean stopped;

  // Set by whoever ends it before it waits for anything, the lock included: from then on the faults
  // show. Read by any thread.
  private volatile boolean asked;

  CanaryRuntime(Setup setup, Fault fault) {
    this.fault = fault;
    this.armory = setup.armory();
    this.alive = setup.threads();
    for (int i = 0; i < setup.threads(); i++) {
      Member member = new Member("canary-" + i);
      members.add(member);
      member.setDaemon(true);
      member.start();
    }
  }

  /** A thread and its values. */
  private final class Member extends Thread {

    // Used by this thread; by the one that ends the runtime too, where that is the fault.
    private final @Nullable ArmedValue[] bySlot = new ArmedValue[Work.SLOTS];
    private final List<ArmedValue> made = new ArrayList<>();
    private final Owner owner = new Owner();

    Member(String name) {
      super(name);
      owner.is(this);
    }

    @Override
    public void run() {
      for (Runnable task = take(); task != null; task = take()) {
        try {
          task.run();
        } finally {
          ended();
        }
      }
      if (fault == Fault.RETURNS_EARLY) {
        left();
      }
      if (fault != Fault.DESTROYS_ELSEWHERE && fault != Fault.DESTROYS_EARLY) {
        destroyAll();
      }
      if (fault != Fault.RETURNS_EARLY) {
        left();
      }
    }

    synchronized ArmedValue value(int slot) {
      ArmedValue known = bySlot[slot];
      if (known == null) {
        known = armory.make("slot " + slot, owner);
        bySlot[slot] = known;
        made.add(known);
      }
      return known;
    }

    synchronized void destroyAll() {
      List<ArmedValue> order =
          fault == Fault.DESTROYS_IN_ORDER ? List.copyOf(made) : made.reversed();
      int first = fault == Fault.FORGETS_VALUES ? order.size() - 1 : order.size();
      for (ArmedValue value : List.copyOf(order.subList(0, Math.max(first, 0)))) {
        destroy(value);
        if (fault == Fault.DESTROYS_TWICE) {
          destroy(value);
        }
      }
      made.clear();
    }

    private void destroy(ArmedValue value) {
      try {
        value.destroy();
      } catch (RuntimeException e) {
        // What a destructor throws stops no other.
        setUncaughtExceptionHandler((thread, failure) -> {});
      }
    }
  }

  private @Nullable Runnable take() {
    lock.lock();
    try {
      while (true) {
        if (asked && fault == Fault.STRANDS_TASKS) {
          queue.clear();
        }
        Runnable task = queue.poll();
        if (task != null) {
          running++;
          return task;
        }
        if (stopped && running == 0) {
          return null;
        }
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void ended() {
    lock.lock();
    try {
      running--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void left() {
    lock.lock();
    try {
      alive--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Reference reference(int slot) {
    Member member = (Member) Thread.currentThread();
    // Two values at least, so that there is an order in which to destroy them.
    member.value(0);
    member.value(1);
    ArmedValue value = member.value(slot);
    return () -> value;
  }

  @Override
  public Reference outside(int slot) {
    Reference reference = reference(slot);
    lock.lock();
    try {
      // Counts as a task that runs.
      running++;
    } finally {
      lock.unlock();
    }
    return new Reference() {
      @Override
      public ArmedValue get() {
        return reference.get();
      }

      @Override
      public void close() {
        ended();
      }
    };
  }

  @Override
  public Receipt submit(Work work) {
    lock.lock();
    try {
      if (stopped) {
        throw new RejectedExecutionException("stopped");
      }
      queue.add(fault == Fault.HURTS_WAKERS ? () -> begin(work) : work);
      changed.signalAll();
      return Receipt.NONE;
    } finally {
      lock.unlock();
    }
  }

  private void begin(Work work) {
    if (work.begin()) {
      work.onWake(() -> goOn(work));
    } else {
      work.resume();
    }
  }

  private void goOn(Work work) {
    if (asked) {
      throw new RejectedExecutionException("stopped");
    }
    lock.lock();
    try {
      queue.add(work::resume);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Ending shutDown(String way, Duration limit) throws InterruptedException {
    asked = true;
    if (fault == Fault.DESTROYS_EARLY) {
      members.forEach(Member::destroyAll);
    }
    lock.lock();
    try {
      stopped = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean over = awaitMembers(limit);
    if (over && fault == Fault.DESTROYS_ELSEWHERE) {
      members.forEach(Member::destroyAll);
    }
    return over ? Ending.COMPLETE : Ending.TIMED_OUT;
  }

  private boolean awaitMembers(Duration limit) throws InterruptedException {
    long nanos = TimeUnit.NANOSECONDS.convert(limit);
    lock.lock();
    try {
      while (alive > 0 || fault == Fault.HANGS) {
        if (fault == Fault.HANGS) {
          changed.await();
        } else if (nanos <= 0) {
          return false;
        } else {
          nanos = changed.awaitNanos(nanos);
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
