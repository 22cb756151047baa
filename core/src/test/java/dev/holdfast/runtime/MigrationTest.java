// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Carrier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * Tasks that are woken by the thread of another worker, and so resume there, with "which worker am
 * I on" read on both sides of the suspension.
 */
@Tag("S11")
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
final class MigrationTest {

  private static final int TASKS = 32;

  /** What one task saw, written by it alone. */
  private static final class Seen {
    final WorkerOwner[] workers;
    long suspensions;
    long migrations;
    long stale;
    String example = "";

    Seen(WorkerOwner[] workers) {
      this.workers = workers;
    }

    /** Suspends once, and compares what is read afterwards with what the JDK prints. */
    void suspendOnce(Suspension how) {
      WorkerOwner before = Here.worker();
      Thread carrierBefore = VirtualThreads.carrier(Thread.currentThread());
      how.suspend(before == workers[0] ? workers[1] : workers[0]);
      Thread carrierAfter = VirtualThreads.carrier(Thread.currentThread());
      WorkerOwner after = Here.worker();
      String truth = Carrier.name();
      suspensions++;
      if (before != after) {
        migrations++;
      }
      boolean consistent = (before == after) == (carrierBefore == carrierAfter);
      if (!consistent || !after.name().equals(truth) || !carrierAfter.getName().equals(truth)) {
        stale++;
        example = after.name() + " and " + carrierAfter.getName() + " on " + truth;
      }
    }
  }

  /** A way to suspend the current task so that another worker resumes it. */
  private interface Suspension {
    void suspend(WorkerOwner to);
  }

  /** Parks until woken by an action on the thread of the other worker. */
  private static final class Park implements Suspension {
    private final Thread task = Thread.currentThread();
    private volatile boolean woken;

    @Override
    public void suspend(WorkerOwner to) {
      woken = false;
      to.post(() -> {
        woken = true;
        LockSupport.unpark(task);
      });
      while (!woken) {
        LockSupport.park(this);
      }
    }
  }

  /** Waits on a monitor until notified by an action on the thread of the other worker. */
  private static final class Wait implements Suspension {
    private boolean woken;

    @Override
    public void suspend(WorkerOwner to) {
      synchronized (this) {
        woken = false;
        to.post(() -> {
          synchronized (this) {
            woken = true;
            notifyAll();
          }
        });
        while (!woken) {
          try {
            wait();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        }
      }
    }
  }

  private interface SuspensionMaker {
    Suspension make();
  }

  /** Runs tasks until they have migrated so often, together. */
  private static List<Seen> migrate(long wanted, SuspensionMaker maker) throws Exception {
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(2).name("mover").spareWorkers(0).start()) {
      WorkerOwner[] workers = bothWorkers(runtime);
      AtomicLong left = new AtomicLong(wanted);
      List<Task<Seen>> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(
            runtime.spawn(() -> {
              Suspension how = maker.make();
              Seen seen = new Seen(workers);
              long reported = 0;
              // A worker that is stale for ever would never be seen to change.
              while (left.get() > 0 && seen.stale == 0) {
                for (int n = 0; n < 1_000; n++) {
                  seen.suspendOnce(how);
                }
                left.addAndGet(reported - seen.migrations);
                reported = seen.migrations;
              }
              return seen;
            }));
      }
      List<Seen> all = new ArrayList<>();
      for (Task<Seen> task : tasks) {
        all.add(task.get());
      }
      return all;
    }
  }

  /** Finds the two workers by two tasks that are mounted at the same time. */
  private static WorkerOwner[] bothWorkers(WorkerRuntime runtime) throws Exception {
    AtomicBoolean release = new AtomicBoolean();
    List<Task<WorkerOwner>> tasks = new ArrayList<>();
    AtomicLong mounted = new AtomicLong();
    for (int i = 0; i < 2; i++) {
      tasks.add(
          runtime.spawn(() -> {
            if (mounted.incrementAndGet() == 2) {
              release.set(true);
            }
            while (!release.get()) {
              Thread.onSpinWait();
            }
            return Here.worker();
          }));
    }
    WorkerOwner[] workers = {tasks.get(0).get(), tasks.get(1).get()};
    assertThat(workers[0]).isNotSameAs(workers[1]);
    return workers;
  }

  private static void assertNeverStale(List<Seen> all, long wanted) {
    assertThat(all)
        .allSatisfy(seen -> assertThat(seen.stale).as(seen.example).isZero())
        .allSatisfy(seen -> assertThat(seen.suspensions).isPositive());
    long migrations = all.stream().mapToLong(seen -> seen.migrations).sum();
    assertThat(migrations).isGreaterThanOrEqualTo(wanted);
  }

  @Test
  @DisplayName("S11: the worker read after a park is the one the task resumed on, 1,000,000 times")
  void theWorkerIsNeverStaleAfterAPark() throws Exception {
    assertNeverStale(migrate(1_000_000, Park::new), 1_000_000);
  }

  @Test
  @DisplayName("S11: the worker read after Object.wait is the one the task resumed on")
  void theWorkerIsNeverStaleAfterAWait() throws Exception {
    assertNeverStale(migrate(100_000, Wait::new), 100_000);
  }
}
