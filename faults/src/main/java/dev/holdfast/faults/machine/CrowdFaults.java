// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Many more workers than processors, and many more tasks than a run queue has room for: handed in
 * at once by threads outside, and by tasks that fill the queue of their own worker.
 */
public final class CrowdFaults implements Check {

  /** What is wrong on purpose. */
  public enum Canary {
    /** One task of a burst that is handed to nobody. */
    LOST_TASK("never ran"),
    /** One task of a burst that is run twice. */
    SECOND_RUN("runs for the 2. time"),
    /** A count that is lost. */
    LOST_COUNT("are counted");

    private final String seenAs;

    Canary(String seenAs) {
      this.seenAs = seenAs;
    }
  }

  private static final int WORKERS = 64;

  /** Several times what a run queue has room for. */
  private static final int BURST = 2_000;

  private static final int BURSTS = 4;
  private static final int LONG_TIMES = 200;

  /** Makes it. */
  public CrowdFaults() {}

  @Override
  public String name() {
    return "crowd";
  }

  @Override
  public List<String> flags() {
    return List.of("-Xmx512m", "-XX:ActiveProcessorCount=2");
  }

  @Override
  public Duration atMost(Extent extent) {
    return Duration.ofMinutes(extent.isLong() ? 30 : 5);
  }

  @Override
  public Row run(Extent extent) throws Exception {
    return PerTier.run(
        "crowd",
        "64 workers on 2 processors, queues that overflow",
        extent.isLong() ? LONG_TIMES : 1,
        CrowdFaults::once,
        Tier.OWNED,
        Canary.values(),
        canary -> canary.seenAs);
  }

  private static void once(
      String name, Tier tier, @Nullable Canary canary, Findings findings, Outside outside)
      throws InterruptedException {
    Stage stage = new Stage(name, tier, builder -> builder.workers(WORKERS), outside, findings);
    AtomicLong counted = new AtomicLong();
    Runnable count =
        () -> {
          stage.locals.shared.update(Value::touch);
          counted.incrementAndGet();
        };
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < BURSTS; i++) {
      // A task that fills the queue of its worker, and a thread outside that does not wait.
      Task<?> _ =
          stage.spawn(
              "burst",
              () -> {
                burst(stage, count);
                return 0;
              });
      threads.add(Thread.ofPlatform().daemon().name("outside").start(() -> burst(stage, count)));
    }
    for (Thread each : threads) {
      each.join();
    }
    long expected = 2L * BURSTS * BURST;
    if (canary == Canary.LOST_TASK) {
      stage.books.body("lost", () -> 0);
    } else if (canary == Canary.SECOND_RUN) {
      Body body = stage.books.body("twice", () -> 0);
      body.run();
      stage.runtime.execute(body);
    } else if (canary == Canary.LOST_COUNT) {
      counted.decrementAndGet();
    }
    // While most of them are queued.
    ShutdownReport report = stage.runtime.shutdown(Until.LONG, Until.LONG);
    stage.books.close(report);
    stage.check(counted.get() == expected, counted + " of " + expected + " updates are counted");
  }

  private static void burst(Stage stage, Runnable count) {
    for (int i = 0; i < BURST; i++) {
      stage.runtime.execute(
          stage.books.body(
              "one of a burst",
              () -> {
                count.run();
                return 0;
              }));
    }
  }
}
