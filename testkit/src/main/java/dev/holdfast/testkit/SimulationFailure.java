// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import dev.holdfast.testkit.schedule.Schedule;
import dev.holdfast.testkit.schedule.Trace;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a simulation has found in one of its runs. The message has the seed, the schedule, which
 * replays the run, and the turns that led there.
 */
public final class SimulationFailure extends AssertionError {

  private static final long serialVersionUID = 1;

  /** What can be found. */
  public enum Kind {
    /** The body of the simulation threw. */
    BODY,
    /** A task, a blocking job or what nobody waits for threw. */
    TASK,
    /** Threads are alive, and nothing can ever wake them. */
    DEADLOCK,
    /** There were more turns than allowed: somebody goes round without end. */
    LIVELOCK,
    /** A turn did not end: somebody computes without end, or blocks a carrier. */
    STUCK,
    /** A lease, or another thing of a task, was left open. */
    LEAK,
    /** The close of the runtime reports a failure, such as that of a destructor. */
    CLOSE,
    /** The runtime broke its own contract. */
    INVARIANT,
    /** The simulation itself failed, as when a schedule does not fit. */
    SIMULATION
  }

  private final Kind kind;
  private final long seed;
  private final transient @Nullable Schedule schedule;
  private final transient @Nullable Trace trace;

  SimulationFailure(
      Kind kind,
      long seed,
      Schedule schedule,
      Trace trace,
      String message,
      @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.seed = seed;
    this.schedule = schedule;
    this.trace = trace;
  }

  /** Returns the same with a word on what was seen when it was played again. */
  SimulationFailure differing(String difference) {
    return new SimulationFailure(
        kind,
        seed,
        schedule(),
        trace(),
        "played again with the same schedule, "
            + difference
            + ".\nSo what is tested depends on more than the schedule: on threads outside, a real clock,"
            + " identity hash codes, or what an earlier run has left. The first time:\n"
            + getMessage(),
        getCause());
  }

  /**
   * Returns the same with words before its message, as of a test engine that knows by what the run
   * is made again.
   *
   * @param words the words
   * @return the failure, with the stack of this one
   */
  public SimulationFailure prefixed(String words) {
    SimulationFailure prefixed =
        new SimulationFailure(kind, seed, schedule(), trace(), words + getMessage(), getCause());
    prefixed.setStackTrace(getStackTrace());
    for (Throwable each : getSuppressed()) {
      prefixed.addSuppressed(each);
    }
    return prefixed;
  }

  /**
   * Returns what was found.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * Returns the seed of the run.
   *
   * @return the seed
   */
  public long seed() {
    return seed;
  }

  /**
   * Returns the choices of the run.
   *
   * @return the schedule
   * @throws NullPointerException if this was serialized since
   */
  public Schedule schedule() {
    return Objects.requireNonNull(schedule);
  }

  /**
   * Returns the turns of the run.
   *
   * @return the trace
   * @throws NullPointerException if this was serialized since
   */
  public Trace trace() {
    return Objects.requireNonNull(trace);
  }
}
