// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Across;
import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Line.Aim;
import dev.holdfast.bench.Outsiders;
import dev.holdfast.bench.Sampler;
import dev.holdfast.bench.Suite;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The table of spawning, yielding, handing over and waiting, on different schedulers.
 *
 * <p>All that are in the JVM run in one, one after the other.
 */
public final class ScheduleTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "schedule";

  private static final Set<String> SPAWNING =
      Set.of(
          "spawn_many_local",
          "spawn_many_remote_idle",
          "spawn_many_remote_busy1",
          "spawn_many_remote_busy2",
          "remote_spawn",
          "chained_spawn");

  private final Config config;
  private final Outsiders outsiders;
  private final Pools pools = new Pools();
  private final List<Line> lines;

  /**
   * Makes the table.
   *
   * @param config how much is measured
   * @param outsiders the peers in other processes, which are closed with the table
   */
  public ScheduleTable(Config config, Outsiders outsiders) {
    this.config = config;
    this.outsiders = outsiders;
    lines =
        Stream.of(
                Spawning.all(config).stream(),
                HandingOver.all(config).stream(),
                Blocking.all(config).stream())
            .flatMap(workloads -> workloads)
            .map(this::line)
            .toList();
  }

  private Line line(Workload workload) {
    List<Contestant> contestants = new ArrayList<>();
    for (String peer : List.of(Contestant.HOLDFAST, Contestant.OWNED, Contestant.JDK)) {
      contestants.add(contestant(workload, new Workload.Rival(peer, "", workload.run())));
    }
    workload.rivals().forEach(rival -> contestants.add(contestant(workload, rival)));
    contestants.addAll(outsiders.at(workload.name(), workload.size()));
    List<Aim> aims = new ArrayList<>();
    aims.add(Aim.speedup(Contestant.JDK, 1));
    for (String peer : List.of(Contestant.TOKIO, Contestant.GO)) {
      if (SPAWNING.contains(workload.name())) {
        aims.add(Aim.speedup(peer, 1));
      } else if (workload.name().equals("ping_pong")) {
        aims.add(Aim.speedup(peer, 0.7));
      }
    }
    if (workload.name().equals("yield_many")) {
      aims.add(Aim.share(Contestant.FLOOR, 1.25));
    }
    Line line =
        new Line(workload.name(), "ns per " + workload.operation(), contestants, aims)
            .withLimit(workload.limit());
    return workload.note().isEmpty() ? line : line.withNote(workload.note());
  }

  private Contestant contestant(Workload workload, Workload.Rival rival) {
    Sampler sampler =
        Sampler.nanosPer(
            workload.size(),
            workload.least(),
            config,
            () -> rival.body().run(pools.of(rival.peer()), workload.size()));
    return new Contestant(
        rival.peer(),
        () -> {
          double sample = sampler.sample();
          pause(config);
          return sample;
        },
        rival.about());
  }

  /** Lets the turn of the next one begin with idle threads. */
  static void pause(Config config) throws InterruptedException {
    Thread.sleep(config.pick(5, 5, 0));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "Wall time per operation, in one JVM for all but Tokio and Go; the ratio is the peer's"
        + " time by ours, above 1 we are faster, unless the aim says \"at most\".";
  }

  @Override
  public List<Line> lines() {
    return lines;
  }

  @Override
  public Set<String> prepare(Set<String> peers, Consumer<String> progress) throws Exception {
    return outsiders.prepare(peers, progress);
  }

  @Override
  public List<Across> across() {
    return List.of(Across.geometricMean(Contestant.JDK, 2, lines));
  }

  @Override
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(
        "holdfast and jdk run the same code, fixed and forkjoin too unless a note says otherwise."
            + " They share one JVM, so that what the compiler learned from one holds for the next:"
            + " no call that differs between them is inlined for any of them");
    notes.addAll(outsiders.notes());
    return notes;
  }

  @Override
  public int warmups(int rounds) {
    return Math.min(rounds, config.pick(5, 2, 0));
  }

  @Override
  public void close() {
    pools.close();
    outsiders.close();
  }
}
