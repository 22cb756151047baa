// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Load;
import dev.holdfast.faults.load.Locals;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.local.Guard;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** The life of one runtime: started, loaded for a moment, closed in one of many ways, balanced. */
final class Episode {

  private static final Duration BRIEF = Duration.ofMillis(5);

  private final RandomGenerator random;
  private final Totals totals;
  private final Options options;
  private final Outside outside;
  private final Books books;
  private final WorkerRuntime runtime;
  private final Locals locals;
  private final Load load;

  /**
   * Starts one.
   *
   * @param name the runtime's name
   */
  Episode(String name, RandomGenerator random, Totals totals, Options options, Outside outside) {
    this.random = random;
    this.totals = totals;
    this.options = options;
    this.outside = outside;
    this.books = new Books(name, totals.findings());
    Tier tier = totals.tiers().get(random.nextInt(totals.tiers().size()));
    this.runtime = runtime(name, tier, 1 + random.nextInt(4), random.nextInt(5), totals.findings());
    this.locals = new Locals(books, options.leaks(Leak.VALUE));
    this.load = new Load(runtime, books, locals, outside);
  }

  /** Starts a runtime whose uncaught failures are findings unless the load throws them. */
  static WorkerRuntime runtime(String name, Tier tier, int workers, int spares, Findings findings) {
    return WorkerRuntime.builder()
        .name(name)
        .tier(tier)
        .workers(workers)
        .spareWorkers(spares)
        .blockingThreads(4)
        .uncaughtExceptionHandler((thread, failure) -> {
          if (!Load.isIntended(failure) && !(failure instanceof java.io.IOException)) {
            findings.add("uncaught in " + name + " on " + thread + ": " + failure);
          }
        })
        .start();
  }

  /** Loads it for a moment, closes it, and looks into its books. */
  void run() throws Exception {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(300));
    do {
      load.one(random);
    } while (System.nanoTime() - until < 0);
    boolean leaksGuard = options.leaks(Leak.GUARD) && random.nextInt(2) == 0;
    if (leaksGuard) {
      Leak.keep(runtime.run(locals.shared::guard));
    }
    books.close(leaksGuard ? runtime.shutdown(Duration.ZERO, BRIEF) : end());
    totals.episode(books);
  }

  private ShutdownReport end() throws Exception {
    switch (random.nextInt(6)) {
      case 0 -> runtime.close();
      case 1 -> runtime.shutdown(Duration.ZERO, Until.LONG);
      case 2 -> {
        for (Runnable each : runtime.shutdownNow()) {
          // They are the caller's now.
          ((Future<?>) each).cancel(false);
        }
        totals
            .findings()
            .check(
                runtime.awaitTermination(Until.LONG.toSeconds(), TimeUnit.SECONDS),
                "awaitTermination() in vain");
      }
      case 3 -> manyClosers();
      case 4 -> loadWhileClosing();
      default -> abandoned();
    }
    return runtime.shutdown(Until.LONG, Until.LONG);
  }

  private void manyClosers() throws InterruptedException {
    Thread[] closers = new Thread[3];
    for (int i = 0; i < closers.length; i++) {
      Duration drain = Duration.ofMillis(random.nextInt(20));
      closers[i] =
          Thread.ofPlatform().name("closer").start(() -> runtime.shutdown(drain, Until.LONG));
    }
    for (Thread each : closers) {
      each.join();
    }
  }

  private void loadWhileClosing() throws InterruptedException {
    Thread closer =
        Thread.ofPlatform().name("closer").start(() -> runtime.shutdown(BRIEF, Until.LONG));
    while (runtime.phase() != ShutdownPhase.TERMINATED && closer.isAlive()) {
      load.one(random);
    }
    closer.join();
  }

  /** Closes with deadlines that are missed, because of a task, a job or a guard. */
  private void abandoned() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Guard<Value> guard = null;
    String counts;
    switch (random.nextInt(3)) {
      case 0 -> {
        Books.Body body = books.body("stubborn", () -> stubborn(gate));
        body.handle(runtime.spawn("stubborn", body));
        counts = "tasks";
      }
      case 1 -> {
        Books.Body body = books.body("stubborn job", () -> stubborn(gate));
        body.handle(runtime.spawnBlocking(body));
        counts = "jobs";
      }
      default -> {
        guard = runtime.run(locals.shared::guard);
        counts = "guards";
      }
    }
    ShutdownReport report = runtime.shutdown(BRIEF, BRIEF);
    // A job that no thread has taken yet is cancelled, and holds nothing.
    boolean held = report.phase() == ShutdownPhase.CANCELLING && !report.holders().isEmpty();
    totals
        .findings()
        .check(held || counts.equals("jobs"), "a close was not held by " + counts + ": " + report);
    gate.countDown();
    if (guard != null) {
      guard.get().touch();
      outside.foreign.execute(guard::close);
    }
  }

  private static Object stubborn(CountDownLatch gate) {
    while (true) {
      try {
        gate.await();
        return 0;
      } catch (InterruptedException e) {
        // Goes on waiting, on purpose.
      }
    }
  }

  /** Tells how far it is, by closing it; for one that hangs. */
  @Override
  public String toString() {
    return runtime + " with " + books + ": " + runtime.shutdown(Duration.ZERO, Duration.ZERO);
  }
}
