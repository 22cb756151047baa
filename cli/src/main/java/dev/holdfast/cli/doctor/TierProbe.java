// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.TierSupport;
import dev.holdfast.runtime.WorkerRuntime;

/** Starts a runtime, uses it, and tells its tier; in a JVM of its own. */
public final class TierProbe {

  private TierProbe() {}

  /** Runs the probe. */
  public static void main(String[] args) throws Exception {
    TierSupport support = TierSupport.ofThisJvm();
    Fact.tell("hook", support.threadExitHookMissing().isEmpty());
    support.missing().ifPresent(missing -> Fact.tell("missing", missing));
    WorkerLocal<int[]> local = WorkerLocal.of(() -> new int[1]);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      int used = runtime.run(() -> local.<Integer>with(value -> ++value[0]));
      if (used == 1) {
        Fact.tell("tier", runtime.tier());
      }
    }
  }
}
