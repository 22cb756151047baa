// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Line.Aim;
import dev.holdfast.bench.Sampler;
import dev.holdfast.bench.Suite;
import dev.holdfast.jackson.PoolOptions;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The table of Jackson's buffers: documents that are parsed and printed with our pool and with each
 * of Jackson's own, all on the same runtime, so that the pool alone makes the difference.
 */
public final class JacksonTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "jackson";

  private static final String NONE = "none";
  private static final String THREAD_LOCAL = "threadlocal";
  private static final String DEQUE = "deque";
  private static final String BOUNDED = "bounded";
  private static final String LOCK_FREE = "lockfree";

  /** As many as Jackson's shared one has. */
  private static final int CAPACITY = 100;

  private static final PoolOptions OPTIONS = PoolOptions.defaults().named("bench");

  /**
   * The size of a document, and how many tasks have one each.
   *
   * @param few with {@code --quick}
   */
  private record Size(String name, int bytes, int tasks, int few) {}

  private static final List<Size> SIZES =
      List.of(
          new Size("1 KB", 1 << 10, 10_000, 10_000),
          new Size("16 KB", 16 << 10, 10_000, 2_000),
          new Size("128 KB", 128 << 10, 2_000, 250),
          new Size("1 MB", 1 << 20, 250, 40));

  private final Config config;
  private final Duration perSample;
  private final List<Line> lines = new ArrayList<>();

  // Started when it is needed first, by the one thread that measures.
  private @Nullable WorkerRuntime runtime;

  /** Makes the table. */
  public JacksonTable(Config config) {
    this.config = config;
    this.perSample = Duration.ofMillis(config.pick(1_000, 150, 1));
    add("Jackson 3", pools3());
    add("Jackson 2", pools2());
  }

  private static Map<String, Supplier<Copier>> pools3() {
    Map<String, Supplier<Copier>> pools = new LinkedHashMap<>();
    pools.put(
        Contestant.HOLDFAST, () -> Copier.of(dev.holdfast.jackson3.WorkerRecyclerPool.of(OPTIONS)));
    pools.put(NONE, () -> Copier.of(tools.jackson.core.util.JsonRecyclerPools.nonRecyclingPool()));
    pools.put(
        THREAD_LOCAL, () -> Copier.of(tools.jackson.core.util.JsonRecyclerPools.threadLocalPool()));
    pools.put(
        DEQUE, () -> Copier.of(tools.jackson.core.util.JsonRecyclerPools.newConcurrentDequePool()));
    pools.put(
        BOUNDED,
        () -> Copier.of(tools.jackson.core.util.JsonRecyclerPools.newBoundedPool(CAPACITY)));
    return pools;
  }

  @SuppressWarnings("deprecation") // Jackson's own words on its lock-free pool
  private static Map<String, Supplier<Copier>> pools2() {
    Map<String, Supplier<Copier>> pools = new LinkedHashMap<>();
    pools.put(
        Contestant.HOLDFAST, () -> Copier.of(dev.holdfast.jackson2.WorkerRecyclerPool.of(OPTIONS)));
    pools.put(
        NONE,
        () -> Copier.of(com.fasterxml.jackson.core.util.JsonRecyclerPools.nonRecyclingPool()));
    pools.put(
        THREAD_LOCAL,
        () -> Copier.of(com.fasterxml.jackson.core.util.JsonRecyclerPools.threadLocalPool()));
    pools.put(
        DEQUE,
        () ->
            Copier.of(com.fasterxml.jackson.core.util.JsonRecyclerPools.newConcurrentDequePool()));
    pools.put(
        BOUNDED,
        () ->
            Copier.of(com.fasterxml.jackson.core.util.JsonRecyclerPools.newBoundedPool(CAPACITY)));
    pools.put(
        LOCK_FREE,
        () -> Copier.of(com.fasterxml.jackson.core.util.JsonRecyclerPools.newLockFreePool()));
    return pools;
  }

  private void add(String version, Map<String, Supplier<Copier>> pools) {
    List<Line> allocated = new ArrayList<>();
    for (Size size : SIZES) {
      byte[] document = Documents.orders(size.bytes()).getBytes(UTF_8);
      int tasks = config.pick(size.tasks(), size.few(), 5);
      Map<String, Sampler> times = new LinkedHashMap<>();
      Map<String, Sampler> bytes = new LinkedHashMap<>();
      pools.forEach((peer, pool) -> {
        Lazy run = new Lazy(pool, document, tasks);
        times.put(peer, () -> run.get().nanosPerDocument(perSample) / 1e3);
        bytes.put(peer, () -> run.get().bytesPerDocument());
      });
      lines.add(
          line(
              version + ", " + size.name(),
              "us per document",
              times,
              peer -> Aim.speedup(peer, 0.97)));
      allocated.add(
          line(
              version + ", " + size.name() + ", allocated",
              "B per document",
              bytes,
              peer -> Aim.share(peer, 1)));
    }
    lines.addAll(allocated);
    byte[] small = Documents.orders(SIZES.getFirst().bytes()).getBytes(UTF_8);
    int open = config.pick(10_000, 10_000, 5);
    Map<String, Sampler> kept = new LinkedHashMap<>();
    // A pool of its own for each sample: what an earlier one left would not be seen any more.
    pools.forEach((peer, pool) -> kept.put(peer, () -> kept(pool, small, open)));
    lines.add(
        line(
            version + ", kept",
            "KiB after " + open + " were open at once",
            kept,
            peer -> peer.equals(DEQUE) || peer.equals(BOUNDED) ? Aim.share(peer, 1) : null));
  }

  private double kept(Supplier<Copier> pool, byte[] document, int open) throws Exception {
    Copier copier = pool.get();
    // Without it the first use of anything would count as kept.
    new CopyRun(
            runtime(),
            Copier.of(tools.jackson.core.util.JsonRecyclerPools.nonRecyclingPool()),
            document,
            open)
        .kept();
    double kept = new CopyRun(runtime(), copier, document, open).kept();
    // The pool must be alive until here, and is used once more for that.
    copier.copy(new ByteArrayInputStream(document), OutputStream.nullOutputStream());
    return kept;
  }

  private interface Aims {
    @Nullable Aim beside(String peer);
  }

  private static Line line(String name, String unit, Map<String, Sampler> samplers, Aims aims) {
    return new Line(
        name,
        unit,
        samplers.entrySet().stream()
            .map(each -> new Contestant(each.getKey(), each.getValue()))
            .toList(),
        samplers.keySet().stream()
            .filter(peer -> !peer.equals(Contestant.HOLDFAST))
            .<@Nullable Aim>map(aims::beside)
            .filter(Objects::nonNull)
            .toList());
  }

  private WorkerRuntime runtime() {
    WorkerRuntime known = runtime;
    if (known == null) {
      known = WorkerRuntime.builder().name("bench-jackson").tier(Tier.CARRIER).start();
      runtime = known;
    }
    return known;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "Documents that tasks parse and print, each of 10,000 tasks one (fewer of the large ones),"
        + " all on the carrier tier: only the pool of Jackson's buffers differs. The ratio is the"
        + " peer's number by ours, above 1 we are ahead, unless the aim says \"at most\".";
  }

  @Override
  public List<Line> lines() {
    return List.copyOf(lines);
  }

  @Override
  public List<String> notes() {
    return List.of(
        "none, threadlocal, deque, bounded (of "
            + CAPACITY
            + "), lockfree: Jackson's nonRecyclingPool, threadLocalPool and so on; threadlocal is"
            + " the default of Jackson 2, deque that of Jackson 3",
        "kept: what the heap has more after a full collection, when all of 10,000 tasks had their"
            + " parser open at the same time; none and threadlocal keep nothing for another task");
  }

  @Override
  public int warmups(int rounds) {
    return Math.min(rounds, config.pick(2, 1, 0));
  }

  @Override
  public void close() {
    WorkerRuntime known = runtime;
    if (known != null) {
      known.close();
    }
  }

  /** A run that is made when it is measured first. */
  private final class Lazy {
    private final Supplier<Copier> pool;
    private final byte[] document;
    private final int tasks;
    private @Nullable CopyRun made;

    Lazy(Supplier<Copier> pool, byte[] document, int tasks) {
      this.pool = pool;
      this.document = document;
      this.tasks = tasks;
    }

    CopyRun get() throws IOException {
      CopyRun known = made;
      if (known == null) {
        known = new CopyRun(runtime(), pool.get(), document, tasks);
        made = known;
      }
      return known;
    }
  }
}
