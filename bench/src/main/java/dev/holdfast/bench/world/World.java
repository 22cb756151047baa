// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Line.Aim;
import dev.holdfast.bench.Sampler;
import dev.holdfast.bench.Several;
import dev.holdfast.bench.world.Kit.Document;
import dev.holdfast.bench.world.LoadOrder.Talk;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The rows that are whole programs. Servers, the process that loads them, and runtimes are started
 * when a row is measured first, and ended by {@link #close}; what is measured is of this JVM, but
 * for the demo.
 *
 * <p>All of it is used by one thread.
 */
public final class World implements AutoCloseable {

  /**
   * Leases from the workers of Holdfast are {@link Contestant#HOLDFAST}; these are {@code with}.
   */
  public static final String HOLDFAST_WITH = "holdfast-with";

  /** Virtual threads of the JDK's, on which everything is made for each use. */
  public static final String PER_USE = "jdk-per-use";

  private static final int HTTP_CONNECTIONS = 32;
  private static final List<Integer> ECHO_CONNECTIONS = List.of(64, 1_000);
  private static final int DOCUMENTS = 10_000;

  private static final String MEAN = "mean";
  private static final String P99 = "p99";

  /** What the demo calls the contestants. */
  private static final List<Contestants> DEMO =
      List.of(
          new Contestants(Contestant.HOLDFAST, "holdfast"),
          new Contestants(Contestant.JDK, "virtual-threads"),
          new Contestants(Contestant.FIXED, "platform-pool"));

  private record Contestants(String peer, String runner) {}

  private final int scale;
  private final Duration perSample;
  private final @Nullable Path command;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Once<LoadProcess> load = new Once<>(LoadProcess::start);

  /**
   * Says how much is measured.
   *
   * @param scale by how much everything is smaller than it should be; 1 to measure
   * @param perSample how long one sample takes, where it is not the work that says so
   * @param command the {@code holdfast} command, or null to leave the demo out
   */
  public World(int scale, Duration perSample, @Nullable Path command) {
    if (scale < 1) {
      throw new IllegalArgumentException("scale must be 1 or more, not " + scale);
    }
    if (perSample.toMillis() < 1) {
      throw new IllegalArgumentException("a sample must take 1 ms or more, not " + perSample);
    }
    if (command != null && !Files.isExecutable(command)) {
      throw new IllegalArgumentException(
          "there is no command '" + command + "' for the row of the demo: leave that row out");
    }
    this.scale = scale;
    this.perSample = perSample;
    this.command = command;
  }

  /** Returns the rows. Measuring them starts what they need. */
  public List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    addHttp(lines);
    for (int connections : ECHO_CONNECTIONS) {
      addEcho(lines, connections);
    }
    addJson(lines);
    if (command != null) {
      lines.add(demo(command));
    }
    return lines;
  }

  private void addHttp(List<Line> lines) {
    Once<HttpTarget> holdfast = new Once<>(() -> new HttpTarget(runtime()));
    Once<HttpTarget> jdk = new Once<>(() -> new HttpTarget(virtualThreads()));
    Once<HttpTarget> fixed = new Once<>(() -> new HttpTarget(pool()));
    List<Contestant> means = new ArrayList<>();
    List<Contestant> worst = new ArrayList<>();
    for (Served each :
        List.of(
            new Served(Contestant.HOLDFAST, holdfast),
            new Served(Contestant.JDK, jdk),
            new Served(Contestant.FIXED, fixed))) {
      // One load gives the numbers of both rows.
      Several both = new Several(() -> http(each.server()));
      means.add(new Contestant(each.peer(), both.number(MEAN)));
      worst.add(new Contestant(each.peer(), both.number(P99)));
    }
    lines.add(line("http_server", "us per request", means));
    lines.add(line("http_server_p99", "us, of 99 in 100 requests at most", worst));
  }

  private record Served(String peer, Once<HttpTarget> server) {}

  private Map<String, Double> http(Once<HttpTarget> server) throws Exception {
    LoadResult result = loaded(Talk.HTTP, server.get(), scaled(HTTP_CONNECTIONS));
    return Map.of(MEAN, result.microsPerAnswer(), P99, result.p99() / 1e3);
  }

  private void addEcho(List<Line> lines, int full) {
    int connections = scaled(full);
    lines.add(
        line(
            "echo_server_" + full,
            "us per message",
            new Contestant(Contestant.HOLDFAST, echo(connections, World::runtime)),
            new Contestant(Contestant.JDK, echo(connections, World::virtualThreads)),
            new Contestant(Contestant.FIXED, echo(connections, World::threads))));
  }

  private Sampler echo(int connections, Callable<ExecutorService> executor) {
    Once<EchoTarget> server = new Once<>(() -> new EchoTarget(executor.call()));
    return () -> loaded(Talk.ECHO, server.get(), connections).microsPerAnswer();
  }

  /** Loads a server, and makes sure that both sides have counted the same. */
  private LoadResult loaded(Talk talk, Target server, int connections) throws Exception {
    long before = server.answered();
    LoadResult result =
        load.get().run(new LoadOrder(talk, server.port(), connections, perSample.toMillis()));
    long answered = server.answered() - before;
    if (answered != result.answered()) {
      throw new IllegalStateException(
          "the server answered " + answered + " requests, and the client got " + result.answered());
    }
    return result;
  }

  private void addJson(List<Line> lines) {
    Once<WorkerRuntime> runtime = new Once<>(World::runtime);
    Once<ExecutorService> pool = new Once<>(World::processors);
    List<Document> documents = Documents.mixed().stream().map(Document::of).toList();
    int tasks = scaled(DOCUMENTS);
    List<Kept> kept =
        List.of(
            new Kept(
                Contestant.HOLDFAST,
                () -> new JsonRun(runtime.get(), Keeping.LEASE, documents, tasks)),
            new Kept(
                HOLDFAST_WITH, () -> new JsonRun(runtime.get(), Keeping.WITH, documents, tasks)),
            new Kept(
                Contestant.JDK,
                () ->
                    new JsonRun(
                        Thread::startVirtualThread, Keeping.THREAD_LOCAL, documents, tasks)),
            new Kept(
                PER_USE,
                () -> new JsonRun(Thread::startVirtualThread, Keeping.NONE, documents, tasks)),
            new Kept(
                Contestant.FIXED,
                () -> new JsonRun(pool.get(), Keeping.THREAD_LOCAL, documents, tasks)));
    lines.add(
        line("json", "ns per document", contestants(kept, run -> run.nanosPerDocument(perSample))));
    lines.add(
        new Line(
            "json_bytes",
            "B allocated per document",
            contestants(kept, JsonRun::bytesPerDocument),
            List.of(new Aim(Contestant.JDK, Aim.Kind.SHARE_AT_MOST, 1))));
  }

  private record Kept(String peer, Callable<JsonRun> run) {}

  private interface Figure {
    double of(JsonRun run) throws InterruptedException;
  }

  private static List<Contestant> contestants(List<Kept> kept, Figure figure) {
    return kept.stream()
        .map(each -> new Contestant(each.peer(), () -> figure.of(each.run().call())))
        .toList();
  }

  private Line demo(Path holdfast) {
    Path home = Path.of(System.getProperty("java.home"));
    Path directory = scale == 1 ? home : home.resolve("conf");
    List<String> words = List.of(holdfast.toAbsolutePath().toString());
    return line(
        "demo",
        "ms per run",
        DEMO.stream()
            .map(each ->
                new Contestant(
                    each.peer(), () -> new DemoRun(words, each.runner(), directory).millis()))
            .toList());
  }

  private static Line line(String name, String unit, Contestant... contestants) {
    return line(name, unit, List.of(contestants));
  }

  private static Line line(String name, String unit, List<Contestant> contestants) {
    return new Line(
        name, unit, contestants, List.of(new Aim(Contestant.JDK, Aim.Kind.SPEEDUP_AT_LEAST, 1)));
  }

  private int scaled(int full) {
    return Math.max(1, full / scale);
  }

  private static WorkerRuntime runtime() {
    return WorkerRuntime.builder().name("bench-world").tier(Tier.CARRIER).start();
  }

  private static ExecutorService virtualThreads() {
    return Executors.newVirtualThreadPerTaskExecutor();
  }

  /** Some more threads than processors, for a handler that waits for its client now and then. */
  private static ExecutorService pool() {
    return Executors.newFixedThreadPool(
        4 * Runtime.getRuntime().availableProcessors(), Thread.ofPlatform().daemon().factory());
  }

  private static ExecutorService processors() {
    return Executors.newFixedThreadPool(
        Runtime.getRuntime().availableProcessors(), Thread.ofPlatform().daemon().factory());
  }

  private static ExecutorService threads() {
    return Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());
  }

  /** Ends all servers, runtimes and processes, the last one that was started first. */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    while (!opened.isEmpty()) {
      AutoCloseable next = opened.pop();
      try {
        next.close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IOException(next + " could not be ended: " + e, e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Starts something when it is wanted first, to be ended with everything else. */
  private final class Once<T extends AutoCloseable> {
    private final Callable<T> start;
    private @Nullable T started;

    Once(Callable<T> start) {
      this.start = start;
    }

    T get() throws Exception {
      T known = started;
      if (known == null) {
        known = start.call();
        started = known;
        opened.push(known);
      }
      return known;
    }
  }
}
