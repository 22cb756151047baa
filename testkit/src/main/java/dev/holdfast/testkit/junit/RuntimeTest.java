// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import dev.holdfast.runtime.Tier;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test method that is run on a real runtime of its own, once in each tier.
 *
 * <pre>{@code
 * @RuntimeTest
 * void buffersComeBack(WorkerRuntime runtime) throws Exception {
 *   runtime.run(() -> codec.encode("text"));
 * }
 * }</pre>
 *
 * <p>The method, and those that are called before and after it, may take the {@link
 * dev.holdfast.runtime.WorkerRuntime}, which was started for this test alone. Afterwards it is
 * closed, with a deadline, and the test fails
 *
 * <ul>
 *   <li>if the close has not ended by then: a task, a job, a lease or a guard is still alive;
 *   <li>if a lease was left open, or under the sanitiser a guard was forgotten;
 *   <li>if a value was made and not destroyed;
 *   <li>if a destructor or a listener threw, or what nobody waits for, as a body of {@code
 *       execute};
 *   <li>if a platform thread is left whose name begins with the runtime's.
 * </ul>
 *
 * <p>The carrier tier needs its flag: without it, its test fails with the flag that is missing.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(RuntimeTestExtension.class)
public @interface RuntimeTest {

  /**
   * Returns the tiers to run in.
   *
   * @return at least one; default: both
   */
  Tier[] tiers() default {Tier.CARRIER, Tier.OWNED};

  /**
   * Returns the numbers of workers to run with; there is a test for each of them in each tier.
   *
   * @return at least one, each from 1 to 1,024
   */
  int[] workers() default 2;

  /**
   * Returns the most spare workers, which stand in for blocked ones, also on a machine that is only
   * slow: none, if a test counts what each worker has.
   *
   * @return from 0 to 1,024; default: as many as a runtime has
   */
  int spareWorkers() default 64;

  /**
   * Returns how long the close may take.
   *
   * @return the seconds, at least 1
   */
  int deadlineSeconds() default 10;
}
