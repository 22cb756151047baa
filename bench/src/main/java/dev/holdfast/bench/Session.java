// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The measurement of one table: in each round each row, in each row each contestant once, in an
 * order that is another one in each round.
 */
final class Session {

  /** How much more than the best one may take that is called even with it. */
  private static final double EVEN = 1.05;

  private final Suite suite;
  private final List<Line> lines;
  private final int rounds;
  private final Progress progress;
  private final Noise noise = new Noise();

  /** The samples of the rounds that count, by row and contestant. */
  private final Map<String, Map<String, List<Double>>> samples = new HashMap<>();

  /** Why contestants are out, by row and contestant. */
  private final Map<String, Map<String, String>> out = new HashMap<>();

  /**
   * Prepares a measurement.
   *
   * @param suite what the rows belong to
   * @param lines those of its rows that are measured, with those of their contestants that are
   * @param rounds how many rounds count
   * @param progress is told what goes on
   */
  Session(Suite suite, List<Line> lines, int rounds, Progress progress) {
    this.suite = suite;
    this.lines = lines;
    this.rounds = rounds;
    this.progress = progress;
    for (Line line : lines) {
      Map<String, List<Double>> ofLine = new LinkedHashMap<>();
      line.contestants().forEach(c -> ofLine.put(c.peer(), new ArrayList<>()));
      if (samples.put(line.name(), ofLine) != null || ofLine.size() != line.contestants().size()) {
        throw new IllegalArgumentException(
            "the row '"
                + line.name()
                + "' is there twice, or has"
                + " a contestant twice: "
                + ofLine.keySet());
      }
      out.put(line.name(), new LinkedHashMap<>());
    }
  }

  /** Measures. */
  Result run() {
    long begin = System.nanoTime();
    int warmups = suite.warmups(rounds);
    progress.begin(lines, warmups + rounds);
    for (int round = 0; round < warmups + rounds; round++) {
      for (Line line : lines) {
        quiet();
        List<Contestant> contestants = line.contestants();
        for (int i = 0; i < contestants.size(); i++) {
          Contestant contestant = contestants.get((i + round) % contestants.size());
          String when =
              round < warmups
                  ? "warm-up " + (round + 1) + " of " + warmups
                  : "round " + (round - warmups + 1) + " of " + rounds;
          progress.next(when, line, contestant);
          measure(line, contestant, round >= warmups, when);
          progress.done(line, contestant);
        }
      }
    }
    List<String> notes = new ArrayList<>(suite.notes());
    notes.add(noise.text());
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Result(
        suite.name(),
        suite.about(),
        rounds,
        seconds,
        lines.stream().map(this::row).toList(),
        suite.across().stream().map(this::together).filter(t -> !t.numbers().isEmpty()).toList(),
        notes);
  }

  private void quiet() {
    try {
      noise.measure();
    } catch (InterruptedException e) {
      throw new MeasurementException(suite.name() + ": it was interrupted", e);
    }
  }

  private void measure(Line line, Contestant contestant, boolean counts, String when) {
    if (of(out, line).containsKey(contestant.peer())) {
      return;
    }
    try {
      double sample = contestant.sampler().sample();
      if (counts) {
        samples(line, contestant.peer()).add(sample);
      }
    } catch (NotMeasuredException e) {
      // Also what it gave before: a row of which some rounds are missing cannot be compared.
      samples(line, contestant.peer()).clear();
      of(out, line).put(contestant.peer(), String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      throw new MeasurementException(failed(line, contestant, when, "it was interrupted"), e);
    } catch (Exception e) {
      throw new MeasurementException(failed(line, contestant, when, e.toString()), e);
    }
  }

  private String failed(Line line, Contestant contestant, String when, String why) {
    return suite.name() + ", " + line.name() + ", " + contestant.peer() + ", " + when + ": " + why;
  }

  private Result.Row row(Line line) {
    List<Result.Outcome> outcomes = new ArrayList<>();
    List<String> notes = new ArrayList<>(line.notes());
    for (Contestant contestant : line.contestants()) {
      List<Double> numbers = samples(line, contestant.peer());
      String why = of(out, line).get(contestant.peer());
      if (why != null) {
        notes.add(contestant.peer() + " was not measured: " + why);
      } else if (!numbers.isEmpty()) {
        outcomes.add(
            new Result.Outcome(contestant.peer(), List.copyOf(numbers), starved(line, numbers)));
        if (!contestant.about().isEmpty()) {
          notes.add(contestant.peer() + ": " + contestant.about());
        }
        if (starved(line, numbers)) {
          notes.add(
              contestant.peer()
                  + " took as long as it was given: what waited was starved; no aim"
                  + " is related to it, and it is not in any mean");
        }
      }
    }
    List<Result.Verdict> verdicts = new ArrayList<>();
    for (Line.Aim aim : line.aims()) {
      String peer = aim.peer();
      if (peer != null && starved(line, samples(line, peer))) {
        continue;
      }
      List<Double> numbers = numbers(line, aim.kind(), peer);
      if (!numbers.isEmpty()) {
        verdicts.add(new Result.Verdict(aim, numbers));
      }
    }
    return new Result.Row(line, outcomes, verdicts, best(outcomes), notes);
  }

  /** Says whether what waited was not run in the time that it was given. */
  private static boolean starved(Line line, List<Double> numbers) {
    return !numbers.isEmpty() && Spread.of(numbers).median() >= line.limit();
  }

  /** Relates the samples of each round. */
  private List<Double> numbers(Line line, Line.Aim.Kind kind, @Nullable String peer) {
    List<Double> ours = samples(line, Contestant.HOLDFAST);
    List<Double> theirs = peer == null ? ours : samples(line, peer);
    List<Double> numbers = new ArrayList<>();
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      numbers.add(kind.relate(ours.get(i), theirs.get(i)));
    }
    return numbers;
  }

  private static List<String> best(List<Result.Outcome> outcomes) {
    List<Result.Outcome> all =
        outcomes.stream().filter(outcome -> !Contestant.isFloor(outcome.peer())).toList();
    List<Result.Outcome> schedulers =
        all.stream()
            .filter(outcome -> !outcome.starved())
            .sorted(Comparator.comparingDouble(outcome -> outcome.spread().median()))
            .toList();
    if (all.size() < 2 || schedulers.isEmpty()) {
      return List.of();
    }
    double least = schedulers.getFirst().spread().median();
    return schedulers.stream()
        .filter(outcome -> outcome.spread().median() <= EVEN * least)
        .map(Result.Outcome::peer)
        .toList();
  }

  private Result.Together together(Across across) {
    List<Double> numbers = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      int round = i;
      across.of().of((line, peer) -> sample(line, peer, round)).ifPresent(numbers::add);
    }
    return new Result.Together(across, numbers);
  }

  private OptionalDouble sample(String name, String peer, int round) {
    return lines.stream()
        .filter(line -> line.name().equals(name))
        .flatMap(line -> {
          List<Double> numbers = samples(line, peer);
          return round < numbers.size() && !starved(line, numbers)
              ? Stream.of(numbers.get(round))
              : Stream.empty();
        })
        .mapToDouble(Double::doubleValue)
        .findFirst();
  }

  private List<Double> samples(Line line, String peer) {
    return of(samples, line).getOrDefault(peer, List.of());
  }

  private static <V> Map<String, V> of(Map<String, Map<String, V>> all, Line line) {
    Map<String, V> found = all.get(line.name());
    if (found == null) {
      throw new IllegalArgumentException("not a row of this session: " + line.name());
    }
    return found;
  }
}
