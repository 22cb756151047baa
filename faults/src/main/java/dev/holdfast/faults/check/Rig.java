// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Books.Owner;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Threads;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.check.Callback.Lands;
import dev.holdfast.local.ContextSnapshot;
import dev.holdfast.local.Lease;
import dev.holdfast.local.LeaseOverflow;
import dev.holdfast.local.TaskLocal;
import dev.holdfast.local.ThreadExitLocal;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A runtime with every callback that a user can give, the same work in every run, and one callback
 * that throws every second time.
 *
 * <p>Whatever throws, the same must hold: each body runs once, each value is destroyed once on its
 * owner, what was thrown is where it belongs, nothing else is thrown anywhere, the close completes,
 * and no thread is left.
 */
final class Rig {

  private static final int TASKS = 6;

  /** For so long at most a task blocks while it is pinned, for the watcher to see it. */
  private static final Duration PINNED = Duration.ofSeconds(10);

  private final Callback where;
  private final Thrower thrower;
  private final @Nullable Canary canary;
  private final LogRecords records;
  private final Findings findings;
  private final Books books;
  private final WorkerRuntime runtime;

  private final WorkerLocal<Value> shared;
  private final WorkerLocal<Value> bound;
  private final WorkerLocal<Value> leased;
  private final WorkerLocal<Value> temporary;
  private final TaskLocal<Value> own;
  private final TaskLocal<Value> copied;
  private final ThreadExitLocal<Value> ofThread;

  Rig(
      Tier tier,
      Callback where,
      Thrown what,
      @Nullable Canary canary,
      LogRecords records,
      Findings findings) {
    this.where = where;
    this.thrower = new Thrower(where, what);
    this.canary = canary;
    this.records = records;
    this.findings = findings;
    // A name of its own for each canary: the thread that one leaves is not to be found by others.
    String kind = canary == null ? "rig-" : canary + "-";
    String name = kind + tier + "-" + where + "-" + what;
    this.books = new Books(name, findings);
    this.shared = local("shared", Callback.INITIALIZER, Callback.DESTRUCTOR, Owner.WORKER);
    this.bound = local("bound", Callback.OWNER_INITIALIZER, Callback.DESTRUCTOR, Owner.WORKER);
    this.leased =
        local("leased", Callback.LEASE_INITIALIZER, Callback.LEASE_DESTRUCTOR, Owner.WORKER);
    this.temporary =
        local(
            "temporary",
            Callback.LEASE_INITIALIZER,
            Callback.TEMPORARY_DESTRUCTOR,
            Owner.WORKER_EARLY);
    this.own =
        TaskLocal.of(
            initial("own", Callback.TASK_INITIALIZER, Owner.TASK), end(Callback.TASK_DESTRUCTOR));
    this.copied =
        TaskLocal.<Value>builder(initial("copied", Callback.TASK_INITIALIZER, Owner.TASK))
            .destructor(end(Callback.BOUND_DESTRUCTOR))
            .copied(any -> {
              thrower.at(Callback.COPIER, books);
              return books.make("copy", Owner.TASK);
            })
            .build();
    this.ofThread =
        ThreadExitLocal.of(
            initial("of thread", Callback.THREAD_INITIALIZER, Owner.TASK),
            end(Callback.THREAD_DESTRUCTOR));
    this.runtime =
        WorkerRuntime.builder()
            .name(name)
            .tier(tier)
            .workers(2)
            .spareWorkers(2)
            .blockingThreads(2)
            .listener(new ThrowingListener(thrower, books))
            .uncaughtExceptionHandler((thread, failure) -> handled(failure))
            .threadFactory(new ThrowingFactory(thrower, books, 2))
            .start();
  }

  private WorkerLocal<Value> local(
      String kind, Callback initializer, Callback destructor, Owner owner) {
    return WorkerLocal.<Value>builder(initial(kind, initializer, owner))
        .name(kind)
        .destructor(end(destructor))
        .leases(1)
        .overflow(owner == Owner.WORKER_EARLY ? LeaseOverflow.TEMPORARY : LeaseOverflow.WAIT)
        .build();
  }

  private Supplier<Value> initial(String kind, Callback initializer, Owner owner) {
    return () -> {
      thrower.at(initializer, books);
      return books.make(kind, owner);
    };
  }

  private Consumer<Value> end(Callback destructor) {
    return value -> {
      if (canary == Canary.LOST_VALUE && destructor == Callback.DESTRUCTOR) {
        return;
      }
      value.close();
      if (canary == Canary.SECOND_DESTRUCTION) {
        value.close();
      }
      thrower.at(destructor, books);
    };
  }

