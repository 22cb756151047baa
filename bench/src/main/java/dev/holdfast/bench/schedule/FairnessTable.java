// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Line.Aim;
import dev.holdfast.bench.Sampler;
import dev.holdfast.bench.Suite;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The table of the worst wait of a ready task beside tasks that keep all workers busy. */
public final class FairnessTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "fairness";

  /** How long nothing happens between two waits. */
  private static final long BETWEEN_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

  /** What a worst wait may be: a few turns of the operating system's own scheduler. */
  private static final double BOUND_MICROS = 10_000;

  private final int millis;

  /** How long a task may wait: longer, and it is starved, which ends the sample. */
  private final long limitNanos;

  private final Pools pools = new Pools();
  private final List<Line> lines = new ArrayList<>();

  /** Makes the table. */
  public FairnessTable(Config config) {
    millis = config.pick(500, 100, 5);
    limitNanos = TimeUnit.MILLISECONDS.toNanos(config.pick(500, 200, 100));
    int all = Runtime.getRuntime().availableProcessors();
    for (int workers : all == 1 ? List.of(1) : List.of(all, 1)) {
      for (Beside beside : Beside.values()) {
        for (Wait wait : Wait.values()) {
          List<Contestant> contestants = new ArrayList<>();
          contestants.add(
              new Contestant(
                  Contestant.HOLDFAST,
                  worst(() -> pools.ofWorkers(workers), workers, beside, wait)));
          if (workers == all) {
            contestants.add(
                new Contestant(
                    Contestant.OWNED,
                    worst(() -> pools.of(Contestant.OWNED), workers, beside, wait)));
            contestants.add(
                new Contestant(
                    Contestant.JDK, worst(() -> pools.of(Contestant.JDK), workers, beside, wait)));
          }
          lines.add(
              new Line(
                      wait.text + " beside " + beside.text + ", " + workers(workers),
                      "us at worst",
                      contestants,
                      List.of(Aim.atMost(BOUND_MICROS)))
                  .withLimit(limitNanos / 1_000.0));
        }
      }
    }
  }

  private static String workers(int count) {
    return count == 1 ? "1 worker" : count + " workers";
  }

  /** What is done with a task from outside, so that it waits. */
  private enum Wait {
    STARTED("started"),
    WOKEN("woken");

    private final String text;

    Wait(String text) {
      this.text = text;
    }
  }

  /** What keeps the workers busy for ever. */
  private enum Beside {
    PAIRS("a pair per worker"),
    YIELDERS("two yielders per worker"),
    SPAWNERS("two spawners per worker");

    private final String text;

    Beside(String text) {
      this.text = text;
    }
  }

  @FunctionalInterface
  private interface Opened {
    Carriers get();
  }

  private Sampler worst(Opened on, int workers, Beside beside, Wait wait) {
    return () -> {
      Carriers carriers = on.get();
      Noise noise = new Noise(carriers, beside, workers);
      try {
        return (wait == Wait.STARTED ? started(carriers) : woken(carriers)) / 1_000.0;
      } finally {
        noise.stop();
      }
    };
  }

  /** Returns the worst time from the call that starts a task until it runs. */
  private long started(Carriers carriers) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long worst = 0;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(BETWEEN_NANOS);
      CountDownLatch ran = new CountDownLatch(1);
      long[] at = new long[1];
      long begin = System.nanoTime();
      carriers.start(() -> {
        at[0] = System.nanoTime();
        ran.countDown();
      });
      if (!ran.await(limitNanos, TimeUnit.NANOSECONDS)) {
        return limitNanos;
      }
      worst = Math.max(worst, at[0] - begin);
    }
    return worst;
  }

  /** Returns the worst time from the call that wakes a task until it runs. */
  private long woken(Carriers carriers) throws InterruptedException {
    Sleeper sleeper = new Sleeper();
    carriers.start(sleeper);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long worst = 0;
    try {
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(BETWEEN_NANOS);
        long begin = System.nanoTime();
        sleeper.ask.release();
        if (!sleeper.answer.tryAcquire(limitNanos, TimeUnit.NANOSECONDS)) {
          return limitNanos;
        }
        worst = Math.max(worst, sleeper.at - begin);
      }
      return worst;
    } finally {
      sleeper.stopped = true;
      sleeper.ask.release();
    }
  }

  /** Says when it was woken. */
  private static final class Sleeper implements Runnable {
    private final Semaphore ask = new Semaphore(0);
    private final Semaphore answer = new Semaphore(0);
    private volatile boolean stopped;
    private volatile long at;

    @Override
    public void run() {
      ask.acquireUninterruptibly();
      while (!stopped) {
        at = System.nanoTime();
        answer.release();
        ask.acquireUninterruptibly();
      }
    }
  }

  /** Tasks that are always ready to run, until they are stopped. */
  @SuppressWarnings("ThreadPriorityCheck") // some of them yield
  private static final class Noise {
    private final Carriers carriers;
    private final CountDownLatch ended;
    private volatile boolean stopped;

    Noise(Carriers carriers, Beside beside, int workers) {
      this.carriers = carriers;
      ended = new CountDownLatch(2 * workers);
      for (int i = 0; i < workers; i++) {
        switch (beside) {
          case PAIRS -> pair();
          case YIELDERS -> {
            carriers.start(this::yieldAlways);
            carriers.start(this::yieldAlways);
          }
          case SPAWNERS -> {
            carriers.start(this::succeed);
            carriers.start(this::succeed);
          }
        }
      }
    }

    private void pair() {
      BlockingQueue<Boolean> queue = new ArrayBlockingQueue<>(1);
      carriers.start(() -> {
        try {
          while (!stopped) {
            queue.put(true);
          }
          queue.put(false);
        } catch (InterruptedException e) {
          throw new IllegalStateException("a giver was interrupted", e);
        } finally {
          ended.countDown();
        }
      });
      carriers.start(() -> {
        try {
          while (queue.take()) {
            Thread.onSpinWait();
          }
        } catch (InterruptedException e) {
          throw new IllegalStateException("a taker was interrupted", e);
        } finally {
          ended.countDown();
        }
      });
    }

    private void yieldAlways() {
      while (!stopped) {
        Thread.yield();
      }
      ended.countDown();
    }

    private void succeed() {
      if (stopped) {
        ended.countDown();
      } else {
        carriers.start(this::succeed);
      }
    }

    void stop() throws InterruptedException {
      stopped = true;
      ended.await();
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "The worst time from the call that starts or wakes a task, by a thread outside, until it"
        + " runs, while all workers are kept busy; one after the other, for "
        + millis
        + " ms per sample. A wait of "
        + TimeUnit.NANOSECONDS.toMillis(limitNanos)
        + " ms ends the sample. The JDK's scheduler has one number of"
        + " carriers in a JVM, so that 1 worker is measured of Holdfast only.";
  }

  @Override
  public List<Line> lines() {
    return lines;
  }

  @Override
  public List<String> notes() {
    return List.of(
        "the platform thread that starts and wakes needs a processor too: what the operating system"
            + " lets the workers wait for it is in every number");
  }

  @Override
  public int warmups(int rounds) {
    return 1;
  }

  @Override
  public void close() {
    pools.close();
  }
}
