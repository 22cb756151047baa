// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

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

  /** A JVM costs as much as many rounds: one for so many of them. */
  private static final int ROUNDS_PER_JVM = 25;

  private final RuntimeAdapter adapter;
  private int rounds = 20;
  private long seed = 1;
  private Limits limits = new Limits(Duration.ofSeconds(5), Duration.ofSeconds(1));
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
   * @throws IllegalArgumentException if the adapter names no way to end the runtime
   */
  public static Doomsday of(RuntimeAdapter adapter) {
    if (adapter.ways().isEmpty()) {
      throw new IllegalArgumentException(
          "the adapter of " + adapter.name() + " names no way to end it");
    }
    return new Doomsday(adapter);
  }

  /**
   * Sets how many rounds of each scenario are played. Of a scenario that needs a JVM for each of
   * them, one for every 25 is.
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
   * @throws InterruptedException if the current thread is interrupted
   */
  public ScenarioResult run(Scenario scenario) throws InterruptedException {
    int most = scenario == Scenario.JVM_EXIT ? Math.ceilDiv(rounds, ROUNDS_PER_JVM) : rounds;
    if (adapter.oncePerJvm()) {
      most = 1;
    }
    Map<String, Finding> found = new LinkedHashMap<>();
    int played = 0;
    while (played < most && found.size() < adapter.ways().size()) {
      for (String way : adapter.ways()) {
        if (!found.containsKey(way)) {
          play(scenario, way, seed + played).stream()
              .min(Comparator.comparing(Finding::verdict))
              .ifPresent(finding -> found.put(way, finding));
          watcher.accept(scenario);
        }
      }
      played++;
    }
    return new ScenarioResult(
        adapter.name(), adapter.version(), scenario, played, List.copyOf(found.values()));
  }

  private List<Finding> play(Scenario scenario, String way, long roundSeed)
      throws InterruptedException {
    return scenario == Scenario.JVM_EXIT
        ? ExitRound.play(adapter, way, roundSeed, limits)
        : new Round(adapter, scenario, way, roundSeed, limits, Witness.Log.NONE).play();
  }
}
