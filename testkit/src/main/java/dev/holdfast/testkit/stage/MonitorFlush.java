// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import dev.holdfast.jdk.VirtualThreads;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the VM has made ready all virtual threads whose monitors were left.
 *
 * <p>A virtual thread that waits for a monitor is not made ready by who leaves it: the VM puts it
 * on a list, and one thread for the whole VM takes that list, now and then, and makes ready who is
 * on it, one after the other. Whether somebody is on his way cannot be read from a thread's state
 * alone. So a thread of ours goes the same way, twice: when the first one arrives, all lists before
 * that of the second were taken; when the second one does, all that were on them have arrived.
 */
final class MonitorFlush {

  /** A scheduler that keeps the one thread that becomes ready, and tells who waits for it. */
  private static final class Arrival implements Executor {
    private final Thread waiter = Thread.currentThread();
    private volatile @Nullable Runnable arrived;

    @Override
    public void execute(Runnable run) {
      arrived = run;
      LockSupport.unpark(waiter);
    }

    Runnable await() {
      while (true) {
        Runnable run = arrived;
        if (run != null) {
          arrived = null;
          return run;
        }
        LockSupport.park(this);
      }
    }
  }

  private MonitorFlush() {}

  /** Waits; on a platform thread. */
  static void flush() {
    goOnce();
    goOnce();
  }

  private static void goOnce() {
    Object monitor = new Object();
    Arrival arrival = new Arrival();
    // The monitor is a virtual thread's: one of the carrier's own would seem free to whom it
    // carries.
    VirtualThreads.unstarted(arrival, "flush-holder", () -> hold(monitor)).start();
    arrival.await().run();
    Runnable holder = arrival.await();
    VirtualThreads.unstarted(arrival, "flush", () -> pass(monitor)).start();
    // Runs up to the monitor, and waits there.
    arrival.await().run();
    holder.run();
    arrival.await().run();
  }

  @SuppressWarnings("ThreadPriorityCheck") // gives up the carrier, with the monitor
  private static void hold(Object monitor) {
    synchronized (monitor) {
      Thread.yield();
    }
  }

  private static void pass(Object monitor) {
    synchronized (monitor) {
      // To have been there is all.
      Thread.onSpinWait();
    }
  }
}
