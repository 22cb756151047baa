// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.access;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line.Aim;
import dev.holdfast.bench.Several;
import dev.holdfast.bench.Spread;
import dev.holdfast.bench.Suite;
import dev.holdfast.bench.WorkersExecutor;
import dev.holdfast.runtime.Tier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The table of the access forms, made of JMH runs that alternate between us and the peers.
 *
 * <p>A round runs each benchmark once, in a JVM of its own, and takes the median of its iterations;
 * a ratio is of one round.
 */
public final class AccessTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "access";

  /**
   * A line of the table.
   *
   * @param ours the benchmark that stands for us
   * @param theirs the benchmark that stands for the peer
   * @param atMost the most that our time by theirs should be; null if nothing is aimed at
   */
  private record Line(
      String name, String ours, String peer, String theirs, @Nullable Double atMost) {}

  private static final String WITH = WithBench.class.getName() + ".";
  private static final String LEASE = LeaseBench.class.getName() + ".";
  private static final String TASK = TaskLocalBench.class.getName() + ".";
  private static final String FRESH = FreshTaskBench.class.getName() + ".";

  private static final String TIME = "time";
  private static final String BYTES = "count of bytes";

  /** Before the name of a benchmark: run it in the owned tier. */
  private static final String OWNED = "owned ";

  private static final List<Line> LINES =
      List.of(
          with("with, incrementing", "updateIncrement", "LongAdder", "longAdderIncrement", 0.35),
          with("with", "with", "ThreadLocal", "threadLocalGet", 1.25),
          with("ref().get()", "refGet", "ThreadLocal", "threadLocalGet", 1.0),
          with("LocalRef.get() kept", "refKept", "ThreadLocal", "threadLocalGet", 0.6),
          lease("lease", "JCTools MPMC queue", "jctools", 0.5),
          lease("lease", "Netty Recycler, shared", "nettyShared", 0.5),
          lease("lease", "Netty Recycler", "netty", 0.5),
          lease("lease", "jackson-core, bounded", "jacksonBounded", 0.5),
          lease("lease", "jackson-core, deque", "jacksonDeque", 0.5),
          lease("lease", "jackson-core, per thread", "jacksonThreadLocal", 0.5),
          jackson("jackson-core, bounded", "jacksonBounded"),
          jackson("jackson-core, deque", "jacksonDeque"),
          jackson("jackson-core, per thread", "jacksonThreadLocal"),
          new Line(
              "WorkerArena: open, 64 B, close",
              LEASE + "arenaLeased",
              "Arena.ofConfined, allocate, close",
              LEASE + "arenaConfined",
              0.1),
          lease("guard", "AtomicLong inc, dec", "atomicLong", 1.0),
          new Line(
              "guard, handed on, + close",
              LEASE + "guardKept",
              "AtomicLong inc, dec",
              LEASE + "atomicLong",
              1.0),
          new Line(
              "TaskLocal.get",
              TASK + "taskLocalGet",
              "ThreadLocal.get",
              TASK + "threadLocalGet",
              1.0),
          fresh("ThreadLocal.get", "threadLocalGet", 1.0),
          fresh("ScopedValue, bound, get", "scopedValueGet", 1.0),
          fresh("nothing", "empty", null),
          new Line(
              "a task with TaskLocal.get, closed",
              FRESH + "taskLocalClosed",
              "with ThreadLocal.get, closed by hand",
              FRESH + "threadLocalClosed",
              1.0),
          owned("with, incrementing", WITH + "updateIncrement"),
          owned("with", WITH + "with"),
          owned("lease + close", LEASE + "lease"));

  /** What is counted beside the time, in bytes allocated per use. */
  private static final Set<String> COUNTED =
      Set.of(
          WITH + "with", WITH + "refGet", WITH + "refKept", LEASE + "lease", LEASE + "jacksonOurs");

  private final int iterations;
  private final long iterationMillis;

  /** Makes the table; a round runs each benchmark in a fresh JVM. */
  public AccessTable(Config config) {
    iterations = config.pick(15, 2, 1);
    iterationMillis = config.pick(100, 10, 5);
  }

  private static Line with(String name, String ours, String peer, String theirs, double atMost) {
    return new Line(name, WITH + ours, peer, WITH + theirs, atMost);
  }

  private static Line lease(String ours, String peer, String theirs, double atMost) {
    return new Line(ours + " + close", LEASE + ours, peer, LEASE + theirs, atMost);
  }

  private static Line jackson(String peer, String theirs) {
    return new Line(
        "a recycler of Jackson's, acquire + release",
        LEASE + "jacksonOurs",
        peer,
        LEASE + theirs,
        1.0);
  }

  private static Line fresh(String peer, String theirs, @Nullable Double atMost) {
    return new Line(
        "a task with TaskLocal.get",
        FRESH + "taskLocalGet",
        "with " + peer,
        FRESH + theirs,
        atMost);
  }

  private static Line owned(String name, String benchmark) {
    return new Line(name + ", owned tier", OWNED + benchmark, "carrier tier", benchmark, 2.0);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "On a task's virtual thread, of the carrier tier unless a row says otherwise, one thread,"
        + " JMH 1.37 with a JVM for each sample; where nothing else is said the ratio is our time by"
        + " theirs.";
  }

  @Override
  public List<dev.holdfast.bench.Line> lines() {
    Map<String, List<Line>> byOurs = new LinkedHashMap<>();
    for (Line line : LINES) {
      byOurs.computeIfAbsent(line.ours(), ours -> new ArrayList<>()).add(line);
    }
    List<dev.holdfast.bench.Line> rows = new ArrayList<>();
    byOurs.forEach((ours, ofOurs) -> {
      Several measured = measured(ours);
      List<Contestant> contestants = new ArrayList<>();
      List<Aim> aims = new ArrayList<>();
      contestants.add(new Contestant(Contestant.HOLDFAST, measured.number(TIME)));
      for (Line line : ofOurs) {
        contestants.add(new Contestant(line.peer(), measured(line.theirs()).number(TIME)));
        if (line.atMost() != null) {
          aims.add(Aim.share(line.peer(), line.atMost()));
        }
      }
      String name = ofOurs.getFirst().name();
      rows.add(new dev.holdfast.bench.Line(name, "ns per use", contestants, aims));
      if (COUNTED.contains(ours)) {
        rows.add(
            new dev.holdfast.bench.Line(
                name + ", allocated",
                "B per use",
                List.of(new Contestant(Contestant.HOLDFAST, measured.number(BYTES))),
                List.of(Aim.atMost(0))));
      }
    });
    return rows;
  }

  @Override
  public int warmups(int rounds) {
    return 0;
  }

  @Override
  public List<String> notes() {
    return List.of(
        "jackson-core's pool per thread and Netty's Recycler keep nothing for other tasks: the one"
            + " has its values per virtual thread, the other makes a new one each time on a virtual"
            + " thread",
        "a task with a use: its start, the first use, its end, and the wait for it; taking off what"
            + " one with nothing costs leaves the use",
        "a guard that is closed where it was taken needs no object; one that is handed on has one");
  }

  private Several measured(String benchmark) {
    return new Several(() -> {
      RunResult result = run(benchmark);
      return Map.of(TIME, median(result), BYTES, bytesPerOperation(result));
    });
  }

  private RunResult run(String name) throws RunnerException {
    boolean owned = name.startsWith(OWNED);
    String benchmark = owned ? name.substring(OWNED.length()) : name;
    TimeValue time = TimeValue.milliseconds(iterationMillis);
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(benchmark) + "$")
            .forks(1)
            .jvmArgsPrepend("-D" + WorkersExecutor.TIER + "=" + (owned ? Tier.OWNED : Tier.CARRIER))
            .warmupIterations(Math.max(1, iterations / 2))
            .warmupTime(time)
            .measurementIterations(iterations)
            .measurementTime(time)
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true);
    return new Runner(options.build()).runSingle();
  }

  private static double median(RunResult result) {
    List<Double> all = new ArrayList<>();
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      for (IterationResult iteration : fork.getIterationResults()) {
        all.add(iteration.getPrimaryResult().getScore());
      }
    }
    return Spread.of(all).median();
  }

  private static double bytesPerOperation(RunResult result) {
    return Objects.requireNonNull(result.getSecondaryResults().get("gc.alloc.rate.norm"))
        .getScore();
  }
}
