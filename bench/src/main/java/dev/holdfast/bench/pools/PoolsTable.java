// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.pools;

import com.sun.management.ThreadMXBean;
import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Sampler;
import dev.holdfast.bench.Suite;
import dev.holdfast.runtime.WorkerRuntime;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The table of object pools: many tasks that use a buffer of 8 KiB across a blocking point, again
 * and again, all on the same workers.
 */
public final class PoolsTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "pools";

  /** How often each task uses a buffer. */
  private static final int USES = 20;

  private final WorkerRuntime runtime =
      WorkerRuntime.builder().name("bench-pools").workers(2).start();
  private final Map<Pooling.Kind, Pooling> poolings = new EnumMap<>(Pooling.Kind.class);
  private final ThreadMXBean threads =
      (ThreadMXBean) ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
  private final int tasks;
  private final List<Line> lines;

  /** Makes the table, and starts the runtime. */
  public PoolsTable(Config config) {
    tasks = config.pick(1_000, 1_000, 10);
    for (Pooling.Kind each : Pooling.Kind.values()) {
      poolings.put(each, each.make());
    }
    long uses = (long) tasks * USES;
    List<Contestant> timed = new ArrayList<>();
    List<Contestant> counted = new ArrayList<>();
    List<Contestant> kept = new ArrayList<>();
    poolings.forEach((kind, pooling) -> {
      timed.add(
          new Contestant(
              kind.peer, Sampler.nanosPer(uses, 3, config, () -> burst(pooling)), kind.about));
      counted.add(new Contestant(kind.peer, () -> (double) allocated(pooling) / uses));
      kept.add(new Contestant(kind.peer, () -> kept(kind) / 1024.0));
    });
    String floor = "the same with one buffer for all";
    Pooling one = one();
    timed.add(
        new Contestant(
            Contestant.FLOOR, Sampler.nanosPer(uses, 3, config, () -> burst(one)), floor));
    counted.add(new Contestant(Contestant.FLOOR, () -> (double) allocated(one) / uses, floor));
    lines =
        List.of(
            new Line("a use of a pooled buffer", "ns per use", timed, List.of()),
            new Line("a use of a pooled buffer, allocated", "B per use", counted, List.of()),
            new Line("kept after the tasks have ended", "KiB", kept, List.of()));
  }

  private static Pooling one() {
    byte[] buffer = new byte[Pooling.SIZE];
    return () -> Pooling.work(buffer);
  }

  /** Starts all tasks at once, and waits for them. */
  @SuppressWarnings("ThreadPriorityCheck") // the shortest blocking point there is
  private void burst(Pooling pooling) throws InterruptedException {
    CountDownLatch end = new CountDownLatch(tasks);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < tasks; i++) {
      runtime.execute(() -> {
        try {
          for (int use = 0; use < USES; use++) {
            pooling.use();
            // What it does without a buffer.
            Thread.yield();
          }
        } catch (Throwable e) {
          failure.set(e);
        } finally {
          end.countDown();
        }
      });
    }
    end.await();
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("a task failed", failed);
    }
  }

  private long allocated(Pooling pooling) throws InterruptedException {
    long before = threads.getTotalThreadAllocatedBytes();
    burst(pooling);
    return threads.getTotalThreadAllocatedBytes() - before;
  }

  /** Returns how many bytes a pool of its own keeps after a burst. */
  private long kept(Pooling.Kind kind) throws Exception {
    long before = used();
    try (Pooling pooling = kind.make()) {
      try {
        burst(pooling);
        return Math.max(0, used() - before);
      } finally {
        // Not to be collected before it was looked at.
        Reference.reachabilityFence(pooling);
      }
    }
  }

  /** The heap in use after collections, until it does not get less. */
  private static long used() {
    Runtime jvm = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int same = 0; same < 3; same++) {
      System.gc();
      long now = jvm.totalMemory() - jvm.freeMemory();
      if (now < least) {
        least = now;
        same = 0;
      }
    }
    return least;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "Tasks, 1,000 at once, that use a buffer of 8 KiB twenty times each, with a yield while"
        + " they have it and one before the next, all on two workers of the carrier tier: the pools differ, nothing else. The"
        + " ratio is the peer's number by ours.";
  }

  @Override
  public List<Line> lines() {
    return lines;
  }

  @Override
  public List<String> notes() {
    return List.of(
        "what is allocated includes the tasks themselves, see the floor; kept is the heap after the"
            + " tasks have ended and garbage was collected, less what it was before the pool was"
            + " made",
        "a WorkerLocal keeps its values until its runtime ends, "
            + Pooling.KEPT
            + " for each worker here");
  }

  @Override
  public void close() {
    poolings.values().forEach(Pooling::close);
    runtime.close();
  }
}
