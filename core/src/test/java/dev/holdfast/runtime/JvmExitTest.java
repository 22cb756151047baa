// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.ExitChild.Ending;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.ForkedJvm.Outcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What becomes of runtimes, and of their values, as the JVM ends: each case in its own JVM. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("S26")
@EveryTier
final class JvmExitTest {

  /** Less than what the exit of a runtime takes that waits for its deadline of forty seconds. */
  private static final Duration WAITED = Duration.ofSeconds(38);

  private static List<String> of(String runtime, Outcome outcome) {
    return outcome.lines().stream().filter(line -> line.startsWith(runtime)).toList();
  }

  /** Checks that the two values which each runtime of the child makes were destroyed in order. */
  private static void assertClosed(String runtime, Outcome outcome) {
    assertThat(of(runtime + ".", outcome))
        .as(outcome.toString())
        .containsExactly(destroyed(runtime, "second"), destroyed(runtime, "first"));
  }

  private static String destroyed(String runtime, String local) {
    return runtime + "." + local + " destroyed on " + runtime + "-worker-0";
  }

  @Test
  @DisplayName("S26: main returns: every value is destroyed exactly once, after the work has ended")
  void mainReturns() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.MAIN_RETURNS.name());
    assertThat(outcome.exit()).isZero();
    assertClosed("closed", outcome);
    assertClosed("idle", outcome);
    // Half of the time is for tasks to end by themselves.
    assertThat(of("draining", outcome))
        .containsExactly(
            "draining's task ends, interrupted: false",
            destroyed("draining", "second"),
            destroyed("draining", "first"));
    // The other half is for what must be told to.
    assertThat(of("cancelled", outcome))
        .containsExactly("cancelled's job ends with true", destroyed("cancelled", "held"));
    assertThat(of("failing", outcome))
        .containsExactly(
            destroyed("failing", "third"),
            destroyed("failing", "second"),
            destroyed("failing", "first"));
    assertThat(outcome.lines()).hasSize(12);
  }

  @Test
  @DisplayName("S26: main throws: every value is destroyed exactly once")
  void mainThrows() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.MAIN_THROWS.name());
    assertThat(outcome.exit()).isOne();
    assertThat(outcome.lines()).anyMatch(line -> line.contains("main fails"));
    assertClosed("open", outcome);
  }

  @Test
  @DisplayName("S26: System.exit in main: every value is destroyed exactly once")
  void exitFromMain() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.EXIT_FROM_MAIN.name());
    assertThat(outcome.exit()).isEqualTo(7);
    assertClosed("open", outcome);
    assertThat(outcome.lines()).hasSize(2);
  }

  @Test
  @DisplayName("S26: System.exit in a task: all others are waited for, no value is destroyed")
  void exitFromATask() throws Exception {
    // The task never returns from exit: it is alive, and holds the barrier, to the very end.
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.EXIT_FROM_TASK.name());
    assertThat(outcome.exit()).isEqualTo(8);
    assertClosed("idle", outcome);
    assertThat(of("open", outcome)).containsExactly("open's other task ends");
    assertThat(outcome.lines()).hasSize(3);
    assertThat(outcome.took()).as("it is not itself waited for").isLessThan(WAITED);
  }

  @Test
  @DisplayName("S26: System.exit in a job: not waited for, and no value is destroyed")
  void exitFromAJob() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.EXIT_FROM_JOB.name());
    assertThat(outcome.exit()).isEqualTo(9);
    assertClosed("idle", outcome);
    assertThat(outcome.took()).isLessThan(WAITED);
    assertThat(outcome.lines()).hasSize(2);
  }

  @Test
  @DisplayName("S26: System.exit in a destructor: bounded, and no value is destroyed twice")
  void exitFromADestructor() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.EXIT_FROM_DESTRUCTOR.name());
    assertThat(outcome.exit()).isEqualTo(10);
    assertThat(outcome.lines()).containsExactly(destroyed("open", "young"));
  }

  @Test
  @DisplayName("S26: System.exit while another thread is in close(): exactly once")
  void exitWhileAnotherThreadCloses() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.EXIT_DURING_CLOSE.name());
    assertThat(outcome.exit()).isEqualTo(11);
    assertClosed("open", outcome);
    assertThat(outcome.lines()).hasSize(2);
  }

  @Test
  @DisplayName("S26: Runtime.halt: nothing is destroyed")
  void halt() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.HALT.name());
    assertThat(outcome.exit()).isEqualTo(12);
    assertThat(outcome.lines()).isEmpty();
  }

  @Test
  @DisplayName("S26: work that never ends delays the exit for a bounded time, its own runtime only")
  void workThatNeverEnds() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.WORK_THAT_NEVER_ENDS.name());
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.took()).isLessThan(WAITED);
    assertClosed("idle", outcome);
    assertThat(of("stuck", outcome)).containsExactly(destroyed("stuck-destructor", "young"));
    assertThat(outcome.lines()).hasSize(3);
  }

  @Test
  @DisplayName("S26: a runtime started in a shutdown hook works, and must be closed there")
  void aRuntimeStartedInAShutdownHookWorks() throws Exception {
    Outcome outcome = ForkedJvm.run(ExitChild.class, Ending.STARTED_IN_A_HOOK.name());
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.lines()).first().isEqualTo("runs: yes");
    assertClosed("closed", outcome);
    assertThat(outcome.lines()).hasSize(3);
  }
}
