// SPDX-License-Identifier: Apache-2.0

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.RuntimeClosedException;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.Subtask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Structured scopes on a runtime, as a program of its own because they are a preview feature.
 * Prints a line for each behaviour that was seen.
 */
class StructuredScopes {

  static final ScopedValue<String> SCOPED = ScopedValue.newInstance();

  public static void main(String[] arguments) throws Exception {
    fromOutsideWithTheFactory();
    insideATaskWithoutTheFactory();
    aFailureInterruptsTheOthers();
    scopedValuesAreInherited();
    aTimeoutInterruptsThem();
    shutdownEndsAScopeInATask();
    shutdownEndsAScopeOutside();
    forkIsRejectedAfterShutdown();
  }

  static void saw(String what, boolean seen) {
    System.out.println((seen ? "saw: " : "MISSED: ") + what);
  }

  static final WorkerLocal<Object> LOCAL = WorkerLocal.of(Object::new);

  /** Returns the name of the worker that carries the subtask, or in the owned tier serves it. */
  static String worker() {
    if ("OWNED".equals(System.getProperty("holdfast.tier"))) {
      return LOCAL.onOwner(value -> Thread.currentThread().getName());
    }
    String text = Thread.currentThread().toString();
    return text.substring(text.lastIndexOf('@') + 1);
  }

  static boolean allOnWorkers(String runtime, StructuredTaskScope<Object, Void> scope)
      throws InterruptedException {
    List<Subtask<String>> subtasks = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      subtasks.add(scope.fork(StructuredScopes::worker));
    }
    scope.join();
    return subtasks.stream().allMatch(subtask -> subtask.get().startsWith(runtime + "-"));
  }

  static void fromOutsideWithTheFactory() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().name("out").workers(2).start()) {
      ThreadFactory factory = runtime.threadFactory();
      try (var scope =
          StructuredTaskScope.open(
              Joiner.awaitAllSuccessfulOrThrow(), c -> c.withThreadFactory(factory))) {
        saw("factory", allOnWorkers("out", scope));
      }
    }
  }

  static void insideATaskWithoutTheFactory() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().name("in").workers(2).start()) {
      boolean seen =
          runtime.run(
              () -> {
                try (var scope = StructuredTaskScope.open()) {
                  return allOnWorkers("in", scope);
                }
              });
      saw("inside", seen);
    }
  }

  static void aFailureInterruptsTheOthers() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      AtomicInteger interrupted = new AtomicInteger();
      boolean failed =
          runtime.run(
              () -> {
                CountDownLatch asleep = new CountDownLatch(10);
                try (var scope = StructuredTaskScope.open()) {
                  for (int i = 0; i < 10; i++) {
                    scope.fork(() -> sleep(asleep, interrupted));
                  }
                  scope.fork(
                      () -> {
                        asleep.await();
                        throw new IllegalStateException("one fails");
                      });
                  scope.join();
                  return false;
                } catch (StructuredTaskScope.FailedException e) {
                  return e.getCause() instanceof IllegalStateException;
                }
              });
      saw("failure", failed && interrupted.get() == 10);
    }
  }

  static Void sleep(CountDownLatch asleep, AtomicInteger interrupted) {
    asleep.countDown();
    try {
      Thread.sleep(Duration.ofDays(1));
    } catch (InterruptedException e) {
      interrupted.incrementAndGet();
    }
    return null;
  }

  static void scopedValuesAreInherited() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      ThreadFactory factory = runtime.threadFactory();
      String outside =
          ScopedValue.where(SCOPED, "outside")
              .call(
                  () -> {
                    try (var scope =
                        StructuredTaskScope.open(
                            Joiner.awaitAllSuccessfulOrThrow(),
                            c -> c.withThreadFactory(factory))) {
                      Subtask<String> subtask = scope.fork(SCOPED::get);
                      scope.join();
                      return subtask.get();
                    }
                  });
      String inside =
          runtime.run(
              () ->
                  ScopedValue.where(SCOPED, "inside")
                      .call(
                          () -> {
                            try (var scope = StructuredTaskScope.open()) {
                              Subtask<String> subtask = scope.fork(SCOPED::get);
                              scope.join();
                              return subtask.get();
                            }
                          }));
      saw("scoped", outside.equals("outside") && inside.equals("inside"));
    }
  }

  static void aTimeoutInterruptsThem() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      AtomicInteger interrupted = new AtomicInteger();
      boolean timedOut =
          runtime.run(
              () -> {
                try (var scope =
                    StructuredTaskScope.open(
                        Joiner.awaitAllSuccessfulOrThrow(),
                        c -> c.withTimeout(Duration.ofMillis(50)))) {
                  CountDownLatch asleep = new CountDownLatch(1);
                  scope.fork(() -> sleep(asleep, interrupted));
                  asleep.await();
                  scope.join();
                  return false;
                } catch (StructuredTaskScope.TimeoutException e) {
                  return true;
                }
              });
      saw("timeout", timedOut && interrupted.get() == 1);
    }
  }

  static void shutdownEndsAScopeInATask() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    AtomicInteger interrupted = new AtomicInteger();
    CountDownLatch asleep = new CountDownLatch(10);
    runtime.spawn(
        () -> {
          try (var scope = StructuredTaskScope.open()) {
            for (int i = 0; i < 10; i++) {
              scope.fork(() -> sleep(asleep, interrupted));
            }
            scope.join();
          }
          return null;
        });
    asleep.await();
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofSeconds(15));
    saw("shutdown inside", report.terminated() && interrupted.get() == 10);
  }

  static void shutdownEndsAScopeOutside() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
    AtomicInteger interrupted = new AtomicInteger();
    CountDownLatch asleep = new CountDownLatch(10);
    ThreadFactory factory = runtime.threadFactory();
    try (var scope =
        StructuredTaskScope.open(
            Joiner.awaitAllSuccessfulOrThrow(), c -> c.withThreadFactory(factory))) {
      for (int i = 0; i < 10; i++) {
        scope.fork(() -> sleep(asleep, interrupted));
      }
      asleep.await();
      ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofSeconds(15));
      scope.join();
      saw("shutdown outside", report.terminated() && interrupted.get() == 10);
    }
  }

  static void forkIsRejectedAfterShutdown() throws Exception {
    WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start();
    ThreadFactory factory = runtime.threadFactory();
    boolean rejected = false;
    try (var scope =
        StructuredTaskScope.open(
            Joiner.awaitAllSuccessfulOrThrow(), c -> c.withThreadFactory(factory))) {
      runtime.close();
      try {
        scope.fork(() -> "late");
      } catch (RuntimeClosedException e) {
        rejected = true;
      }
      scope.join();
    }
    saw("rejected", rejected);
  }
}