  // ---- What is thrown, and where it is found

  private void handled(Throwable failure) {
    if (where.lands() == Lands.HANDLER || where.lands() == Lands.HANDLER_AND_REPORT) {
      found(failure, "given to the handler");
    } else if (!(failure instanceof Uncaught) && !thrower.finds(failure)) {
      // A spare worker that cannot be started, or what the log throws, may come here.
      found(failure, "given to the handler");
    }
    thrower.at(Callback.UNCAUGHT_HANDLER, books);
  }

  private void found(Throwable failure, String how) {
    if (failure instanceof Uncaught || (canary == Canary.LOST_FAILURE)) {
      return;
    }
    findings.check(
        thrower.finds(failure), books.runtime() + ": something else was " + how + ": " + failure);
  }

  /** What a command throws, so that the handler is called. */
  private static final class Uncaught extends RuntimeException {
    private static final long serialVersionUID = 1;

    Uncaught() {
      super("for the handler");
    }
  }

  /** Does something in which a callback may throw; that is the only thing that may be thrown. */
  private void attempt(Callable<?> call) {
    try {
      call.call();
    } catch (Throwable e) {
      found(e, "thrown");
    }
  }

  /** Hands in a body, and waits for it unless there is nothing to wait for. */
  private void handIn(Callback kind, Consumer<Body> way, Callable<?> inner) {
    Body body =
        books.body(
            kind.name(),
            () -> {
              inner.call();
              thrower.at(kind, books);
              return null;
            });
    try {
      way.accept(body);
    } catch (Throwable e) {
      // A copier threw, or no thread could be started.
      books.refused(body);
      found(e, "thrown");
    }
  }

  private void await(Task<?> task) {
    try {
      task.get();
    } catch (ExecutionException e) {
      found(e, "in a future");
    } catch (CancellationException e) {
      // A job that relied on a thread which could not be started.
      findings.check(
          where == Callback.THREAD_FACTORY, books.runtime() + ": " + task + " is cancelled");
    } catch (InterruptedException e) {
      findings.add(books.runtime() + ": interrupted by nobody");
    }
  }

  // ---- The work

