// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.runtime.Tier;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every callback throws everything, in each tier: see {@link Rig}. */
public final class CallbackFaults implements Check {

  private static final int LONG_TIMES = 20;

  /** Makes it. */
  public CallbackFaults() {}

  @Override
  public String name() {
    return "callbacks";
  }

  @Override
  public List<String> flags() {
    return List.of("-Xmx512m");
  }

  @Override
  public Duration atMost(Extent extent) {
    return Duration.ofMinutes(extent.isLong() ? 30 : 5);
  }

  @Override
  public Row run(Extent extent) throws InterruptedException {
    return all(extent.isLong() ? LONG_TIMES : 1);
  }

  /**
   * Runs the work once, with one callback that throws.
   *
   * @param canary what is wrong on purpose, or null
   */
  public static Findings once(Tier tier, Callback where, Thrown what, @Nullable Canary canary)
      throws InterruptedException {
    Findings findings = new Findings();
    try (LogRecords records = new LogRecords()) {
      new Rig(tier, where, what, canary, records, findings).run();
    }
    return findings;
  }

  /** Runs all of it so many times, and the canaries. */
  private static Row all(int times) throws InterruptedException {
    long began = System.nanoTime();
    Findings findings = new Findings();
    int runs = 0;
    for (int i = 0; i < times; i++) {
      for (Tier tier : Tier.values()) {
        for (Callback where : Callback.values()) {
          for (Thrown what : Thrown.values()) {
            runs++;
            findings.addAll(tier + " " + where + " " + what, once(tier, where, what, null));
          }
        }
      }
    }
    return Row.of("callbacks: each throws everything, in each tier", runs, findings, began)
        .withCanaries(caught(), Canary.values().length);
  }

  private static int caught() throws InterruptedException {
    int caught = 0;
    for (Canary each : Canary.values()) {
      caught += isCaught(each) ? 1 : 0;
    }
    return caught;
  }

  /** Says whether a run in which something is wrong on purpose finds that. */
  public static boolean isCaught(Canary canary) throws InterruptedException {
    return once(Tier.OWNED, Callback.WITH, Thrown.RUNTIME, canary).mentions(canary.seenAs());
  }
}
