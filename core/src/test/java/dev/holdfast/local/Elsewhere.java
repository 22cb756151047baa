// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.TaskMember;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.VmState;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** The worker that the calling task is on, and the way to another one. */
final class Elsewhere {

  /** One move at a time in each runtime: when every worker is kept busy, none can take a task. */
  private static final Map<WorkerRuntime, ReentrantLock> MOVING =
      Collections.synchronizedMap(new WeakHashMap<>());

  private Elsewhere() {}

  /** Returns the worker that the calling task is on now. */
  static WorkerOwner worker() {
    return Objects.requireNonNull(Here.membership(), "not on a worker").worker();
  }

  /**
   * Waits until the workers' own threads are at rest. In the owned tier they are on their workers
   * at first, and a task that finds its worker taken uses another one.
   */
  static void settle(WorkerRuntime runtime) {
    if (runtime.tier() == Tier.OWNED) {
      Await.until(
          "the workers' own threads rest",
          () ->
              VmState.threads(runtime.name() + "-worker-").stream()
                      .filter(thread -> LockSupport.getBlocker(thread) instanceof WorkerOwner)
                      .count()
                  == runtime.workers());
    }
  }

  /**
   * Suspends the calling task and returns when it has been resumed by another worker; its own one
   * is kept busy meanwhile. The runtime must have two workers at least. In the owned tier a task
   * uses another worker from now on.
   */
  static void move(WorkerRuntime runtime) {
    if (runtime.tier() == Tier.OWNED) {
      ReentrantLock using = MOVING.computeIfAbsent(runtime, any -> new ReentrantLock());
      using.lock();
      try {
        use(Here.memberOf(Thread.currentThread()));
      } finally {
        using.unlock();
      }
      return;
    }
    WorkerOwner from = worker();
    ReentrantLock moving = MOVING.computeIfAbsent(runtime, any -> new ReentrantLock());
    moving.lock();
    try {
      while (worker() == from) {
        Blocker blocker = new Blocker(from, Thread.currentThread());
        runtime.spawn(() -> {
          blocker.run();
          return null;
        });
        while (!blocker.arrived) {
          LockSupport.park(blocker);
        }
        blocker.moved = true;
      }
    } finally {
      moving.unlock();
    }
  }

  /** Lets a member of the owned tier find its worker taken, and all others free. */
  private static void use(TaskMember member) {
    WorkerOwner from = member.worker();
    while (member.worker() == from) {
      if (from.tryEnter(member)) {
        try {
          member.enter();
          member.leave();
        } finally {
          from.leave();
        }
      }
    }
  }

  /** Suspends the calling task; where tasks are carried by workers, it resumes on another one. */
  static void suspend(WorkerRuntime runtime) {
    if (runtime.tier() == Tier.CARRIER) {
      move(runtime);
    } else {
      runtime.spawn(() -> "resumes").join();
    }
  }

  /** Keeps a worker busy, if it comes to run there, until the task it woke has moved. */
  private static final class Blocker {
    private final WorkerOwner from;
    private final Thread self;

    /** Written by the blocker, read by the task that moves. */
    private volatile boolean arrived;

    /** Written by the task that moves, read by the blocker. */
    private volatile boolean moved;

    Blocker(WorkerOwner from, Thread self) {
      this.from = from;
      this.self = self;
    }

    void run() {
      boolean here = worker() == from;
      arrived = true;
      LockSupport.unpark(self);
      while (here && !moved) {
        Thread.onSpinWait();
      }
    }
  }
}
