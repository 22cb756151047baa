// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Row;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The soak as one of the checks: for moments, or for half an hour. */
public final class SoakCheck implements Check {

  private static final Duration SHORT = Duration.ofSeconds(15);
  private static final Duration LONG = Duration.ofMinutes(30);

  /** Makes it. */
  public SoakCheck() {}

  @Override
  public String name() {
    return "soak";
  }

  @Override
  public List<String> flags() {
    return List.of("-Xmx512m");
  }

  @Override
  public Duration atMost(Extent extent) {
    return length(extent).plusMinutes(5);
  }

  private static Duration length(Extent extent) {
    return extent.isLong() ? LONG : SHORT;
  }

  @Override
  public Row run(Extent extent) throws Exception {
    return Soak.soakAndCanaries(
        new Options(length(extent), System.nanoTime(), extent.out(), Set.of()));
  }
}
