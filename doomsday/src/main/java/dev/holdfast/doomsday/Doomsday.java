// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An audit of one runtime: plays rounds of scenarios on it, and says what it found.
 *
 * <pre>{@code
 * Doomsday.of(RuntimeAdapter.of("my-pool", threads -> new MyPool(4, threads)))
 *     .rounds(50)
 *     .run()
 *     .assertSafe();
 * }</pre>
 *
 * <p>In each round a runtime is started and ended once in each of its ways. A way is not played
 * again in a scenario once it was found unsafe there. The choices of a round come from its seed;
 * which thread is faster does not, so that a seed may have to be played more than once to show the
 * same.
 *
 * <p>Not thread-safe. An audit measures what goes on in its JVM: nothing else should run meanwhile.
 */
public final class Doomsday {

  /** A JVM costs as much as many rounds: one for so many of them, but not fewer than some. */
  private static final int ROUNDS_PER_JVM = 25;

  private static final int LEAST_JVMS = 2;

  /**
   * How many rounds of one way may wait in vain for a task, before that is taken for the verdict.
   */
  private static final int MOST_STRANDING = 2;

  private final RuntimeAdapter adapter;
  private int rounds = 20;
  private long seed = 1;
  private Limits limits = new Limits(Duration.ofSeconds(5), Duration.ofSeconds(1));
  private Duration budget = Duration.ofDays(1);
  private Set<Scenario> chosen = EnumSet.allOf(Scenario.class);
  private Consumer<? super Scenario> watcher = scenario -> {};

  private Doomsday(RuntimeAdapter adapter) {
    this.adapter = adapter;
  }

  /**
   * Returns an audit of a runtime, with 20 rounds of every scenario, from seed 1 on.
   *
   * @param adapter describes the runtime
   * @return the audit
   * @throws IllegalArgumentException if the adapter names no way to end the runtime, or several for
   *     one that can be ended only once
   */
  public static Doomsday of(RuntimeAdapter adapter) {
    if (adapter.ways().isEmpty()) {
      throw new IllegalArgumentException(
          "the adapter of " + adapter.name() + " names no way to end it");
    }
    if (adapter.oncePerJvm() && adapter.ways().size() > 1) {
      throw new IllegalArgumentException(
          adapter.name()
              + " can be ended only once in a JVM, but its adapter names several ways: "
              + adapter.ways());
    }
    return new Doomsday(adapter);
  }

  /**
   * Sets how many rounds of each scenario are played. Of a scenario that needs a JVM for each of
   * them, one for every 25 is, at least two. Of a runtime that can be ended only once, one is.
   *
   * @param value at least 1
   * @return this audit
   * @throws IllegalArgumentException if out of range
   */
  public Doomsday rounds(int value) {
    if (value < 1) {
      throw new IllegalArgumentException("rounds must be at least 1, not " + value);
    }
    rounds = value;
    return this;
  }

  /**
   * Sets the seed of the first round; each further one has the next.
   *
   * @param value the seed
   * @return this audit
   */
  public Doomsday seed(long value) {
    seed = value;
    return this;
  }

