// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.shutdown.ShutdownPhase;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is said of a runtime that breaks its contract, which the real one does not do. */
final class ContractTest {

  private static Strand strand(Strand.Kind kind) {
    return new Strand(7, kind, "late", null);
  }

  @Test
  @DisplayName("a task that is alive after the barrier is named; before it, and jobs' threads, not")
  void tasksEndBeforeTheBarrier() {
    List<Strand> task = List.of(strand(Strand.Kind.OUTSIDE), strand(Strand.Kind.TASK));
    assertThat(Contract.ofTasks(ShutdownPhase.QUIESCENT, task))
        .isEqualTo("the runtime is QUIESCENT, and #7 late is alive");
    assertThat(Contract.ofTasks(ShutdownPhase.TERMINATED, task)).contains("TERMINATED");
    assertThat(Contract.ofTasks(ShutdownPhase.CANCELLING, task)).isNull();
    assertThat(Contract.ofTasks(ShutdownPhase.QUIESCENT, List.of(strand(Strand.Kind.JOB))))
        .isNull();
  }

  @Test
  @DisplayName("a worker that destroys more than it has made is named")
  void valuesAreDestroyedOnce() {
    assertThat(Contract.ofValues(ShutdownPhase.DESTROYING, "worker-1", 2, 3))
        .isEqualTo(
            "the runtime is DESTROYING, and worker-1 has destroyed 3 values, and has made 2");
    assertThat(Contract.ofValues(ShutdownPhase.DESTROYING, "worker-1", 2, 2)).isNull();
  }
}
