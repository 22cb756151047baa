// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.books.Threads;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Lets the k-th platform thread that a runtime asks for not come to be, or no thread from the k-th
 * on, for every k that is reached: of workers, of spare workers, of the blocking pool.
 *
 * <p>A runtime whose workers cannot all be started is not started, and leaves no thread. Any other
 * goes on: what its threads cannot do others do, or it is cancelled, and never merely forgotten.
 */
public final class StartFaults implements Check {

  /** How a thread does not come to be. */
  public enum Way {
    /** The factory throws. */
    THROWS,
    /** The factory returns null. */
    NULL,
    /** The thread cannot be started, as by an operating system that has no more. */
    CANNOT_START
  }

  /** What is wrong on purpose. */
  public enum Canary {
    /** A thread that is left behind. */
    LEFT_THREAD("are left"),
    /** A job that is accepted and forgotten. */
    LOST_JOB("never ran"),
    /** A factory that never fails. */
    NO_FAULT("was started with a worker missing");

    private final String seenAs;

    Canary(String seenAs) {
      this.seenAs = seenAs;
    }
  }

  private static final int WORKERS = 2;
  private static final int SPARES = 2;
  private static final int JOBS = 6;

  /** More threads than a runtime here asks for. */
  private static final int MOST = 24;

  private static final int LONG_TIMES = 50;

  /** Makes it. */
  public StartFaults() {}

  @Override
  public String name() {
    return "threads";
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
    int runs = 0;
    try (Outside outside = new Outside()) {
      for (int i = 0; i < times; i++) {
        for (Tier tier : Tier.values()) {
          for (Way way : Way.values()) {
            runs += all(tier, way, false, findings, outside);
            runs += all(tier, way, true, findings, outside);
          }
        }
      }
      int caught = 0;
      for (Canary each : Canary.values()) {
        Findings wrong = new Findings();
        int at = each == Canary.NO_FAULT ? 0 : WORKERS;
        new Attempt(Tier.OWNED, Way.THROWS, at, false, each, wrong, outside).run();
        caught += wrong.mentions(each.seenAs) ? 1 : 0;
      }
      return Row.of("threads: the k-th thread cannot be started, for all k", runs, findings, began)
          .withCanaries(caught, Canary.values().length);
    }
  }

  /** Fails at each k until no thread is asked for that often; returns how often that was. */
  private static int all(Tier tier, Way way, boolean onwards, Findings findings, Outside outside)
      throws Exception {
    int k = 0;
    while (k < MOST) {
      Attempt attempt = new Attempt(tier, way, k, onwards, null, findings, outside);
      attempt.run();
      k++;
      if (attempt.failed.get() == 0) {
        break;
      }
    }
    findings.check(
        k > WORKERS + 2, "only " + k + " threads are asked for, the run shows little: " + tier);
    return k;
  }

  /** One runtime of which one thread, or all from that one on, do not come to be. */
  private static final class Attempt implements ThreadFactory {

    private final String name;
    private final Tier tier;
    private final Way way;
    private final int at;
    private final boolean onwards;
    private final @Nullable Canary canary;
    private final Findings findings;
    private final Outside outside;
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    Attempt(
        Tier tier,
        Way way,
        int at,
        boolean onwards,
        @Nullable Canary canary,
        Findings findings,
        Outside outside) {
      String what = canary == null ? "" : canary + "-";
      this.name = "threads-" + what + way + "-" + at + (onwards ? "-onwards" : "");
      this.tier = tier;
      this.way = way;
      this.at = at;
      this.onwards = onwards;
      this.canary = canary;
      this.findings = findings;
      this.outside = outside;
    }

    @Override
    @SuppressWarnings("NullAway") // what it returns is wrong on purpose
    public Thread newThread(Runnable body) {
      int number = asked.getAndIncrement();
      String role = number < WORKERS ? "-worker-" : "-spare-or-blocking-";
      String named = name + "-" + tier + role + number;
      boolean fails = onwards ? number >= at : number == at;
      if (!fails || canary == Canary.NO_FAULT) {
        return Thread.ofPlatform().daemon().name(named).unstarted(body);
      }
      failed.incrementAndGet();
      return switch (way) {
        case THROWS -> throw new OutOfMemoryError("no more threads, on purpose");
        case NULL -> null;
        case CANNOT_START -> new Unstartable(named, body);
      };
    }

    void run() throws Exception {
      Stage stage;
      try {
        stage = new Stage(name, tier, this::options, Attempt::isToldOf, outside, findings);
      } catch (IllegalStateException | OutOfMemoryError e) {
        findings.check(at < WORKERS, name + ": could not be started: " + e);
        boolean none = Until.holds(() -> Threads.named(name + "-" + tier + "-").isEmpty());
        findings.check(none, "threads of " + name + " are left: " + Threads.named(name));
        return;
      }
      stage.check(at >= WORKERS, "was started with a worker missing");
      work(stage);
      if (canary == Canary.LEFT_THREAD) {
        Thread.ofPlatform()
            .daemon()
            .name(stage.books.runtime() + "-left")
            .start(() -> Until.holds(() -> false));
      } else if (canary == Canary.LOST_JOB) {
        stage.books.body("lost", () -> 0);
      }
      stage.end();
    }

    /** A thread that cannot be started is told of. */
    private static boolean isToldOf(Throwable failure) {
      return failure instanceof OutOfMemoryError || failure instanceof IllegalStateException;
    }

    private WorkerRuntime.Builder options(WorkerRuntime.Builder builder) {
      return builder.workers(WORKERS).spareWorkers(SPARES).blockingThreads(4).threadFactory(this);
    }

    /** Hands in a job, which is refused if there is no thread for it and none to wait for. */
    private static void job(Stage stage) {
      Body body =
          stage.books.body(
              "job",
              () -> {
                Until.pass(1_000_000);
                return 0;
              });
      try {
        body.handle(stage.runtime.spawnBlocking(body));
      } catch (RejectedExecutionException e) {
        stage.books.refused(body);
      }
    }

    /** Asks for threads of all kinds: blocks all workers inside of with, and hands in jobs. */
    private void work(Stage stage) throws InterruptedException {
      WorkerLocal<Books.Value> local = stage.locals.shared;
      AtomicInteger served = new AtomicInteger();
      for (int i = 0; i < JOBS; i++) {
        job(stage);
      }
      for (int i = 0; i < WORKERS + SPARES; i++) {
        Task<?> _ =
            stage.spawn(
                "blocks its worker",
                () ->
                    local.with(value -> {
                      // Until the others had their turn, if they can, or for long enough for the
                      // monitor.
                      Until.holds(Duration.ofMillis(60), () -> served.get() == JOBS);
                      return value.touch();
                    }));
      }
      for (int i = 0; i < JOBS; i++) {
        Task<?> _ =
            stage.spawn(
                "served",
                () -> {
                  served.incrementAndGet();
                  return local.with(Books.Value::touch);
                });
      }
      stage.load(new SplittableRandom(at), 20);
    }
  }

  /** A thread as of an operating system that has no more. */
  private static final class Unstartable extends Thread {
    Unstartable(String name, Runnable body) {
      super(null, body, name);
      setDaemon(true);
    }

    @Override
    public void start() {
      throw new OutOfMemoryError("unable to create native thread, on purpose");
    }
  }
}
