// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import dev.holdfast.testkit.SimulatedRuntime;
import dev.holdfast.testkit.SimulationFailure.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A scenario of {@code docs/scenarios.md}.
 *
 * @param id its id there
 * @param what what must be, in a few words
 * @param body plays it once
 * @param tolerated what is part of it, as a task that throws
 * @param canaries what it must see, at least one
 */
record Scenario(String id, String what, Body body, Set<Kind> tolerated, List<Sabotage> canaries) {

  /** What is played. */
  interface Body {
    void play(World world) throws Exception;
  }

  static Scenario of(String id, String what, Body body, Sabotage... canaries) {
    return new Scenario(id, what, body, EnumSet.noneOf(Kind.class), List.of(canaries));
  }

  /** Returns the same, in which something is no failure. */
  Scenario tolerating(Kind kind) {
    return new Scenario(id, what, body, EnumSet.of(kind), canaries);
  }

  /** Plays once for each seed; throws a {@code SimulationFailure} for what it finds. */
  SimulatedRuntime.Search run(long seeds, Sabotage sabotage) {
    SimulatedRuntime.Builder builder = SimulatedRuntime.builder().workers(2).seeds(seeds);
    tolerated.forEach(builder::tolerate);
    return builder
        .build()
        .run(runtime -> {
          World world = new World(runtime, sabotage);
          body.play(world);
          world.end();
        });
  }

  @Override
  public String toString() {
    return id + ": " + what;
  }
}
