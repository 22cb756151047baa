// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.books.Threads;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Wakes everybody all the time: the platform threads of a runtime, its monitor included, its tasks
 * and jobs wherever they wait, those who wait for a result, and those who close. A wake-up is to be
 * no more than a reason to look again.
 */
public final class StormFaults implements Check {

  /** What is wrong on purpose. */
  public enum Canary {
    /** One who waits, and takes being awake for being told. */
    TRUSTING("took a wake-up for a result"),
    /** A body that is run again by who was woken again. */
    SECOND_RUN("runs for the 2. time");

    private final String seenAs;

    Canary(String seenAs) {
      this.seenAs = seenAs;
    }
  }

  private static final int PIECES = 600;
  private static final int JOINERS = 3;
  private static final int LONG_TIMES = 200;

  /** So often everybody was woken at least, for a run to say anything. */
  private static final int LEAST_ROUNDS = 100;

  /** Makes it. */
  public StormFaults() {}

  @Override
  public String name() {
    return "storm";
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
  public Row run(Extent extent) throws Exception {
    return PerTier.run(
        "storm",
        "every thread is woken all the time",
        extent.isLong() ? LONG_TIMES : 1,
        (named, tier, canary, findings, outside) ->
            new Storm(named, tier, canary, findings, outside).run(),
        Tier.OWNED,
        Canary.values(),
        canary -> canary.seenAs);
  }

  /** The storm over one runtime. */
  private static final class Storm {

    private final Stage stage;
    private final @Nullable Canary canary;
    private final AtomicLong rounds = new AtomicLong();
    private final List<Thread> outsiders = new ArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    // Read by the storm: volatile.
    private volatile boolean over;

    Storm(String name, Tier tier, @Nullable Canary canary, Findings findings, Outside outside) {
      this.stage = new Stage(name, tier, builder -> builder.workers(2), outside, findings);
      this.canary = canary;
    }

    void run() throws Exception {
      Task<Integer> target =
          stage.spawn(
              "target",
              () -> {
                gate.await();
                return 0;
              });
      for (int i = 0; i < JOINERS; i++) {
        outside("joiner", () -> stage.check(target.join() == 1, "the result is wrong"));
        Task<?> _ =
            stage.spawn(
                "joiner",
                () -> {
                  stage.check(target.join() == 1, "the result is wrong");
                  return 0;
                });
      }
      if (canary == Canary.TRUSTING) {
        outside("trusting", () -> trust(target));
      }
      if (canary == Canary.SECOND_RUN) {
        var body = stage.books.body("twice", () -> 0);
        body.call();
        body.call();
      }
      Thread storm =
          Thread.ofPlatform().daemon().name("storm").start(() -> blow(List.copyOf(outsiders)));
      stage.load(new SplittableRandom(), PIECES);
      awaitRounds(LEAST_ROUNDS);
      close();
      over = true;
      storm.join();
      for (Thread each : outsiders) {
        each.join(Until.LONG.toMillis());
        stage.check(!each.isAlive(), "hangs: " + each);
      }
    }

    private void awaitRounds(long more) {
      long until = rounds.get() + more;
      stage.check(
          Until.holds(() -> rounds.get() >= until), "the storm does not blow, round " + rounds);
    }

    private void outside(String name, Runnable action) {
      outsiders.add(Thread.ofPlatform().daemon().name(name).start(action));
    }

    private void trust(Task<Integer> target) {
      LockSupport.park();
      stage.check(target.isDone(), "took a wake-up for a result");
    }

    /** Closes on many threads while the target is alive, and for long enough for it to blow. */
    private void close() throws InterruptedException {
      List<Thread> closers = new ArrayList<>();
      for (int i = 0; i < JOINERS; i++) {
        closers.add(
            Thread.ofPlatform()
                .daemon()
                .name(stage.books.runtime() + "-closer")
                .start(() -> {
                  ShutdownReport report = stage.runtime.shutdown(Until.LONG, Until.LONG);
                  stage.check(report.terminated(), "a close gave up: " + report);
                  stage.check(gate.getCount() == 0, "a close ended before its last task");
                }));
      }
      awaitRounds(LEAST_ROUNDS);
      stage.check(gate.getCount() != 0 && !stage.runtime.isTerminated(), "ended too early");
      gate.countDown();
      for (Thread each : closers) {
        each.join(Until.LONG.toMillis());
        stage.check(!each.isAlive(), "a close hangs: " + Threads.stacks(stage.books.runtime()));
      }
      stage.end();
    }

    private void blow(List<Thread> others) {
      while (!over) {
        others.forEach(LockSupport::unpark);
        Threads.named(stage.books.runtime() + "-").forEach(LockSupport::unpark);
        stage.books.runners().forEach(LockSupport::unpark);
        rounds.incrementAndGet();
        // The processors are for those who are woken.
        Until.pass(50_000);
      }
    }
  }
}
