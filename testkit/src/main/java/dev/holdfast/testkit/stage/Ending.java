// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import dev.holdfast.testkit.schedule.Schedule;
import dev.holdfast.testkit.schedule.Trace;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the turns of a stage came to their end.
 *
 * @param way the way
 * @param words what there is to say, or empty
 * @param cause what was thrown, or null
 * @param trace all turns
 * @param schedule all choices
 * @param turns how many turns there were
 * @param time the simulated time that passed
 */
public record Ending(
    Way way,
    String words,
    @Nullable Throwable cause,
    Trace trace,
    Schedule schedule,
    int turns,
    Duration time) {

  /** The ways in which it ends. */
  public enum Way {
    /** All threads have ended. */
    ALL_ENDED,
    /** Threads are alive, and none can run. */
    DEADLOCK,
    /** There were more turns than allowed. */
    TOO_MANY_TURNS,
    /** Somebody does not give up the turn. */
    STUCK,
    /** What must always be true was not. */
    BROKEN_INVARIANT,
    /** The chooser failed, or the stage itself. */
    FAILED
  }
}
