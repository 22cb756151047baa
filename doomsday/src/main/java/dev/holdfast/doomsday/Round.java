// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.List;
import java.util.Map;

/** One runtime from its start to its end, in this JVM. */
final class Round {

  private Round() {}

  /** Plays the round and returns what was found. */
  static List<Finding> play(
      RuntimeAdapter adapter, Scenario scenario, String way, long seed, Limits limits) {
    Stage stage = new Stage(adapter, scenario, way, seed, limits, Witness.Log.NONE);
    List<Finding> found;
    try {
      stage.start();
      Scenes.play(scenario, stage);
      stage.judge().finish();
    } catch (AuditSetupException e) {
      throw e;
    } catch (Exception | Error e) {
      stage
          .witness()
          .report(
              Verdict.NOT_DESTROYED, "the runtime broke down: " + e, Map.of("what it threw", e));
    } finally {
      // Before what is left is ended by force, which may do what else would be a finding.
      found = stage.witness().findings();
      stage.abandon();
    }
    return found;
  }
}