  /**
   * Sets the scenarios.
   *
   * @param values at least one
   * @return this audit
   * @throws IllegalArgumentException if there is none
   */
  public Doomsday scenarios(Collection<Scenario> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("an audit needs at least one scenario");
    }
    chosen = EnumSet.copyOf(values);
    return this;
  }

  /**
   * Sets the scenarios.
   *
   * @param values at least one
   * @return this audit
   * @throws IllegalArgumentException if there is none
   */
  public Doomsday scenarios(Scenario... values) {
    return scenarios(Arrays.asList(values));
  }

  /**
   * Sets how long to wait for what should happen, before it is taken for something that does not.
   * Defaults: 5 seconds, 1 second.
   *
   * @param patience for a call that ends the runtime to return once nothing stands in its way
   * @param grace for values to be destroyed, and for accepted tasks to begin, after that
   * @return this audit
   * @throws IllegalArgumentException if one of them is not positive
   */
  public Doomsday limits(Duration patience, Duration grace) {
    if (!patience.isPositive() || !grace.isPositive()) {
      throw new IllegalArgumentException(
          "patience and grace must be positive, not " + patience + " and " + grace);
    }
    limits = new Limits(patience, grace);
    return this;
  }

  /**
   * Sets how long the rounds of a scenario may take, all together but for those that hang; the one
   * that goes beyond it is the last. Default: a day.
   *
   * @param value positive
   * @return this audit
   * @throws IllegalArgumentException if it is not positive
   */
  public Doomsday budget(Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException("the budget must be positive, not " + value);
    }
    budget = value;
    return this;
  }

  /**
   * Sets who is told each time that a runtime was ended and judged, on the thread that runs the
   * audit.
   *
   * @param value is given the scenario of the round
   * @return this audit
   */
  public Doomsday watch(Consumer<? super Scenario> value) {
    watcher = value;
    return this;
  }

  /**
   * Returns the scenarios that will be played: those chosen, without those that the adapter leaves
   * out, and without {@link Scenario#JVM_EXIT} if another JVM cannot make the adapter.
   *
   * @return the scenarios, in order
   */
  public List<Scenario> scenarios() {
    return chosen.stream()
        .filter(scenario -> !adapter.leftOut().containsKey(scenario))
        .filter(scenario -> scenario != Scenario.JVM_EXIT || adapter.recipe().isPresent())
        .toList();
  }

  /**
   * Plays all scenarios.
   *
   * @return what was found
   * @throws AuditSetupException if the runtime cannot be started, or gives no values
   * @throws InterruptedException if the current thread is interrupted
   */
  public AuditReport run() throws InterruptedException {
    List<ScenarioResult> results = new ArrayList<>();
    for (Scenario scenario : scenarios()) {
      results.add(run(scenario));
    }
    return new AuditReport(results);
  }

  /**
   * Plays one scenario.
   *
   * @param scenario the scenario
   * @return what was found
   * @throws AuditSetupException if the runtime cannot be started, or gives no values
   * @throws InterruptedException if the current thread is interrupted
   */
  public ScenarioResult run(Scenario scenario) throws InterruptedException {
    int most = rounds(scenario);
    Map<String, OfOneWay> ways = new LinkedHashMap<>();
    adapter.ways().forEach(way -> ways.put(way, new OfOneWay()));
    int played = 0;
    long spent = 0;
    while (played < most
        && spent < budget.toNanos()
        && !ways.values().stream().allMatch(OfOneWay::settled)) {
      for (Map.Entry<String, OfOneWay> way : ways.entrySet()) {
        if (!way.getValue().settled()) {
          long begin = System.nanoTime();
          List<Finding> found = play(scenario, way.getKey(), seed + played);
          if (found.stream().noneMatch(finding -> finding.verdict() == Verdict.HANG)) {
            // What hangs is not played again, and should not cost the other ways their rounds.
            spent += System.nanoTime() - begin;
          }
          way.getValue().add(found);
          watcher.accept(scenario);
        }
      }
      played++;
    }
    return new ScenarioResult(
        adapter.name(),
        adapter.version(),
        scenario,
        played,
        ways.values().stream().map(OfOneWay::worst).flatMap(Optional::stream).toList());
  }

  private int rounds(Scenario scenario) {
    if (adapter.oncePerJvm()) {
      return 1;
    }
    return scenario == Scenario.JVM_EXIT
        ? Math.max(Math.ceilDiv(rounds, ROUNDS_PER_JVM), Math.min(rounds, LEAST_JVMS))
        : rounds;
  }

  /** What the rounds have found of one way so far. */
  private static final class OfOneWay {

    private @Nullable Finding worst;
    private int stranding;

    /** Keeps the first of the worst. */
    void add(List<Finding> found) {
      boolean strands = false;
      for (Finding finding : found) {
        strands |= finding.verdict() == Verdict.STRANDED;
        if (worst == null || finding.verdict().compareTo(worst.verdict()) < 0) {
          worst = finding;
        }
      }
      if (strands) {
        stranding++;
      }
    }

    Optional<Finding> worst() {
      return Optional.ofNullable(worst);
    }

    /** Whether nothing worse can be found, or not without waiting in vain again and again. */
    boolean settled() {
      return worst != null
          && switch (worst.verdict()) {
            case USE_AFTER_DESTROY, NOT_DESTROYED, HANG -> true;
            default -> stranding == MOST_STRANDING;
          };
    }
  }

  private List<Finding> play(Scenario scenario, String way, long roundSeed)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted in the midst of an audit");
    }
    return scenario == Scenario.JVM_EXIT
        ? ExitRound.play(adapter, way, roundSeed, limits)
        : Round.play(adapter, scenario, way, roundSeed, limits);
  }
}
