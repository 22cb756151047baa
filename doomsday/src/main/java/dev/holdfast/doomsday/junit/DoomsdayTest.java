// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.junit;

import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test method that audits a runtime: it is run once for each scenario.
 *
 * <p>The runtime comes from a static method of the test class, which returns an {@link
 * java.util.concurrent.ExecutorService}, made with the {@link java.util.concurrent.ThreadFactory}
 * that it is given if it takes one, or a {@link RuntimeAdapter}:
 *
 * <pre>{@code
 * final class MyPoolTest {
 *   static ExecutorService pool(ThreadFactory threads) {
 *     return new MyPool(4, threads);
 *   }
 *
 *   @DoomsdayTest("pool")
 *   void survivesDoomsday(ScenarioResult result) {
 *     result.assertSafe();
 *   }
 * }
 * }</pre>
 *
 * <p>A method without parameters may do without a body: the test passes if the result is safe. One
 * that takes the {@link dev.holdfast.doomsday.ScenarioResult} says itself what it expects, such as
 * {@link dev.holdfast.doomsday.ScenarioResult#assertVerdict} for what is known and not mended yet.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(DoomsdayExtension.class)
public @interface DoomsdayTest {

  /**
   * Returns the name of the static method of the test class that returns the executor or adapter.
   *
   * @return the name; empty if {@link #adapter} is given
   */
  String value() default "";

  /**
   * Returns the class of the adapter, in place of a method; it has a constructor without
   * parameters.
   *
   * @return the class; {@link RuntimeAdapter} itself if {@link #value} is given
   */
  Class<? extends RuntimeAdapter> adapter() default RuntimeAdapter.class;

  /**
   * Returns the scenarios to play.
   *
   * @return the scenarios; none for all that apply to the runtime
   */
  Scenario[] scenarios() default {};

  /**
   * Returns how many rounds of each scenario are played.
   *
   * @return at least 1
   */
  int rounds() default 20;

  /**
   * Returns the seed of the first round.
   *
   * @return the seed, which a finding names
   */
  long seed() default 1;
}
