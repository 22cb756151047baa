// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.HashMap;
import java.util.Map;

/**
 * A measurement that gives several numbers at once, for different rows.
 *
 * <p>It is made again when a number is asked for a second time: rows that are measured in turn
 * share one measurement per round, whichever of them are chosen.
 */
public final class Several {

  /** Measures. */
  @FunctionalInterface
  public interface Measurement {
    /** Returns the numbers by their names. */
    Map<String, Double> measure() throws Exception;
  }

  private final Measurement measurement;
  private final Map<String, Double> left = new HashMap<>();

  /** Makes one that has not measured yet. */
  public Several(Measurement measurement) {
    this.measurement = measurement;
  }

  /** Returns what measures the number of a name. */
  public Sampler number(String name) {
    return () -> {
      if (!left.containsKey(name)) {
        left.clear();
        left.putAll(measurement.measure());
      }
      Double number = left.remove(name);
      if (number == null) {
        throw new NotMeasuredException("there is no " + name + " on this machine");
      }
      return number;
    };
  }
}
