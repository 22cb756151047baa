// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import dev.holdfast.shutdown.ShutdownPhase;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What must be true of a runtime between any two turns; in words if it is not. */
final class Contract {

  private Contract() {}

  /** No task is alive after the barrier. */
  static @Nullable String ofTasks(ShutdownPhase phase, Collection<Strand> alive) {
    if (phase.atLeast(ShutdownPhase.QUIESCENT)) {
      for (Strand each : alive) {
        if (each.kind == Strand.Kind.TASK) {
          return "the runtime is " + phase + ", and " + each.label + " is alive";
        }
      }
    }
    return null;
  }

  /** A worker destroys only what it has made. */
  static @Nullable String ofValues(ShutdownPhase phase, String worker, long made, long destroyed) {
    if (destroyed <= made) {
      return null;
    }
    return "the runtime is "
        + phase
        + ", and "
        + worker
        + " has destroyed "
        + destroyed
        + " values, and has made "
        + made;
  }
}
