// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.interrupts;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Books.Owner;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.PluginLoader;
import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A runtime with one worker, a gate, and what somebody may wait for until the gate is opened. */
final class Scene {

  final Books books;
  final WorkerRuntime runtime;
  final CountDownLatch gate = new CountDownLatch(1);

  /** A local of which one value may be leased. */
  final WorkerLocal<Value> scarce;

  /** The same, for which nobody waits for ever. */
  final WorkerLocal<Value> patient;

  /** A local for calls on the owner. */
  final WorkerLocal<Value> bound;

  /** A local whose initialiser does not end before the gate is opened. */
  final WorkerLocal<Value> slowToMake;

  /** A local whose destructor does not end before the gate is opened. */
  final WorkerLocal<Value> slowToEnd;

  // Set by who prepares, before the caller begins: plain.
  private @Nullable Task<Integer> target;
  private @Nullable ClassLoader loader;

  // Whether something holds until the gate is opened; of bodies that wait for it, how many began to
  // and how many were interrupted: under this.
  private boolean held;
  private int waiting;
  private int interrupted;

  Scene(Tier tier, int spares, Books books) {
    this.books = books;
    this.runtime =
        WorkerRuntime.builder()
            .name(books.runtime())
            .tier(tier)
            .workers(1)
            .spareWorkers(spares)
            .blockingThreads(4)
            .uncaughtExceptionHandler((thread, failure) ->
                books.findings().add("uncaught in " + books.runtime() + ": " + failure))
            .start();
    scarce =
        WorkerLocal.<Value>builder(() -> books.make("scarce", Owner.WORKER))
            .name("scarce")
            .leases(1)
            .build();
    patient =
        WorkerLocal.<Value>builder(() -> books.make("patient", Owner.WORKER))
            .name("patient")
            .leases(1)
            .leaseTimeout(Until.LONG)
            .build();
    bound = WorkerLocal.of(() -> books.make("bound", Owner.WORKER));
    slowToMake =
        WorkerLocal.of(() -> {
          pass();
          return books.make("slow to make", Owner.WORKER);
        });
    slowToEnd =
        WorkerLocal.of(
            () -> books.make("slow to end", Owner.WORKER),
            value -> {
              pass();
              value.close();
            });
  }

  // ---- What waits for the gate

  /** Waits for the gate; what is no body of its own. */
  void pass() {
    holds();
    if (!Until.holds(() -> gate.getCount() == 0)) {
      books.findings().add(books.runtime() + ": the gate was not opened");
    }
  }

  /** Makes a body that waits for the gate, or to be interrupted. */
  Body blocked() {
    return books.body(
        "blocked",
        () -> {
          synchronized (this) {
            held = true;
            waiting++;
          }
          try {
            gate.await();
          } catch (InterruptedException e) {
            synchronized (this) {
              interrupted++;
            }
            throw e;
          }
          return null;
        });
  }

  /** The same, of which nobody promises that it runs: it may be cancelled before it begins. */
  Body perhaps() {
    Body body = blocked();
    body.handedInLate();
    return body;
  }

  /** Says whether every body that began to wait was interrupted. */
  synchronized boolean allWereInterrupted() {
    return waiting == interrupted;
  }

  synchronized boolean noneWasInterrupted() {
    return interrupted == 0;
  }

  private synchronized void holds() {
    held = true;
  }

  private synchronized boolean isHeld() {
    return held;
  }

  private void awaitHeld() {
    if (!Until.holds(this::isHeld)) {
      books.findings().add(books.runtime() + ": could not be set up");
    }
  }

  // ---- What is prepared before the caller begins

  void target(Task<Integer> task) {
    target = task;
    awaitHeld();
  }

  Task<Integer> target() {
    return Objects.requireNonNull(target, "nothing was prepared");
  }

  /** Has a task keep a lease until the gate is opened. */
  void lease(WorkerLocal<Value> local) {
    holder(() -> {
      try (Lease<Value> lease = local.lease()) {
        lease.get().touch();
        gateOpens();
        lease.get().touch();
      }
    });
  }

  /** Has a guard that is closed when the gate is opened. */
  void guard(WorkerLocal<Value> local) throws Exception {
    Guard<Value> guard = runtime.run(local::guard);
    holds();
    Thread.ofPlatform()
        .daemon()
        .name("guard")
        .start(() -> {
          try (guard) {
            Until.holds(() -> gate.getCount() == 0);
            guard.get().touch();
          }
        });
  }

  /** Has a value whose destructor waits for the gate. */
  void slowEnd() throws Exception {
    runtime.run(() -> slowToEnd.with(Value::touch));
  }

  /** Keeps the only worker from others: a task is inside {@code with}. */
  void occupy() {
    Body body = books.body("occupies", () -> bound.with(value -> occupied(value)));
    body.handle(runtime.spawn(body));
    awaitHeld();
  }

  private int occupied(Value value) {
    pass();
    return value.touch();
  }

  private void gateOpens() throws InterruptedException {
    holds();
    gate.await();
  }

  private interface Step {
    void take() throws Exception;
  }

  private void holder(Step step) {
    Body body =
        books.body(
            "holder",
            () -> {
              step.take();
              return null;
            });
    body.handle(runtime.spawn(body));
    awaitHeld();
  }

  /** Deploys a plugin of which a guard is held. */
  void plugin() throws Exception {
    PluginLoader made = new PluginLoader(HeldPlugin.class, PluginLoader.bytesOf(HeldPlugin.class));
    @SuppressWarnings("unchecked") // it says so itself
    WorkerLocal<Value> local = ((Function<Books, WorkerLocal<Value>>) made.make()).apply(books);
    guard(local);
    loader = made;
  }

  ClassLoader loader() {
    return Objects.requireNonNull(loader, "no plugin was deployed");
  }
}
