// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.local.Guard;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Stops the whole JVM for some seconds and continues it, as a machine does that is suspended: for
 * all that reads a clock, time jumps.
 *
 * <p>In each tier, four runtimes are in the middle of something meanwhile: of work, of a close
 * without a deadline, of a close whose deadline passes in the stop, and of one whose deadlines pass
 * while a guard holds it. Deadlines may be late; nothing is lost, nobody is told to end before it
 * is time, and no report says what is not so.
 */
public final class StopFaults implements Check {

  /** What is wrong on purpose. */
  public enum Canary {
    /** A process that is not stopped at all. */
    NOT_STOPPED("was not stopped"),
    /** A close that cancels before its deadline. */
    HASTY("was interrupted before it was time"),
    /** A guard that is closed by nobody. */
    LEFT_GUARD("did not end");

    private final String seenAs;

    Canary(String seenAs) {
      this.seenAs = seenAs;
    }
  }

  private static final Duration STOPPED = Duration.ofSeconds(3);

  /** Passes while all is stopped. */
  private static final Duration DRAIN = Duration.ofSeconds(1);

  private static final int LONG_TIMES = 60;

  /** Makes it. */
  public StopFaults() {}

  @Override
  public String name() {
    return "stop";
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
    long began = System.nanoTime();
    Findings findings = new Findings();
    int times = extent.isLong() ? LONG_TIMES : 1;
    try (Outside outside = new Outside()) {
      for (int i = 0; i < times; i++) {
        new Suspension("stop-" + i, STOPPED, null, findings, outside).run();
      }
      int caught = 0;
      for (Canary each : Canary.values()) {
        Findings wrong = new Findings();
        new Suspension("stop-" + each, Duration.ofMillis(1200), each, wrong, outside).run();
        caught += wrong.mentions(each.seenAs) ? 1 : 0;
      }
      return Row.of("stop: the JVM is stopped and continued", times, findings, began)
          .withCanaries(caught, Canary.values().length);
    }
  }

  /** One stop, and what is in the middle of something meanwhile. */
  private static final class Suspension {

    private final String name;
    private final Duration length;
    private final @Nullable Canary canary;
    private final Findings findings;
    private final Outside outside;
    private final SplittableRandom random = new SplittableRandom();
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Stage> stages = new ArrayList<>();
    private final List<Thread> closers = new ArrayList<>();

    // Some body was interrupted that nobody had to interrupt.
    private final AtomicInteger hasty = new AtomicInteger();

    Suspension(
        String name, Duration length, @Nullable Canary canary, Findings findings, Outside outside) {
      this.name = name;
      this.length = length;
      this.canary = canary;
      this.findings = findings;
      this.outside = outside;
    }

    void run() throws Exception {
      for (Tier tier : Tier.values()) {
        work(tier);
        plainClose(tier);
        lateClose(tier);
        heldClose(tier);
      }
      for (Thread each : closers) {
        // Some that is wrong on purpose has ended before.
        Until.holds(() -> !each.isAlive() || each.getState() == Thread.State.TIMED_WAITING);
      }
      stop();
      over.countDown();
      for (Thread each : closers) {
        each.join(Until.LONG.toMillis());
        findings.check(!each.isAlive(), name + ": a close hangs: " + each);
      }
      for (Stage each : stages) {
        each.end();
      }
      findings.check(hasty.get() == 0, name + ": a task was interrupted before it was time");
    }

    private void stop() throws IOException, InterruptedException {
      long begin = System.nanoTime();
      String pid = String.valueOf(ProcessHandle.current().pid());
      String sleep = length.toMillis() / 1000.0 + "";
      String signals = "kill -STOP $0; sleep " + sleep + "; kill -CONT $0";
      if (canary != Canary.NOT_STOPPED) {
        int exit = new ProcessBuilder("sh", "-c", signals, pid).start().waitFor();
        findings.check(exit == 0, name + ": no signal could be sent, exit code " + exit);
      }
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      findings.check(took.compareTo(length) >= 0, name + ": was not stopped, only for " + took);
    }

    private Stage stage(String what, Tier tier) {
      Stage stage = new Stage(name + "-" + what, tier, UnaryOperator.identity(), outside, findings);
      stages.add(stage);
      return stage;
    }

    /** Random load, before and after; a wait with a time limit, sleeps, and a lease that waits. */
    private void work(Tier tier) {
      Stage stage = stage("work", tier);
      SplittableRandom own = random.split();
      Task<Integer> target = stage.spawn("target", this::untilOver);
      Task<?> _ = stage.spawn("waits", () -> target.get(Until.LONG.toSeconds(), TimeUnit.SECONDS));
      Thread driver =
          Thread.ofPlatform()
              .daemon()
              .name("driver")
              .start(() -> {
                while (over.getCount() != 0) {
                  stage.load(own, 1);
                  Until.pass(200_000);
                }
                stage.load(own, 200);
              });
      closers.add(driver);
    }

    private Object untilOver() throws InterruptedException {
      try {
        over.await();
      } catch (InterruptedException e) {
        hasty.incrementAndGet();
        throw e;
      }
      return 0;
    }

    /** A close that waits for tasks, and for as long as they like. */
    private void plainClose(Tier tier) throws Exception {
      Stage stage = stage("close", tier);
      Task<?> _ = stage.spawn("waits", this::untilOver);
      Task<?> _ = stage.spawnBlocking("waits", this::untilOver);
      stage.runtime.run(() -> stage.locals.shared.with(value -> value.touch()));
      closer(() -> {
        Duration drain = canary == Canary.HASTY ? Duration.ZERO : Until.LONG;
        ShutdownReport report = stage.runtime.shutdown(drain, Until.LONG);
        stage.check(report.terminated(), "a close without a deadline gave up: " + report);
      });
    }

    /** A close whose drain deadline passes while all is stopped; its task heeds the interrupt. */
    private void lateClose(Tier tier) {
      Stage stage = stage("late", tier);
      long[] interrupted = new long[1];
      Task<?> _ =
          stage.spawn(
              "sleeps",
              () -> {
                try {
                  Thread.sleep(2 * Until.LONG.toMillis());
                } catch (InterruptedException e) {
                  interrupted[0] = System.nanoTime();
                }
                return 0;
              });
      closer(() -> {
        long begin = System.nanoTime();
        ShutdownReport report = stage.runtime.shutdown(DRAIN, Until.LONG);
        stage.check(report.terminated(), "did not end: " + report);
        long after = interrupted[0] - begin;
        stage.check(after >= DRAIN.toNanos(), "its task was interrupted after " + after + " ns");
      });
    }

    /** A close whose deadlines both pass, most of them while all is stopped. */
    private void heldClose(Tier tier) throws Exception {
      Stage stage = stage("held", tier);
      Guard<?> guard = stage.runtime.run(stage.locals.shared::guard);
      closer(() -> {
        ShutdownReport report = stage.runtime.shutdown(DRAIN, DRAIN);
        boolean told =
            report.phase() == ShutdownPhase.CANCELLING
                && report.holders().size() == 1
                && report.holders().getFirst().kind() == ShutdownReport.Kind.GUARD
                && report.destroyed() == 0;
        stage.check(told, "the report is not that of one guard: " + report);
        if (canary == Canary.LEFT_GUARD) {
          stage.books.close(report);
        }
        guard.close();
      });
    }

    private void closer(Runnable close) {
      closers.add(Thread.ofPlatform().daemon().name("closer").start(close));
    }
  }
}
