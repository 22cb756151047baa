// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.WorkerOwner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The platform threads for blocking jobs: started on demand up to a bound, ended when idle.
 *
 * <p>A job is counted from the moment it is submitted, so that the barrier waits for one whose
 * thread has not started yet.
 */
final class BlockingPool implements Membership {

  private final Domain domain;
  private final int max;
  private final long keepAliveNanos;
  private final Function<Runnable, Thread> threadMaker;
  private final Runnable onEnd;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition handed = lock.newCondition();

  // All guarded by the lock.
  private final Deque<BlockingJob<?>> queue = new ArrayDeque<>();
  private final Map<Thread, BlockingJob<?>> running = new HashMap<>();
  private final Set<Thread> threads = new LinkedHashSet<>();
  private int live;
  private int idle;
  private boolean closed;
  private boolean cancelled;

  // Written under the lock, read without it by the closing thread, ended before started: volatile.
  private volatile long started;
  private volatile long ended;

  /**
   * Makes a pool without threads.
   *
   * @param threadMaker makes an unstarted platform thread for the given body
   * @param onEnd called on a job's thread after the job was counted as ended; must not block
   */
  BlockingPool(
      Domain domain,
      int max,
      long keepAliveNanos,
      Function<Runnable, Thread> threadMaker,
      Runnable onEnd) {
    this.domain = domain;
    this.max = max;
    this.keepAliveNanos = keepAliveNanos;
    this.threadMaker = threadMaker;
    this.onEnd = onEnd;
  }

  @Override
  public @Nullable WorkerOwner worker() {
    return null;
  }

  @Override
  public Domain domain() {
    return domain;
  }

  @Override
  public Object pass() {
    return domain;
  }

  /** Returns how many jobs have been submitted. */
  long started() {
    return started;
  }

  /** Returns how many jobs have ended. */
  long ended() {
    return ended;
  }

  /**
   * Takes a job.
   *
   * @param admitted says, once the job is counted, whether it may come in
   * @return false if it may not
   * @throws RejectedExecutionException if no thread can be started and none is there to wait for
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  boolean submit(BlockingJob<?> job, BooleanSupplier admitted) {
    boolean start;
    boolean queued = false;
    lock.lock();
    try {
      started++;
      if (closed || !admitted.getAsBoolean()) {
        return false;
      }
      start = idle <= queue.size() && live < max;
      queue.addLast(job);
      queued = true;
      if (start) {
        live++;
      } else {
        handed.signal();
      }
    } finally {
      if (!queued) {
        // Refused, or the caller is at the end of its stack or of the memory.
        ended++;
      }
      lock.unlock();
    }
    if (start) {
      startThread(job);
    }
    return true;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  private void startThread(BlockingJob<?> job) {
    Thread thread = null;
    try {
      thread = threadMaker.apply(this::serve);
      lock.lock();
      try {
        threads.add(thread);
      } finally {
        lock.unlock();
      }
      thread.start();
    } catch (Throwable e) {
      List<BlockingJob<?>> stranded;
      lock.lock();
      try {
        live--;
        if (thread != null) {
          threads.remove(thread);
          Here.release(thread);
        }
        if (live > 0 || !queue.remove(job)) {
          // Another thread will take it, or has taken it.
          return;
        }
        ended++;
        stranded = drainQueued();
      } finally {
        lock.unlock();
      }
      // Jobs whose own threads could not be started either, while this one was still hoped for.
      stranded.forEach(other -> other.cancel(false));
      throw new RejectedExecutionException(
          "no thread could be started for blocking job '"
              + job.name()
              + "' of runtime '"
              + domain.name()
              + "', and none is running: "
              + e,
          e);
    }
  }

  /** The body of a thread: takes jobs until it has been idle for too long, or the pool closes. */
  private void serve() {
    Thread current = Thread.currentThread();
    boolean left = false;
    try {
      for (BlockingJob<?> job = take(); job != null; job = take()) {
        try {
          job.run();
        } finally {
          done();
        }
      }
      left = true;
    } finally {
      lock.lock();
      try {
        if (!left) {
          // Memory ran out between two jobs.
          live--;
        }
        threads.remove(current);
      } finally {
        lock.unlock();
        Here.release(current);
      }
    }
  }

  /**
   * Waits for the next job; null when the thread shall end. It then counts as live no more: who
   * submits a job from now on must not rely on it.
   */
  private @Nullable BlockingJob<?> take() {
    Thread current = Thread.currentThread();
    lock.lock();
    try {
      long left = keepAliveNanos;
      while (queue.isEmpty()) {
        if (closed || left <= 0) {
          live--;
          return null;
        }
        idle++;
        try {
          left = handed.awaitNanos(left);
        } catch (InterruptedException e) {
          // Not for this thread, which runs no job: it goes on waiting.
        } finally {
          idle--;
        }
      }
      running.put(current, queue.getFirst());
      // An interrupt was for a job that is done, or for none. Who interrupts for a shutdown holds
      // the lock.
      Thread.interrupted();
      if (cancelled) {
        current.interrupt();
      }
      return queue.removeFirst();
    } finally {
      lock.unlock();
    }
  }

  /** Counts the job that the current thread has run. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  private void done() {
    lock.lock();
    try {
      running.remove(Thread.currentThread());
      ended++;
      onEnd.run();
    } finally {
      lock.unlock();
    }
  }

  /** Takes out the jobs that no thread has begun; they count as ended. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  List<BlockingJob<?>> drainQueued() {
    lock.lock();
    try {
      List<BlockingJob<?>> waiting = new ArrayList<>(queue);
      queue.clear();
      ended += waiting.size();
      return waiting;
    } finally {
      lock.unlock();
    }
  }

  /** Interrupts the jobs that run, once; those that begin later begin interrupted. */
  void cancelRunning() {
    lock.lock();
    try {
      if (!cancelled) {
        cancelled = true;
        running.keySet().forEach(Thread::interrupt);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the jobs that are alive, those that wait for a thread last. */
  List<BlockingJob<?>> alive() {
    lock.lock();
    try {
      List<BlockingJob<?>> jobs = new ArrayList<>(running.values());
      jobs.addAll(queue);
      return jobs;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the threads; there is no job any more. */
  List<Thread> close() {
    lock.lock();
    try {
      closed = true;
      handed.signalAll();
      return List.copyOf(threads);
    } finally {
      lock.unlock();
    }
  }
}
