// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import dev.holdfast.testkit.schedule.Chooser;
import dev.holdfast.testkit.schedule.Schedule;
import dev.holdfast.testkit.schedule.Strategy;

/**
 * The runs of one simulation, one after the other; by one thread. {@link SimulatedRuntime#run}
 * makes them all; a test engine may want to make each of them a test.
 */
public final class Exploration {

  private final SimulatedRuntime.Settings settings;
  private final Strategy strategy;
  private long runs;
  private long turns;
  private boolean failed;

  Exploration(SimulatedRuntime.Settings settings) {
    this.settings = settings;
    this.strategy = settings.strategy().get();
  }

  /**
   * Says whether there is another run to make.
   *
   * @return false after a failure, after the last seed, and when all schedules were seen
   */
  public boolean hasNext() {
    return !failed && runs < settings.seeds() && !strategy.isExhausted();
  }

  /**
   * Returns the seed of the next run.
   *
   * @return the seed
   */
  public long nextSeed() {
    return settings.firstSeed() + runs;
  }

  /**
   * Makes the next run.
   *
   * @param body what to run
   * @throws SimulationFailure if it fails; the places in the code are not in its trace
   */
  public void next(SimulatedRuntime.Body body) {
    long seed = nextSeed();
    play(seed, strategy.begin(seed), strategy.toString(), false, body);
  }

  /**
   * Makes a run again that has failed, this time with a look at the code's place at each turn.
   *
   * @param found the failure
   * @param body what to run, the same
   * @throws SimulationFailure always: as it is found now, or with a word on the difference if the
   *     run was not the same
   */
  public void again(SimulationFailure found, SimulatedRuntime.Body body) {
    String how = strategy + ", played again";
    try {
      play(found.seed(), Strategy.replay(found.schedule()).begin(found.seed()), how, true, body);
    } catch (SimulationFailure again) {
      int difference = again.trace().firstDifference(found.trace());
      if (difference < 0 && again.kind() == found.kind()) {
        throw again;
      }
      throw found.differing(
          again.kind() == found.kind()
              ? "it failed again, and took another way from turn " + difference + " on"
              : "it found " + again.kind() + " instead:\n" + again.getMessage());
    }
    throw found.differing("it did not fail");
  }

  /**
   * Makes a run with the choices of another one, with a look at the code's place at each turn.
   *
   * @param schedule the choices
   * @param body what to run
   * @throws SimulationFailure if it fails
   */
  public void replay(Schedule schedule, SimulatedRuntime.Body body) {
    Strategy replay = Strategy.replay(schedule);
    play(settings.firstSeed(), replay.begin(0), replay.toString(), true, body);
  }

  private void play(
      long seed, Chooser chooser, String how, boolean detailed, SimulatedRuntime.Body body) {
    runs++;
    Run run = new Run(settings, chooser, detailed, body);
    boolean ended = false;
    try {
      SimulationFailure failure = run.play(seed, how);
      turns += run.turns();
      if (failure != null) {
        throw failure;
      }
      ended = true;
    } finally {
      failed = !ended;
    }
  }

  /**
   * Returns what was seen so far.
   *
   * @return how many runs and turns there were
   */
  public SimulatedRuntime.Search search() {
    return new SimulatedRuntime.Search(runs, turns, strategy.isExhausted());
  }
}
