// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.OutOfLine;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.ThreadOwner;
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

  /** What a thread is that has run its last job. */
  private record Former(Domain domain) implements Membership {
    @Override
    public @Nullable WorkerOwner worker() {
      return null;
    }

    @Override
    public @Nullable Object pass() {
      return null;
    }
  }

  private final Domain domain;
  private final Membership former;
  private final int max;
  private final long keepAliveNanos;
  private final Function<Runnable, Thread> threadMaker;
  private final Runnable onEnd;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition handed = lock.newCondition();
  private final Condition interrupted = lock.newCondition();

  // All guarded by the lock.
  private final Deque<BlockingJob<?>> queue = new ArrayDeque<>();
  private final Map<Thread, BlockingJob<?>> running = new HashMap<>();
  private final Set<Thread> threads = new LinkedHashSet<>();
  private final Map<Thread, Deque<Runnable>> errands = new HashMap<>();
  private int live;
  private int idle;
  private boolean closed;
  private boolean cancelled;

  // The thread that is being interrupted: its job has not ended before that is done.
  private @Nullable Thread interrupting;

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
    this.former = new Former(domain);
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
    // An overflow once the job is queued would refuse what is run.
    StackRoom.ensure();
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

  /**
   * The body of a thread. It is one of the pool's until its own values are destroyed, so that who
   * closes the pool waits for that too.
   */
  private void serve() {
    try {
      ThreadOwner.around(this::runJobs).run();
    } finally {
      lock.lock();
      try {
        threads.remove(Thread.currentThread());
        errands.remove(Thread.currentThread());
      } finally {
        lock.unlock();
      }
    }
  }

  /** Runs jobs until there was none for too long, or the pool closes. */
  private void runJobs() {
    boolean left = false;
    try {
      boolean ran = true;
      while (ran) {
        ran = runOne();
      }
      left = true;
    } finally {
      // No job's any more: its destructors run at any time, also when no value may be used.
      Here.leave(former);
      if (!left) {
        // Memory ran out between two jobs.
        lock.lock();
        try {
          live--;
        } finally {
          lock.unlock();
        }
      }
    }
  }

  /** Runs one job or errand; a method, so that no frame of a waiting thread keeps what ran last. */
  private boolean runOne() {
    Runnable next = take();
    if (next == null) {
      return false;
    }
    if (!(next instanceof BlockingJob<?>)) {
      OutOfLine.run(next);
      return true;
    }
    try {
      OutOfLine.run(next);
    } finally {
      done();
    }
    return true;
  }

  /**
   * Has a thread do something between two jobs, or soon if it has none. Nothing happens if it is
   * about to end.
   */
  void post(Thread thread, Runnable errand) {
    lock.lock();
    try {
      if (threads.contains(thread)) {
        errands.computeIfAbsent(thread, any -> new ArrayDeque<>()).addLast(errand);
        handed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the job that a thread runs, or null. */
  @Nullable BlockingJob<?> runningOn(Thread thread) {
    lock.lock();
    try {
      return running.get(thread);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the next job or errand; null when the thread shall end. It then counts as live no
   * more: who submits a job from now on must not rely on it.
   */
  private @Nullable Runnable take() {
    Thread current = Thread.currentThread();
    lock.lock();
    try {
      long left = keepAliveNanos;
      while (queue.isEmpty() && !errands.containsKey(current)) {
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
      Runnable errand = pollErrand(current);
      if (errand != null) {
        // If this thread was woken for a job, another one is to take that.
        handed.signal();
        return errand;
      }
      running.put(current, queue.getFirst());
      // An interrupt was for a job that is done, or for none. Who interrupts for a shutdown finds
      // this job only after the lock is given back.
      Thread.interrupted();
      BlockingJob<?> job = queue.removeFirst();
      if (cancelled) {
        job.beginInterrupted();
      }
      return job;
    } finally {
      lock.unlock();
    }
  }

  /** Takes out what the current thread is to do besides jobs, if anything; under the lock. */
  private @Nullable Runnable pollErrand(Thread current) {
    Deque<Runnable> mine = errands.get(current);
    if (mine == null) {
      return null;
    }
    Runnable first = mine.poll();
    if (mine.isEmpty()) {
      errands.remove(current);
    }
    return first;
  }

  /** Counts the job that the current thread has run. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  private void done() {
    Thread current = Thread.currentThread();
    lock.lock();
    try {
      while (interrupting == current) {
        // For this job: it must not meet the next one.
        interrupted.awaitUninterruptibly();
      }
      running.remove(current);
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

  /**
   * Interrupts the jobs that run, once; those that begin later begin interrupted. No lock is held
   * meanwhile: an interrupt may run code of the user's, in a thread of its factory or a channel.
   */
  void cancelRunning() {
    Map<Thread, BlockingJob<?>> found;
    lock.lock();
    try {
      if (cancelled) {
        return;
      }
      found = new HashMap<>(running);
      cancelled = true;
    } finally {
      lock.unlock();
    }
    RuntimeException failure = null;
    for (Map.Entry<Thread, BlockingJob<?>> each : found.entrySet()) {
      try {
        interrupt(each.getKey(), each.getValue());
      } catch (RuntimeException e) {
        // A user's thread; the others are to be interrupted all the same.
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Interrupts a thread unless its job has ended; by one thread at a time. */
  private void interrupt(Thread thread, BlockingJob<?> job) {
    lock.lock();
    try {
      if (running.get(thread) != job) {
        return;
      }
      interrupting = thread;
    } finally {
      lock.unlock();
    }
    try {
      thread.interrupt();
    } finally {
      lock.lock();
      try {
        interrupting = null;
        interrupted.signalAll();
      } finally {
        lock.unlock();
      }
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
