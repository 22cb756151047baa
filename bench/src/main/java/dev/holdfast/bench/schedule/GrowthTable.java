// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Across;
import dev.holdfast.bench.Child;
import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.NotMeasuredException;
import dev.holdfast.bench.Sampler;
import dev.holdfast.bench.Several;
import dev.holdfast.bench.Suite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The table of what one operation costs as there are more tasks, and as there are more workers. */
public final class GrowthTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "growth";

  private static final int MOST_TASKS = 10_000_000;
  private static final int MOST_WORKERS = 64;

  /** What a task that waits for its turn may take of the heap. */
  private static final long BYTES_PER_TASK = 500;

  private final Config config;
  private final Pools pools = new Pools();
  private final List<Line> lines = new ArrayList<>();
  private final List<Across> across = new ArrayList<>();

  /** Makes the table. */
  public GrowthTable(Config config) {
    this.config = config;
    List<Line> byTasks = new ArrayList<>();
    int most = config.pick(MOST_TASKS, MOST_TASKS / 10, 10_000);
    for (int tasks = 1_000; tasks <= most; tasks *= 10) {
      byTasks.add(tasks(tasks));
    }
    lines.addAll(byTasks);
    across.add(Across.flat("a spawn: the dearest number of tasks by the cheapest", 1.25, byTasks));
    workers();
  }

  private Line tasks(int count) {
    List<Contestant> contestants = new ArrayList<>();
    for (String peer : List.of(Contestant.HOLDFAST, Contestant.OWNED, Contestant.JDK)) {
      contestants.add(
          new Contestant(
              peer,
              sampler(Spawning.spawnManyLocal().of(count).once(), () -> pools.of(peer), config)));
    }
    return new Line(
            String.format(Locale.ROOT, "spawn of %,d tasks", count),
            "ns per task",
            contestants,
            List.of())
        .at(new Line.Place(Line.Place.Axis.TASKS, "spawn", count));
  }

  private void workers() {
    // A child's numbers are of the same rows, in the same order.
    List<Workload> workloads = byWorkers(config);
    List<List<Line>> byWorkload = new ArrayList<>();
    workloads.forEach(workload -> byWorkload.add(new ArrayList<>()));
    int most = config.pick(MOST_WORKERS, MOST_WORKERS, 4);
    for (int workers = 1; workers <= most; workers *= 2) {
      int count = workers;
      Several jdk = new Several(() -> GrowthProbe.run(config, count));
      for (int i = 0; i < workloads.size(); i++) {
        Workload workload = workloads.get(i);
        List<Contestant> contestants = new ArrayList<>();
        contestants.add(
            new Contestant(
                Contestant.HOLDFAST, sampler(workload, () -> pools.ofWorkers(count), config)));
        if (config.scale() != Config.Scale.QUICK) {
          contestants.add(new Contestant(Contestant.JDK, jdk.number("row" + i)));
        }
        byWorkload
            .get(i)
            .add(
                new Line(
                        workload.name() + ", " + count + (count == 1 ? " worker" : " workers"),
                        "ns per " + workload.operation(),
                        contestants,
                        List.of())
                    .at(new Line.Place(Line.Place.Axis.WORKERS, workload.name(), count)));
      }
    }
    for (int i = 0; i < workloads.size(); i++) {
      lines.addAll(byWorkload.get(i));
      across.add(
          Across.worst(
              workloads.get(i).name() + ": the most of all numbers of workers by that of 2",
              2,
              byWorkload.get(i),
              byWorkload.get(i).get(1)));
    }
  }

  /** What is measured with different numbers of workers. */
  static List<Workload> byWorkers(Config config) {
    int divisor = config.pick(1, 1, 1_000);
    return List.of(
            Spawning.spawnManyLocal(), Spawning.yieldMany(), HandingOver.arrayBlockingQueue())
        .stream()
        .map(workload -> workload.of(Math.max(1, workload.size() / divisor)).once())
        .toList();
  }

  @FunctionalInterface
  private interface Opened {
    Carriers get();
  }

  private static Sampler sampler(Workload workload, Opened on, Config config) {
    Sampler sampler =
        Sampler.nanosPer(
            workload.size(),
            workload.least(),
            config,
            () -> workload.run().run(on.get(), workload.size()));
    return () -> {
      long need = workload.size() * BYTES_PER_TASK;
      if (workload.operation().equals("task") && need > Runtime.getRuntime().maxMemory()) {
        throw new NotMeasuredException(
            workload.size()
                + " tasks may take "
                + (need >> 20)
                + " MiB, and the heap is at most "
                + (Runtime.getRuntime().maxMemory() >> 20)
                + " MiB");
      }
      double sample = sampler.sample();
      ScheduleTable.pause(config);
      return sample;
    };
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "The same operations with more tasks, and with more workers on "
        + Runtime.getRuntime().availableProcessors()
        + " processors; wall time per operation.";
  }

  @Override
  public List<Line> lines() {
    return lines;
  }

  @Override
  public List<Across> across() {
    return across;
  }

  @Override
  public List<String> notes() {
    return List.of(
        "the JDK's scheduler has one number of carriers in a JVM: with other numbers of workers it"
            + " is measured in a JVM of its own for each sample, after a warm-up there, and not with"
            + " --quick",
        "a task that spawns all others does so faster than they run: what waits is in the heap, and"
            + " what the collector takes for it in the number");
  }

  @Override
  public int warmups(int rounds) {
    return Math.min(rounds, config.pick(3, 2, 0));
  }

  @Override
  public void close() {
    pools.close();
  }

  /** The program of a JVM whose scheduler of virtual threads has another number of carriers. */
  public static final class GrowthProbe {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private GrowthProbe() {}

    static Map<String, Double> run(Config config, int carriers) throws Exception {
      return Child.run(
          GrowthProbe.class,
          List.of(
              "-Djdk.virtualThreadScheduler.parallelism=" + carriers,
              "-Djdk.virtualThreadScheduler.maxPoolSize=" + Math.max(256, carriers)),
          List.of(config.scale().name()),
          LIMIT);
    }

    /** Measures each row at a scale. */
    public static void main(String[] args) throws Exception {
      Config config = Config.of(Config.Scale.valueOf(args[0]));
      List<Workload> workloads = byWorkers(config);
      try (Carriers carriers = Carriers.ofJdk()) {
        for (int i = 0; i < workloads.size(); i++) {
          Child.say("row" + i, sampler(workloads.get(i), () -> carriers, config).sample());
        }
      }
    }
  }
}
