// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.load;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.faults.books.Until;
import dev.holdfast.local.ContextSnapshot;
import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.LeaseUnavailableException;
import dev.holdfast.local.LocalDestroyedException;
import dev.holdfast.local.LocalRef;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/** What tasks of one runtime do: a little of everything, at random. */
public final class Load {

  private static final int MOST_OPEN = 200;
  private static final int MOST_DEEP = 3;
  private static final String OVERFLOW = "part of the load";

  private final WorkerRuntime runtime;
  private final Books books;
  private final Locals locals;
  private final Outside outside;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Makes the load of a runtime.
   *
   * @param locals those that its tasks use
   * @param outside what they meet outside of it
   */
  public Load(WorkerRuntime runtime, Books books, Locals locals, Outside outside) {
    this.runtime = runtime;
    this.books = books;
    this.locals = locals;
    this.outside = outside;
  }

  /**
   * Hands in one piece of work in a random way; by a thread outside, which waits when much is open.
   */
  public void one(RandomGenerator random) {
    while (books.open() >= MOST_OPEN) {
      books.sweep();
      Until.pass(100_000);
    }
    start(random, 0);
  }

  /** Hands in work; what is refused is in the books. */
  private void start(RandomGenerator random, int depth) {
    int way = random.nextInt(8);
    Body body = books.body("work handed in by way " + way, () -> work(depth));
    try {
      switch (way) {
        case 0 -> runtime.execute(body);
        case 1 -> body.handle(runtime.submit((Callable<Integer>) body));
        case 2 -> startThread(body);
        case 3 -> body.handle(runtime.spawnBlocking(body));
        case 4 -> cancelSome(random, body, runtime.spawn(body));
        default -> body.handle(runtime.spawn(body));
      }
    } catch (RejectedExecutionException e) {
      books.refused(body);
    }
  }

  private void startThread(Body body) {
    runtime.threadFactory().newThread(body).start();
    // In the owned tier start() does not throw, and nothing runs of what comes after the barrier.
    if (runtime.tier() == Tier.OWNED && runtime.phase().atLeast(ShutdownPhase.QUIESCENT)) {
      body.handedInLate();
    }
  }

  private static void cancelSome(RandomGenerator random, Body body, Task<?> task) {
    body.handle(task);
    if (random.nextInt(4) == 0) {
      task.cancel(random.nextBoolean());
    }
  }

  /** Thrown by the load on purpose. */
  private static final class Intended extends RuntimeException {
    private static final long serialVersionUID = 1;

    Intended() {
      super("part of the load");
    }
  }

  /** Says whether a failure is one of those that the load throws on purpose. */
  public static boolean isIntended(Throwable failure) {
    return failure instanceof Intended
        || (failure instanceof StackOverflowError && OVERFLOW.equals(failure.getMessage()));
  }

  private Object work(int depth) throws Exception {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    try {
      if (!Thread.currentThread().isVirtual()) {
        return job(random);
      }
      for (int steps = random.nextInt(4); steps >= 0; steps--) {
        step(random, depth);
      }
      return 0;
    } catch (InterruptedException | LeaseUnavailableException e) {
      // A cancelled one ends as it should.
      return 0;
    } catch (Throwable e) {
      // An interrupt closes the sockets and files that a thread waits for; nothing else should.
      boolean closed = e instanceof IOException && Thread.currentThread().isInterrupted();
      if (!closed && !isIntended(e)) {
        books.findings().add("a body failed in " + runtime + ": " + told(e));
      }
      throw e;
    }
  }

  /** What it was, whence, and whether it may come of an interrupt. */
  private static String told(Throwable failure) {
    StringBuilder text = new StringBuilder().append(failure);
    text.append(Thread.currentThread().isInterrupted() ? " (interrupted)" : " (not interrupted)");
    for (StackTraceElement each : failure.getStackTrace()) {
      text.append(" < ").append(each);
    }
    return text.toString();
  }

  private Object job(RandomGenerator random) throws IOException {
    outside.readFile();
    Until.pass(random.nextInt(1_000_000));
    return 0;
  }

  private void step(RandomGenerator random, int depth) throws Exception {
    switch (random.nextInt(17)) {
      case 0 -> locals.shared.update(Value::touch);
      case 1 -> locals.bound.onOwner(Value::touchOnOwner);
      case 2 -> {
        LocalRef<Value> ref = locals.shared.ref();
        ref.get().touch();
        Thread.sleep(random.nextInt(3));
        ref.get().touch();
      }
      case 3 -> {
        try (Lease<Value> lease = locals.scarce.lease()) {
          lease.get().touch();
          Thread.sleep(random.nextInt(2));
          lease.get().touch();
        }
      }
      case 4 -> {
        try (Lease<Value> lease = locals.ample.lease()) {
          pause();
          lease.get().touch();
        }
      }
      case 5 -> guardOnForeignThread();
      case 6 -> locals.own.get().touch();
      case 7 -> locals.common.get().touch();
      case 8 -> locals.copied.get().touch();
      case 9 -> {
        if (depth < MOST_DEEP) {
          start(random, depth + 1);
        }
      }
      case 10 -> waitForChild(depth, random);
      case 11 -> outside.echo();
      case 12 -> stray();
      case 13 -> snapshotOnForeignThread();
      case 14 -> {
        lock.lockInterruptibly();
        try {
          pause();
        } finally {
          lock.unlock();
        }
      }
      case 15 -> outside.readFile();
      default -> throwSomething(random);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // a task that yields is part of the load
  private static void pause() {
    Thread.yield();
  }

  private void guardOnForeignThread() {
    Guard<Value> guard = locals.shared.guard();
    outside.foreign.execute(() -> {
      try (guard) {
        guard.get().touch();
      }
    });
  }

  /** Code that knows nothing of the runtime starts a virtual thread. */
  private void stray() {
    Thread.startVirtualThread(() -> {
      try {
        locals.shared.update(Value::touch);
        locals.own.get().touch();
      } catch (RuntimeException e) {
        books.findings().add("a stray failed in " + runtime + ": " + told(e));
      }
    });
  }

  private void snapshotOnForeignThread() {
    locals.common.get();
    ContextSnapshot context = ContextSnapshot.capture();
    Guard<Value> guard = locals.shared.guard();
    outside.foreign.execute(() -> {
      try (guard) {
        context.run(() -> locals.common.get().touch());
      } catch (LocalDestroyedException e) {
        // The last task that had the value has ended before.
        Thread.onSpinWait();
      }
    });
  }

  private void waitForChild(int depth, RandomGenerator random) throws Exception {
    if (depth >= MOST_DEEP) {
      return;
    }
    Body body = books.body("child", () -> work(depth + 1));
    try {
      Task<Integer> child = runtime.spawn(body);
      body.handle(child);
      child.get(random.nextInt(3), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // It goes on, or has thrown: both are part of the load.
      pause();
    } catch (RejectedExecutionException e) {
      books.refused(body);
    }
  }

  private static void throwSomething(RandomGenerator random) throws Exception {
    switch (random.nextInt(4)) {
      case 0 -> throw new Intended();
      case 1 -> throw new StackOverflowError(OVERFLOW);
      default -> Thread.sleep(0, 200_000);
    }
  }
}