  /** Does all of it, closes, and looks whether everything holds. */
  void run() throws InterruptedException {
    records.onRecord(() -> thrower.at(Callback.LOG_HANDLER, books));
    List<Task<?>> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      handIn(
          Callback.TASK,
          body -> tasks.add(start(body, copied.bind(books.make("bound", Owner.TASK), body))),
          this::task);
      handIn(
          Callback.JOB, body -> tasks.add(started(body, runtime.spawnBlocking(body))), this::job);
      handIn(Callback.COMMAND, runtime::execute, this::use);
      handIn(
          Callback.FACTORY_THREAD,
          body -> runtime.threadFactory().newThread(body).start(),
          own::get);
      Body body =
          books.body(
              "run",
              () -> {
                use();
                thrower.at(Callback.RUN, books);
                return null;
              });
      attempt(() -> runtime.run(body));
    }
    runtime.execute(Rig::throwUncaught);
    runtime.execute(Rig::throwUncaught);
    leak();
    if (where == Callback.BLOCKED_WHILE_PINNED) {
      attempt(() ->
          runtime.run(() ->
              shared.with(value -> {
                // Until that is seen; it need not be logged every time.
                Until.holds(PINNED, () -> thrower.calls() > 0);
                return value.touch();
              })));
    }
    tasks.forEach(this::await);
    sing();
    close();
  }

  private static void throwUncaught() {
    throw new Uncaught();
  }

  private static Task<?> started(Body body, Task<?> task) {
    body.handle(task);
    return task;
  }

  private Task<?> start(Body body, Callable<Integer> whole) {
    return started(body, runtime.spawn(whole));
  }

  private Object task() {
    use();
    attempt(own::get);
    attempt(copied::get);
    attempt(() -> {
      try (Lease<Value> first = temporary.lease();
          Lease<Value> second = temporary.lease()) {
        return first.get().touch() + second.get().touch();
      }
    });
    attempt(() -> {
      try (Lease<Value> lease = leased.lease()) {
        return lease.get().touch();
      }
    });
    attempt(() ->
        bound.onOwner(value -> {
          thrower.at(Callback.ON_OWNER, books);
          return value.touchOnOwner();
        }));
    handIn(
        Callback.TASK,
        body -> await(started(body, runtime.spawn(body))),
        () -> copied.get().touch());
    attempt(this::onOtherThreads);
    return 0;
  }

  private Object use() {
    attempt(() ->
        shared.with(value -> {
          thrower.at(Callback.WITH, books);
          return value.touch();
        }));
    return 0;
  }

  private Object job() {
    attempt(ofThread::get);
    return 0;
  }

  /** A stray of this task's, and a thread that is no task. */
  private @Nullable Object onOtherThreads() throws InterruptedException {
    Body stray =
        books.body(
            "stray",
            () -> {
              use();
              thrower.at(Callback.STRAY, books);
              return null;
            });
    Thread inside = null;
    try {
      inside =
          Thread.ofVirtual()
              .uncaughtExceptionHandler((thread, failure) -> found(failure, "left to a stray"))
              .start(stray);
    } catch (Throwable e) {
      books.refused(stray);
      found(e, "thrown");
    }
    ContextSnapshot[] context = new ContextSnapshot[1];
    attempt(() -> context[0] = ContextSnapshot.capture());
    ContextSnapshot captured = context[0];
    if (captured != null) {
      Thread outside =
          Thread.ofPlatform()
              .name("outside")
              .start(() ->
                  attempt(() ->
                      captured.call(() -> {
                        thrower.at(Callback.SNAPSHOT, books);
                        return copied.get().touch();
                      })));
      outside.join();
    }
    if (inside != null) {
      inside.join();
    }
    return null;
  }

  /** A task that forgets to close its lease. */
  private void leak() {
    for (int i = 0; i < 2; i++) {
      attempt(() -> runtime.run(leased::lease));
    }
  }

  /** What is wrong on purpose. */
  private void sing() {
    if (canary == null) {
      return;
    }
    switch (canary) {
      case LOST_BODY -> books.body("lost", () -> 0);
      case SECOND_RUN -> {
        Body body = books.body("again", () -> 0);
        body.run();
        body.run();
      }
      case WRONG_OWNER -> books.make("foreign", Owner.WORKER).close();
      case LEFT_THREAD ->
          Thread.ofPlatform()
              .daemon()
              .name(books.runtime() + "-left")
              .start(() -> Until.holds(() -> false));
      case SECOND_DESTRUCTION, LOST_VALUE, LOST_FAILURE -> {
        // Where values are destroyed, and failures found.
      }
    }
  }

  // ---- The end

  private void close() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    ShutdownReport[] report = new ShutdownReport[1];
    Thread closer =
        Thread.ofPlatform()
            .name("closer")
            .daemon()
            .start(() -> {
              attempt(() -> report[0] = runtime.shutdown(Until.LONG, Until.LONG));
              closed.countDown();
            });
    if (!closed.await(2 * Until.LONG.toSeconds(), TimeUnit.SECONDS)) {
      findings.add(books.runtime() + ": close hangs: " + Threads.stacks(books.runtime()));
      return;
    }
    closer.join();
    ShutdownReport last = report[0];
    if (last == null) {
      findings.add(books.runtime() + ": close failed");
      return;
    }
    books.close(last);
    checkReport(last);
  }

  private void checkReport(ShutdownReport report) {
    Set<Throwable> reported = Collections.newSetFromMap(new IdentityHashMap<>());
    report.failures().forEach(each -> reported.add(each.cause()));
    for (ShutdownReport.Failure each : report.failures()) {
      // A command may come to run when the close has begun; then its failure is there too.
      if (!(each.cause() instanceof Uncaught) && !thrower.finds(each.cause())) {
        findings.add(books.runtime() + ": something else is in the report: " + each);
      }
    }
    int lost = 0;
    for (Throwable each : thrower.thrown()) {
      boolean inReport = reported.contains(each);
      boolean lands =
          switch (where.lands()) {
            case REPORT -> inReport || report.unlisted().failures() > 0;
            case HANDLER_AND_REPORT -> inReport && thrower.isFound(each);
            case ANYWHERE -> true;
            case LOG -> records.has(each);
            case CALLER, FUTURE, HANDLER, THREADS_OWN -> thrower.isFound(each);
          };
      lost += lands ? 0 : 1;
    }
    findings.check(
        lost == 0,
        books.runtime() + ": what was thrown is nowhere, " + lost + " of " + thrower.thrown());
    boolean called = thrower.calls() > 0;
    findings.check(
        called, books.runtime() + ": the callback was not called, the run shows nothing");
  }
}
