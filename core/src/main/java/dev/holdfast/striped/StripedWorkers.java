// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.striped;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.TaskMember;
import dev.holdfast.slot.WorkerEvents;
import dev.holdfast.slot.WorkerOwner;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The workers of one runtime of the owned tier.
 *
 * <p>A task that uses a value comes onto the worker it was on last or, if somebody is there, onto
 * any other: nobody waits while one is free. When a task blocks inside {@code with} its worker is
 * taken for that long; if that happens on all of them a spare one is started, up to a bound, and
 * only past that bound do tasks wait for a worker.
 */
public final class StripedWorkers {

  /** Makes the threads of workers. */
  public interface Threads {
    /** Makes the thread of a worker, unstarted. */
    Thread newThread(WorkerOwner worker, Runnable body);
  }

  private final Domain domain;
  private final WorkerEvents events;
  private final Threads threads;
  private final int configured;
  private final long trackNanos;
  private final AtomicReferenceArray<StripedWorker> all;

  // Written under the lock of this, read by any thread: volatile, it publishes the worker.
  private volatile int count;

  // Guarded by this: after it no worker is started.
  private boolean stopping;

  // Tasks that wait for a worker, first come first served. A task counts itself, queues itself, and
  // then looks at all workers; who leaves one does so and then looks at the count: all volatile, so
  // that one of the two sees the other.
  private final AtomicInteger waiting = new AtomicInteger();
  private final Queue<Thread> waiters = new ConcurrentLinkedQueue<>();

  // How many of those were woken, and found that somebody else had come before them. As long as
  // there is one, nobody but the first of the queue comes onto a worker: who leaves one and comes
  // back at once would else keep it for ever, where few carriers let the others run only while
  // nobody leaves it. Written by who waits, read by who wants to enter; late is early enough:
  // atomic.
  private final AtomicInteger passedOver = new AtomicInteger();

  /**
   * Makes workers that are not started.
   *
   * @param spares how many may be started beyond the configured ones
   * @param trackNanos see {@link WorkerOwner}
   */
  public StripedWorkers(
      Domain domain,
      WorkerEvents events,
      Threads threads,
      int configured,
      int spares,
      long trackNanos) {
    this.domain = domain;
    this.events = events;
    this.threads = threads;
    this.configured = configured;
    this.trackNanos = trackNanos;
    this.all = new AtomicReferenceArray<>(configured + spares);
  }

  /**
   * Starts the configured workers.
   *
   * @throws RuntimeException what the thread factory threw, as any error of starting a thread; the
   *     workers that were started are then stopped, and have ended when this returns
   */
  public void start() {
    try {
      for (int i = 0; i < configured; i++) {
        startWorker();
      }
    } catch (Throwable e) {
      stop();
      for (WorkerOwner worker : workers()) {
        Here.awaitEnd(worker.thread());
      }
      throw e;
    }
  }

  private synchronized boolean startWorker() {
    int index = count;
    if (stopping || index == all.length()) {
      return false;
    }
    String name =
        domain.name()
            + (index < configured ? "-worker-" + index : "-spare-" + (index - configured));
    StripedWorker worker = new StripedWorker(this, domain, events, index, name, trackNanos);
    // Nobody comes there before its thread has been started, which is to destroy what they make.
    worker.tryEnter(this);
    // Before the thread starts: who looks for tasks or values must find what a listener starts or
    // makes there.
    all.set(index, worker);
    count = index + 1;
    try {
      worker.thread().start();
    } catch (Throwable e) {
      // It stays where who has read the count before may look at it, and finds it taken.
      count = index;
      Here.release(worker.thread());
      throw e;
    }
    worker.leave();
    return true;
  }

  /** Returns the workers started so far, the spare ones last. */
  public List<WorkerOwner> workers() {
    int started = count;
    List<WorkerOwner> list = new ArrayList<>(started);
    for (int i = 0; i < started; i++) {
      list.add(striped(i));
    }
    return list;
  }

  /** Returns how many there are, as {@link #workers}, without making a list. */
  public int started() {
    return count;
  }

