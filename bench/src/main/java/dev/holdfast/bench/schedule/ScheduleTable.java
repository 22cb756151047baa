// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Row;
import dev.holdfast.bench.Spread;
import dev.holdfast.bench.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The table of spawning, yielding and handing over, against the JDK's default scheduler.
 *
 * <p>Both run in one JVM. A round times each workload on one scheduler and at once on the other, in
 * an order that alternates; a time is the median of several runs, and a ratio is of one round.
 */
public final class ScheduleTable {

  /** The name of the table. */
  public static final String NAME = "schedule";

  private static final int MIN_RUNS = 3;
  private static final int MAX_RUNS = 1_000;

  private final int rounds;
  private final int divisor;
  private final long nanosPerTime;
  private final Consumer<String> progress;

  /**
   * Makes a measurement.
   *
   * @param rounds how many rounds are counted; as many again, up to 5, are run before
   * @param divisor by how much the workloads are smaller than they should be
   * @param nanosPerTime how long each workload is repeated per round and scheduler
   * @param progress is told what goes on
   */
  public ScheduleTable(int rounds, int divisor, long nanosPerTime, Consumer<String> progress) {
    this.rounds = rounds;
    this.divisor = divisor;
    this.nanosPerTime = nanosPerTime;
    this.progress = progress;
  }

  /** One workload and its times. */
  private record Line(
      Workload workload, List<Double> ours, List<Double> theirs, List<Double> ratios) {}

  /** Measures. */
  public Table run() throws InterruptedException {
    Row.Aim aim = Row.Aim.speedup(1);
    List<Line> lines =
        Stream.concat(Spawning.all().stream(), HandingOver.all().stream())
            .map(workload -> workload.smaller(divisor))
            .map(w -> new Line(w, new ArrayList<>(), new ArrayList<>(), new ArrayList<>()))
            .toList();
    int warmups = Math.min(rounds, 5);
    try (Carriers jdk = Carriers.ofJdk();
        Carriers holdfast = Carriers.ofHoldfast()) {
      for (int round = -warmups; round < rounds; round++) {
        progress.accept(round < 0 ? "warm-up" : "round " + (round + 1) + " of " + rounds);
        for (Line line : lines) {
          boolean first = round % 2 == 0;
          double one = time(line.workload(), first ? holdfast : jdk);
          double other = time(line.workload(), first ? jdk : holdfast);
          if (round >= 0) {
            line.ours().add(first ? one : other);
            line.theirs().add(first ? other : one);
            line.ratios().add(aim.ratio(line.ours().getLast(), line.theirs().getLast()));
          }
        }
      }
    }
    List<Row> rows =
        lines.stream()
            .map(line ->
                new Row(
                    line.workload().name(),
                    "JDK default scheduler",
                    Spread.of(line.ours()),
                    Spread.of(line.theirs()),
                    Spread.of(line.ratios()),
                    aim,
                    OptionalDouble.empty()))
            .toList();
    return new Table(
        NAME,
        "Times per operation; the ratio is the JDK's time by ours, of "
            + rounds
            + " rounds in one JVM.",
        rows,
        notes(lines, rows));
  }

  private static List<String> notes(List<Line> lines, List<Row> rows) {
    List<String> notes = new ArrayList<>();
    double sum = 0;
    int compared = 0;
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      Workload workload = lines.get(i).workload();
      boolean starvesOurs = workload.isStarved(row.ours().median());
      if (starvesOurs || workload.isStarved(row.theirs().median())) {
        notes.add(
            row.name()
                + ": "
                + (starvesOurs ? "our scheduler" : row.peer())
                + " never came to what waits outside; the run was ended after 500 ms. Not in the"
                + " mean");
      } else {
        sum += Math.log(row.ratio().median());
        compared++;
      }
    }
    double mean = Math.exp(sum / Math.max(1, compared));
    notes.add(
        String.format(
            Locale.ROOT,
            "geometric mean of the ratios: %.2fx, aim at least 2.00x: %s",
            mean,
            mean >= 1.995 ? "reached" : "**not reached**"));
    notes.add(
        "not built yet: spawn_blocking, contended synchronized, skynet, sleepers, sockets; Tokio,"
            + " Go and ForkJoinPool as peers; the floor of a yield; fairness");
    return notes;
  }

  /** Returns the median time per operation of several runs. */
  private double time(Workload workload, Carriers carriers) throws InterruptedException {
    List<Double> times = new ArrayList<>();
    long begin = System.nanoTime();
    while (times.size() < MIN_RUNS
        || (System.nanoTime() - begin < nanosPerTime && times.size() < MAX_RUNS)) {
      long before = System.nanoTime();
      workload.run().run(carriers, workload.size());
      times.add((double) (System.nanoTime() - before) / workload.size());
    }
    // Lets the other scheduler's turn begin with idle carriers.
    Thread.sleep(TimeUnit.NANOSECONDS.toMillis(nanosPerTime) > 10 ? 5 : 0);
    return Spread.of(times).median();
  }
}
