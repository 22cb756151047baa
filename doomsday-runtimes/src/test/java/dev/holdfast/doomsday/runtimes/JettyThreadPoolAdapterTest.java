// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.io.Closeable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class JettyThreadPoolAdapterTest {

  private final Observed adapter = Observed.onOneThread(new JettyThreadPoolAdapter());

  @Test
  @DisplayName("says the version of the library")
  void version() {
    assertThat(adapter.version()).matches("12\\.1\\.\\d+");
  }

  @Test
  @DisplayName("stop loses the tasks that wait for a thread, and tells nobody")
  void losesQueuedTasks() throws Exception {
    ScenarioResult result =
        Doomsday.of(adapter)
            .rounds(10)
            .limits(Duration.ofSeconds(20), Duration.ofSeconds(1))
            .run(Scenario.QUEUED);

    assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.STRANDED);
    assertThat(result.evidence().orElseThrow().what()).contains("was not begun");
  }

  @Test
  @DisplayName("a task that can be closed is told by that")
  void closesWhatCanBeClosed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> gate = new CompletableFuture<>();
    QueuedThreadPool pool = new QueuedThreadPool(1, 1, 60_000, 0, null, null);
    pool.start();
    CompletableFuture<Void> first =
        CompletableFuture.runAsync(
            () -> {
              begun.countDown();
              gate.join();
            },
            pool);
    begun.await();
    CompletableFuture<Void> lost = CompletableFuture.runAsync(() -> {}, pool);
    ClosableJob closable = new ClosableJob();
    pool.execute(closable);

    pool.setStopTimeout(2);
    pool.stop();
    gate.complete(null);
    first.join();

    assertThat(closable.closed).isTrue();
    assertThat(closable.ran).isFalse();
    assertThat(lost).isNotDone();
  }

  private static final class ClosableJob implements Runnable, Closeable {
    final AtomicBoolean ran = new AtomicBoolean();
    final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public void run() {
      ran.set(true);
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  @Test
  @DisplayName("refuses tasks after its end")
  void refusesTasksAfterItsEnd() throws Exception {
    Doomsday.of(adapter).rounds(1).run(Scenario.IDLE);

    assertThatThrownBy(adapter::submitAgain).isInstanceOf(RejectedExecutionException.class);
  }
}