  /** Tells the workers to run what was handed to them, destroy their values, and end. */
  public void stop() {
    synchronized (this) {
      stopping = true;
    }
    for (int i = 0, n = count; i < n; i++) {
      striped(i).stop();
    }
  }

  /** Returns a worker for a task to begin with. */
  public WorkerOwner preferred(Thread thread) {
    // Mixed: ids of threads that are made in turn may be the same, modulo a small number.
    long mixed = (thread.threadId() * 0x9E3779B97F4A7C15L) >>> 33;
    return worker((int) (mixed % configured));
  }

  /**
   * A task that was seen on a worker.
   *
   * @param number tells its visits apart
   */
  public record Visit(Thread thread, int number) {

    /**
     * Says whether this is what was seen before. Not by {@code equals}: the JDK keeps the class of
     * the last record whose own one was linked, and so its loader, until memory runs short.
     */
    public boolean isSameAs(@Nullable Visit seen) {
      return seen != null && thread == seen.thread && number == seen.number;
    }
  }

  /** Returns how many workers were started so far. */
  public int count() {
    return count;
  }

  /** Returns the task that is on a worker, or null if none is; by one watching thread. */
  public @Nullable Visit visit(int index) {
    return striped(index).visit();
  }

  /** Returns one of the workers started so far, by its number. */
  public WorkerOwner worker(int index) {
    return striped(index);
  }

  private StripedWorker striped(int index) {
    return Objects.requireNonNull(all.get(index));
  }

  Thread newThread(StripedWorker worker, Runnable body) {
    return threads.newThread(worker, body);
  }

  // ---- Coming and going

  /** As {@link dev.holdfast.slot.Stripes#enter}. */
  public WorkerOwner enter(TaskMember by, WorkerOwner preferred) {
    WorkerOwner entered;
    if (passedOver.get() == 0) {
      if (preferred.tryEnter(by)) {
        return preferred;
      }
      entered = tryAll(by, preferred.index());
      if (entered != null) {
        return entered;
      }
    }
    while (count < all.length()) {
      try {
        if (!startWorker()) {
          break;
        }
      } catch (Throwable e) {
        events.uncaught(
            new IllegalStateException(
                "a spare worker could not be started; tasks of runtime '"
                    + domain.name()
                    + "' wait for one of "
                    + count,
                e));
        break;
      }
      entered = tryAll(by, count - 1);
      if (entered != null) {
        return entered;
      }
    }
    return await(by, preferred.index());
  }

  private @Nullable WorkerOwner tryAll(TaskMember by, int from) {
    int n = count;
    for (int i = 0; i < n; i++) {
      StripedWorker worker = striped(from + i < n ? from + i : from + i - n);
      if (worker.tryEnter(by)) {
        return worker;
      }
    }
    return null;
  }

  private WorkerOwner await(TaskMember by, int from) {
    Thread current = Thread.currentThread();
    boolean interrupted = false;
    boolean woken = false;
    boolean counted = false;
    waiting.getAndIncrement();
    waiters.add(current);
    try {
      while (true) {
        // Who is not the first is woken when it has become so.
        boolean first = waiters.peek() == current;
        if (first || passedOver.get() == 0) {
          WorkerOwner entered = tryAll(by, from);
          if (entered != null) {
            return entered;
          }
        }
        if (first && woken && !counted) {
          passedOver.getAndIncrement();
          counted = true;
          // Who has come before it may have left before it saw that.
          continue;
        }
        LockSupport.park(this);
        woken = true;
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (counted) {
        passedOver.getAndDecrement();
      }
      waiters.remove(current);
      waiting.getAndDecrement();
      // Two who left may both have woken this one.
      left();
      if (interrupted) {
        current.interrupt();
      }
    }
  }

  /**
   * Frees the worker, if any, that a thread was on when it ended: where its stack came to an end it
   * may have failed to leave.
   *
   * @param ended a thread that has terminated
   */
  public void free(Thread ended) {
    for (int i = 0, n = count; i < n; i++) {
      striped(i).free(ended);
    }
  }

  /** Wakes who waits for a worker; called by who has left one. */
  void left() {
    if (waiting.get() != 0) {
      Thread first = waiters.peek();
      if (first != null) {
        LockSupport.unpark(first);
      }
    }
  }
}
