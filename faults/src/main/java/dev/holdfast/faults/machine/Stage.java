// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Load;
import dev.holdfast.faults.load.Locals;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** A runtime with its books and its load, on which something is tried. */
final class Stage {

  final Books books;
  final WorkerRuntime runtime;
  final Locals locals;
  final Load load;

  /** How often a worker was reported to be blocked while pinned. */
  final AtomicInteger blockedWhilePinned = new AtomicInteger();

  /** Starts a runtime of which nothing is expected that is not of the load. */
  Stage(
      String name,
      Tier tier,
      UnaryOperator<WorkerRuntime.Builder> options,
      Outside outside,
      Findings findings) {
    this(name, tier, options, any -> false, outside, findings);
  }

  /**
   * Starts a runtime.
   *
   * @param options what is to be set besides its name and its tier
   * @param expected says what else its handler may be given
   */
  Stage(
      String name,
      Tier tier,
      UnaryOperator<WorkerRuntime.Builder> options,
      Predicate<Throwable> expected,
      Outside outside,
      Findings findings) {
    books = new Books(name + "-" + tier, findings);
    runtime =
        options
            .apply(WorkerRuntime.builder())
            .name(books.runtime())
            .tier(tier)
            .listener(
                new RuntimeListener() {
                  @Override
                  public void blockedWhilePinned(int worker, StackTraceElement[] stack) {
                    blockedWhilePinned.incrementAndGet();
                  }
                })
            .uncaughtExceptionHandler((thread, failure) -> {
              if (!Load.isIntended(failure)
                  && !(failure instanceof IOException)
                  && !expected.test(failure)) {
                findings.add("uncaught in " + name + " on " + thread + ": " + failure);
              }
            })
            .start();
    locals = new Locals(books, false);
    load = new Load(runtime, books, locals, outside);
  }

  /** Hands in so many pieces of random work. */
  void load(RandomGenerator random, int pieces) {
    for (int i = 0; i < pieces; i++) {
      load.one(random);
    }
  }

  /** Spawns a task that is in the books. */
  Task<Integer> spawn(String what, Callable<?> inner) {
    Body body = books.body(what, inner);
    Task<Integer> task = runtime.spawn(what, body);
    body.handle(task);
    return task;
  }

  /** Hands in a job that is in the books. */
  Task<Integer> spawnBlocking(String what, Callable<?> inner) {
    Body body = books.body(what, inner);
    Task<Integer> task = runtime.spawnBlocking(body);
    body.handle(task);
    return task;
  }

  /** Adds a finding if something does not hold. */
  void check(boolean holds, String otherwise) {
    books.findings().check(holds, books.runtime() + ": " + otherwise);
  }

  /** Closes, and looks into the books. */
  void end() {
    books.close(runtime.shutdown(Until.LONG, Until.LONG));
  }
}
