// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testkit.schedule.Schedule;
import dev.holdfast.testkit.schedule.Strategy;
import dev.holdfast.testkit.stage.Stage;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A runtime whose workers and time are simulated: it runs blocking code on virtual threads again
 * and again, each time in another order, which is chosen and can be chosen again.
 *
 * <pre>{@code
 * SimulatedRuntime.builder().workers(2).seeds(1_000).build().run(runtime -> {
 *   var buffer = new Buffer<Integer>(1);
 *   var taker = runtime.spawn("taker", buffer::take);
 *   runtime.spawn("putter", () -> buffer.put(1)).join();
 *   taker.join();
 * });
 * }</pre>
 *
 * <p>The body is given a real {@link WorkerRuntime} that is made for it, with the real admission,
 * counting, worker-locals and close, over simulated workers. It runs on a virtual thread outside of
 * that. One thread runs at a time. At each suspension (a wait of any kind, a yield, the end) the
 * strategy chooses who runs next, and on which worker. Waits for a time end in the order of their
 * ends once nobody can run.
 *
 * <p>After the body the runtime is closed. A run fails if the body or a task throws, if nobody can
 * run though threads are alive, if it does not come to its end, if something was left open, or if
 * the runtime breaks its contract. The first failure ends the search; it is played again, and has
 * all that is needed to replay it.
 *
 * <p>What makes no suspension is not interrupted: see {@link #yieldPoint}. What the schedule does
 * not decide (other threads, sockets, clocks, identity hash codes) makes a run that cannot be
 * replayed. It needs the carrier tier. Immutable.
 */
public final class SimulatedRuntime {

  /** What is run again and again. */
  public interface Body {
    /**
     * Runs once; must make all that it uses.
     *
     * @param runtime a new runtime, which is closed afterwards
     * @throws Exception what fails the run
     */
    void run(WorkerRuntime runtime) throws Exception;
  }

  /**
   * What was seen by a search that found nothing.
   *
   * @param runs how many runs there were
   * @param turns how many turns they had, all together
   * @param exhausted whether the strategy has seen all schedules within its bound
   */
  public record Search(long runs, long turns, boolean exhausted) {}

  /** What a simulation is configured with. */
  record Settings(
      int workers,
      long firstSeed,
      long seeds,
      Supplier<? extends Strategy> strategy,
      Stage.Limits limits,
      Set<SimulationFailure.Kind> tolerated) {}

  private final Settings settings;

  private SimulatedRuntime(Settings settings) {
    this.settings = settings;
  }

  /**
   * Returns a new builder.
   *
   * @return the builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Runs a body once for each seed.
   *
   * @param body what to run
   * @return what was seen
   * @throws SimulationFailure the first one
   * @throws dev.holdfast.runtime.TierUnavailableException if the flag of the carrier tier is
   *     missing
   */
  public Search run(Body body) {
    Exploration exploration = explore();
    while (exploration.hasNext()) {
      try {
        exploration.next(body);
      } catch (SimulationFailure found) {
        exploration.again(found, body);
      }
    }
    return exploration.search();
  }

  /**
   * Begins an exploration, for who makes the runs one by one.
   *
   * @return the exploration
   */
  public Exploration explore() {
    return new Exploration(settings);
  }

  /**
   * Runs a body once, in the order of an earlier run.
   *
   * @param schedule the schedule of that run
   * @param body what to run
   * @return what was seen
   * @throws SimulationFailure if it fails, with the place in the code for each turn
   */
  public Search replay(Schedule schedule, Body body) {
    Exploration exploration = explore();
    exploration.replay(schedule, body);
    return exploration.search();
  }

  /**
   * A point at which another thread may come between, in code that has no suspension of its own
   * there. Outside of a simulation it does nothing. A loop that waits for another thread calls
   * {@link Thread#yield} instead, which gives way under every strategy.
   */
  public static void yieldPoint() {
    Stage stage = Stage.current();
    if (stage != null) {
      stage.yieldPoint();
    }
  }

  /**
   * Says whether the current thread runs in a simulation.
   *
   * @return whether it does
   */
  public static boolean isSimulated() {
    return Stage.current() != null;
  }

  /**
   * Returns the simulated time since the run began.
   *
   * @return the time
   * @throws IllegalStateException if the current thread runs in no simulation
   */
  public static Duration elapsed() {
    Stage stage = Stage.current();
    if (stage == null) {
      throw new IllegalStateException(
          Thread.currentThread()
              + " runs in no simulation, which alone has a simulated time: ask isSimulated() first");
    }
    return Duration.ofNanos(stage.elapsed());
  }

  /** Configures a simulation. A later setting replaces an earlier one. Not thread-safe. */
  public static final class Builder {

    private int workers = 2;
    private long firstSeed;
    private long seeds = 1_000;
    private Supplier<? extends Strategy> strategy = Strategy::random;
    private int turns = 100_000;
    private Duration stuck = Duration.ofSeconds(20);
    private Duration outside = Duration.ZERO;
    private final Set<SimulationFailure.Kind> tolerated =
        EnumSet.noneOf(SimulationFailure.Kind.class);

    private Builder() {}

    /**
     * Sets the number of workers. Default: 2.
     *
     * @param value 1 to 64
     * @return this builder
     */
    public Builder workers(int value) {
      workers = (int) inRange("workers", value, 1, 64);
      return this;
    }

    /**
     * Sets how many runs there are, each with the next seed. Default: 1,000. A strategy that is
     * exhausted ends them earlier.
     *
     * @param value at least 1
     * @return this builder
     */
    public Builder seeds(long value) {
      seeds = inRange("seeds", value, 1, Long.MAX_VALUE);
      return this;
    }

    /**
     * Sets the seed of the first run. Default: 0.
     *
     * @param value the seed
     * @return this builder
     */
    public Builder firstSeed(long value) {
      firstSeed = value;
      return this;
    }

    /**
     * Has one run, with this seed.
     *
     * @param value the seed that a failure named
     * @return this builder
     */
    public Builder seed(long value) {
      return firstSeed(value).seeds(1);
    }

    /**
     * Sets the strategy. Default: {@link Strategy#random}.
     *
     * @param value makes one for each exploration
     * @return this builder
     */
    public Builder strategy(Supplier<? extends Strategy> value) {
      strategy = Objects.requireNonNull(value, "strategy must not be null");
      return this;
    }

    /**
     * Sets how many turns a run has at most. Default: 100,000.
     *
     * @param value at least 1
     * @return this builder
     */
    public Builder turns(int value) {
      turns = (int) inRange("turns", value, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets how long one turn takes at most, by the real clock. Default: 20 seconds.
     *
     * @param value positive
     * @return this builder
     */
    public Builder stuck(Duration value) {
      if (!value.isPositive()) {
        throw new IllegalArgumentException("stuck must be positive, was " + value);
      }
      stuck = value;
      return this;
    }

    /**
     * Sets how long to wait, by the real clock, for threads outside of the simulation when nobody
     * in it can run. Default: zero, and a few milliseconds in any case. If one waits for a socket,
     * or for a lock or monitor that a thread outside has, it is at least 10 seconds.
     *
     * @param value not negative
     * @return this builder
     */
    public Builder outside(Duration value) {
      if (value.isNegative()) {
        throw new IllegalArgumentException("outside must not be negative, was " + value);
      }
      outside = value;
      return this;
    }

    /**
     * Has runs not fail for something, as when a test has tasks that throw. Default: nothing. To
     * tolerate what ends a run before its end, as a deadlock does, is possible too.
     *
     * @param kind what is to be tolerated
     * @return this builder
     */
    public Builder tolerate(SimulationFailure.Kind kind) {
      tolerated.add(Objects.requireNonNull(kind, "kind must not be null"));
      return this;
    }

    private static long inRange(String what, long value, long min, long max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            what + " must be from " + min + " to " + max + ", not " + value);
      }
      return value;
    }

    /**
     * Makes the simulation.
     *
     * @return the simulation
     */
    public SimulatedRuntime build() {
      return new SimulatedRuntime(
          new Settings(
              workers,
              firstSeed,
              seeds,
              strategy,
              new Stage.Limits(turns, stuck, outside),
              Set.copyOf(tolerated)));
    }
  }
}
