// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.shutdown;

import dev.holdfast.bench.Across;
import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Line.Aim;
import dev.holdfast.bench.NotMeasuredException;
import dev.holdfast.bench.Sampler;
import dev.holdfast.bench.Spread;
import dev.holdfast.bench.Suite;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** The table of closing a runtime that has tasks, closing an idle one, and starting one. */
public final class ShutdownTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "shutdown";

  private static final int MOST = 1_000_000;

  /** What a live task may take of the heap. */
  private static final long BYTES_PER_TASK = 2_000;

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final List<Line> lines = new ArrayList<>();
  private final List<Across> across = new ArrayList<>();

  /** What a task does until it is interrupted. */
  private enum Idling {
    /** Parked until it is interrupted. */
    PARKED,
    /** Asleep, with a timer. */
    SLEEPING;

    void idle() {
      if (this == PARKED) {
        while (!Thread.currentThread().isInterrupted()) {
          LockSupport.park();
        }
      } else {
        try {
          Thread.sleep(Duration.ofDays(1));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  /** Something that is started and closed. */
  private interface Closing {
    ExecutorService start();

    void close(ExecutorService executor) throws InterruptedException;
  }

  private record Holdfast(Tier tier) implements Closing {
    @Override
    public ExecutorService start() {
      return WorkerRuntime.builder().tier(tier).start();
    }

    @Override
    public void close(ExecutorService executor) {
      ShutdownReport report = ((WorkerRuntime) executor).shutdown(Duration.ZERO, LIMIT);
      if (!report.terminated()) {
        throw new IllegalStateException("not closed within " + LIMIT + ": " + report);
      }
    }
  }

  private static final class Jdk implements Closing {
    @Override
    public ExecutorService start() {
      return Executors.newVirtualThreadPerTaskExecutor();
    }

    @Override
    public void close(ExecutorService executor) throws InterruptedException {
      executor.shutdownNow();
      if (!executor.awaitTermination(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("not closed within " + LIMIT);
      }
    }
  }

  /** A pool with all its threads, as many as there are processors. */
  private static final class Fixed implements Closing {
    @Override
    public ExecutorService start() {
      int threads = Runtime.getRuntime().availableProcessors();
      ThreadPoolExecutor pool = (ThreadPoolExecutor) Executors.newFixedThreadPool(threads);
      if (pool.prestartAllCoreThreads() != threads) {
        throw new IllegalStateException("not all of " + threads + " threads were started");
      }
      return pool;
    }

    @Override
    public void close(ExecutorService executor) throws InterruptedException {
      new Jdk().close(executor);
    }
  }

  /** Makes the table. */
  public ShutdownTable(Config config) {
    int most = config.pick(MOST, MOST / 10, 10_000);
    for (Idling idling : Idling.values()) {
      String what = idling == Idling.PARKED ? "parked" : "sleeping";
      List<Line> ofOne = new ArrayList<>();
      for (int tasks = 1_000; tasks <= most; tasks *= 10) {
        int count = tasks;
        ofOne.add(
            line(
                String.format(Locale.ROOT, "close of %,d %s tasks", count, what),
                "ns per task",
                closing -> closeOf(closing, idling, count),
                3_000,
                List.of(
                    new Peer(Contestant.HOLDFAST, new Holdfast(Tier.CARRIER)),
                    new Peer(Contestant.OWNED, new Holdfast(Tier.OWNED)),
                    new Peer(Contestant.JDK, new Jdk()))));
      }
      lines.addAll(ofOne);
      across.add(
          Across.worst(
              "close of "
                  + what
                  + " tasks: the most per task of all numbers of tasks by that of "
                  + "the least",
              1.25,
              ofOne,
              ofOne.getFirst()));
    }
    List<Peer> idle =
        List.of(
            new Peer(Contestant.HOLDFAST, new Holdfast(Tier.CARRIER)),
            new Peer(Contestant.OWNED, new Holdfast(Tier.OWNED)),
            new Peer(Contestant.JDK, new Jdk()),
            new Peer(Contestant.FIXED, new Fixed()));
    int times = config.pick(100, 50, 3);
    lines.add(
        line("close of an idle runtime", "us", c -> idle(c, times, false), 1_000, idle)
            .withNote("the jdk's has no threads to end, only an object"));
    lines.add(
        line("start of a runtime", "us", c -> idle(c, times, true), 1_000, idle)
            .withNote("the median of " + times + " after the first; the jdk's starts no thread"));
  }

  private record Peer(String name, Closing closing) {}

  @FunctionalInterface
  private interface Of {
    Sampler sampler(Closing closing);
  }

  private static Line line(String name, String unit, Of of, double bound, List<Peer> peers) {
    return new Line(
        name,
        unit,
        peers.stream()
            .map(peer -> new Contestant(peer.name(), of.sampler(peer.closing())))
            .toList(),
        List.of(Aim.atMost(bound)));
  }

  private static Sampler closeOf(Closing closing, Idling idling, int count) {
    return () -> {
      long need = count * BYTES_PER_TASK;
      if (need > Runtime.getRuntime().maxMemory()) {
        throw new NotMeasuredException(
            count
                + " tasks may take "
                + (need >> 20)
                + " MiB, and the heap is at most "
                + (Runtime.getRuntime().maxMemory() >> 20)
                + " MiB");
      }
      // What those before left behind is not collected at this one's expense.
      System.gc();
      ExecutorService executor = closing.start();
      CountDownLatch idle = new CountDownLatch(count);
      for (int i = 0; i < count; i++) {
        executor.execute(() -> {
          idle.countDown();
          idling.idle();
        });
      }
      idle.await();
      long begin = System.nanoTime();
      closing.close(executor);
      return (double) (System.nanoTime() - begin) / count;
    };
  }

  private static Sampler idle(Closing closing, int times, boolean starts) {
    return () ->
        Spread.of(IntStream.range(0, times).mapToDouble(i -> once(closing, starts)).toArray())
            .median();
  }

  private static double once(Closing closing, boolean starts) {
    try {
      long before = System.nanoTime();
      ExecutorService executor = closing.start();
      long started = System.nanoTime();
      // Its workers, if it has any, have come to rest.
      Thread.sleep(2);
      long begin = System.nanoTime();
      closing.close(executor);
      return (starts ? started - before : System.nanoTime() - begin) / 1_000.0;
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "From the call that cancels all tasks until it returns, with each task ended; the jdk's"
        + " is shutdownNow and awaitTermination of an executor of a virtual thread per task.";
  }

  @Override
  public List<Line> lines() {
    return lines;
  }

  @Override
  public List<Across> across() {
    return across;
  }
}
