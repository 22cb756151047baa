// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class TomcatAdapterTest {

  private final Observed executor = Observed.onOneThread(new TomcatExecutorAdapter());
  private final Observed pool = Observed.onOneThread(new TomcatThreadPoolAdapter());

  @Test
  @DisplayName("both say the version of the library")
  void version() {
    assertThat(executor.version()).matches("11\\.0\\.\\d+");
    assertThat(pool.version()).isEqualTo(executor.version());
  }

  @Test
  @DisplayName("the shared executor loses the tasks that wait for a thread, and tells nobody")
  void theExecutorLosesQueuedTasks() throws Exception {
    ScenarioResult result = queued(executor);

    assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.STRANDED);
    assertThat(result.evidence().orElseThrow().what()).contains("was not begun");
  }

  @Test
  @DisplayName("the pool hands back what it does not run, or runs it")
  void thePoolLosesNone() throws Exception {
    ScenarioResult result = queued(pool);

    assertThat(result.verdict()).as(result.toString()).isIn(Verdict.SAFE, Verdict.EARLY_RETURN);
  }

  private static ScenarioResult queued(Observed adapter) throws InterruptedException {
    return Doomsday.of(adapter)
        .rounds(10)
        .limits(Duration.ofSeconds(20), Duration.ofSeconds(1))
        .run(Scenario.QUEUED);
  }

  @Test
  @DisplayName("the pool has terminated before its threads have ended")
  void thePoolReturnsEarly() throws Exception {
    ScenarioResult result = Doomsday.of(pool).rounds(20).run(Scenario.SLOW_DESTRUCTOR);

    assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.EARLY_RETURN);
  }

  @Test
  @DisplayName("both refuse tasks after their end")
  void refuseTasksAfterTheirEnd() throws Exception {
    Doomsday.of(executor).rounds(1).run(Scenario.IDLE);
    Doomsday.of(pool).rounds(1).run(Scenario.IDLE);

    assertThatThrownBy(executor::submitAgain).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(pool::submitAgain).isInstanceOf(RejectedExecutionException.class);
  }
}
