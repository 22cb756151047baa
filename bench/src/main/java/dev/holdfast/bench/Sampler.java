// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

/** Measures one contestant at one row once. */
@FunctionalInterface
public interface Sampler {

  /**
   * Measures. Called several times, by the same platform thread, between which other contestants
   * are measured.
   *
   * @return one number in the unit of the row
   * @throws Exception if it could not be measured, which ends the command
   */
  double sample() throws Exception;
}
