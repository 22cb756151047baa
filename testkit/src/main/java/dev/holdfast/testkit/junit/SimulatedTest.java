// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import dev.holdfast.testkit.SimulationFailure;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test method that is run in a {@link dev.holdfast.testkit.SimulatedRuntime}, again and again in
 * another order, up to the first run that fails.
 *
 * <pre>{@code
 * @SimulatedTest
 * void loadsOnce(WorkerRuntime runtime) {
 *   var one = runtime.spawn(() -> cache.get("key"));
 *   var other = runtime.spawn(() -> cache.get("key"));
 *   assertSame(one.join(), other.join());
 * }
 * }</pre>
 *
 * <p>It is one test, whatever the number of runs. Each run has an instance of the test class of its
 * own, unless that is made once per class, and the methods with {@code @BeforeEach} and
 * {@code @AfterEach} are called in each, on it and inside of the simulation. They and the test
 * method may take the run's {@link dev.holdfast.runtime.WorkerRuntime}. Extensions see the test as
 * a whole: they do not process the instances of the runs.
 *
 * <p>A failure has the seed and the trace of its run in its message, and says how to have that run
 * again, by {@link #seed} or {@link #schedule}.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Test
@ExtendWith(SimulatedTestExtension.class)
public @interface SimulatedTest {

  /**
   * Returns how many runs there are. The configuration parameter or system property {@value
   * SimulatedTestExtension#SEEDS} replaces it for all tests, for a long form of them.
   *
   * @return at least 1
   */
  long seeds() default 1_000;

  /**
   * Returns the seeds to run with instead, as that of a failure.
   *
   * @return the seeds; none for the first {@link #seeds}
   */
  long[] seed() default {};

  /**
   * Returns the schedule of the one run to make instead, as that of a failure.
   *
   * @return the schedule; empty for none
   */
  String schedule() default "";

  /**
   * Returns the number of simulated workers.
   *
   * @return 1 to 64
   */
  int workers() default 2;

  /**
   * Returns the strategy, in the words of {@link
   * dev.holdfast.testkit.schedule.Strategy#parse(String)}: {@code random}, {@code priorities(3)},
   * {@code exhaustive(2)}.
   *
   * @return the strategy
   */
  String strategy() default "random";

  /**
   * Returns how many turns a run has at most.
   *
   * @return at least 1
   */
  int turns() default 100_000;

  /**
   * Returns what no run is to fail for.
   *
   * @return the kinds; default: none
   */
  SimulationFailure.Kind[] tolerate() default {};
}
