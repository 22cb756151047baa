// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The program of a JVM that ends in the way its argument names; prints what is destroyed. */
final class ExitChild {

  private static final CountDownLatch NEVER = new CountDownLatch(1);

  /** For runtimes that cannot come to their end. */
  private static final Duration SHORT = Duration.ofMillis(400);

  /** For those that can, also on a busy machine. */
  private static final Duration LONG = Duration.ofSeconds(40);

  private ExitChild() {}

  /** A way to end. */
  enum Ending {
    MAIN_RETURNS,
    MAIN_THROWS,
    EXIT_FROM_MAIN,
    EXIT_FROM_TASK,
    EXIT_FROM_JOB,
    EXIT_FROM_DESTRUCTOR,
    EXIT_DURING_CLOSE,
    HALT,
    WORK_THAT_NEVER_ENDS,
    STARTED_IN_A_HOOK
  }

  public static void main(String[] arguments) throws Exception {
    switch (Ending.valueOf(arguments[0])) {
      case MAIN_RETURNS -> mainReturns();
      case MAIN_THROWS -> {
        start("open", LONG);
        throw new IllegalStateException("main fails");
      }
      case EXIT_FROM_MAIN -> {
        try (WorkerRuntime open = start("open", LONG)) {
          exit(7);
        }
      }
      case EXIT_FROM_TASK -> {
        start("idle", LONG);
        // With spare workers: the task that exits may block the one it is on.
        WorkerRuntime open =
            WorkerRuntime.builder().name("open").workers(1).exitDeadline(LONG).start();
        touch(open, "first");
        touch(open, "second");
        // Has its time, though another one can never end.
        open.spawn(() -> {
          Await.until("the exit has begun", ExitChild::exiting);
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
          System.out.println("open's other task ends");
          return null;
        });
        open.run(() -> exit(8));
      }
      case EXIT_FROM_JOB -> {
        start("idle", LONG);
        start("open", LONG).spawnBlocking(() -> exit(9)).get();
      }
      case EXIT_FROM_DESTRUCTOR -> {
        WorkerLocal<Object> leaving = WorkerLocal.of(Object::new, value -> exit(10));
        WorkerRuntime open = start("open", SHORT);
        open.run(() -> leaving.with(Object::hashCode));
        touch(open, "young");
        open.close();
        System.out.println("not reached");
      }
      case EXIT_DURING_CLOSE -> exitDuringClose();
      case HALT -> {
        start("open", LONG);
        Runtime.getRuntime().halt(12);
      }
      case WORK_THAT_NEVER_ENDS -> workThatNeverEnds();
      case STARTED_IN_A_HOOK -> Runtime.getRuntime().addShutdownHook(new Thread(ExitChild::hook));
    }
  }

  private static Object exit(int status) {
    System.exit(status);
    return status;
  }

  /** Starts a runtime that has made two values on its one worker. */
  private static WorkerRuntime start(String name, Duration exitDeadline) throws Exception {
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .name(name)
            .workers(1)
            .spareWorkers(0)
            .exitDeadline(exitDeadline)
            .start();
    touch(runtime, "first");
    touch(runtime, "second");
    return runtime;
  }

  private static void touch(WorkerRuntime runtime, String local) throws Exception {
    runtime.run(() -> printing(runtime.name() + "." + local).with(Object::hashCode));
  }

  private static WorkerLocal<Object> printing(String name) {
    return WorkerLocal.of(
        Object::new,
        value -> System.out.println(name + " destroyed on " + Thread.currentThread().getName()));
  }

  /** Runtimes that can all come to their end, in one JVM. */
  private static void mainReturns() throws Exception {
    start("closed", LONG).close();
    start("idle", LONG);

    // Ends by itself, once it is no longer running.
    WorkerRuntime draining = start("draining", LONG);
    draining.spawn(() -> {
      while (draining.phase() == ShutdownPhase.RUNNING) {
        LockSupport.parkNanos(1_000_000);
      }
      // An interrupt would come as the drain begins, or not before twenty seconds have passed.
      CountDownLatch never = new CountDownLatch(1);
      boolean interrupted = false;
      try {
        interrupted = never.await(200, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      System.out.println("draining's task ends, interrupted: " + interrupted);
      return null;
    });

    // End when they are interrupted, one holding a reference and one waiting for a thread.
    WorkerRuntime cancelled =
        WorkerRuntime.builder()
            .name("cancelled")
            .workers(1)
            .spareWorkers(0)
            .blockingThreads(1)
            .exitDeadline(Duration.ofSeconds(3))
            .start();
    WorkerLocal<Object> held = printing("cancelled.held");
    LocalRef<Object> reference = cancelled.run(held::ref);
    cancelled.spawnBlocking(() -> {
      try {
        NEVER.await();
      } catch (InterruptedException e) {
        System.out.println("cancelled's job ends with " + (reference.get() != null));
      }
      return null;
    });
    cancelled.spawnBlocking(() -> {
      System.out.println("not reached");
      return null;
    });

    WorkerRuntime failing = start("failing", LONG);
    WorkerLocal<Object> throwing =
        WorkerLocal.of(
            Object::new,
            value -> {
              throw new IllegalStateException("destructor fails");
            });
    failing.run(() -> throwing.with(Object::hashCode));
    touch(failing, "third");
  }

  /** One thread waits in close while another one ends the JVM. */
  private static void exitDuringClose() throws Exception {
    WorkerRuntime open = start("open", LONG);
    CountDownLatch go = new CountDownLatch(1);
    open.spawn(() -> {
      Await.unwillingly(go);
      return null;
    });
    Thread closer = Thread.ofPlatform().start(open::close);
    Await.until("close has begun", open::isShutdown);
    Await.untilWaiting(closer);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          Await.until("the exit has begun", ExitChild::exiting);
          go.countDown();
        });
    exit(11);
  }

  private static boolean exiting() {
    Thread hook = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      Runtime.getRuntime().removeShutdownHook(hook);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /** What cannot end holds its own runtime up, for a bounded time, and no other. */
  private static void workThatNeverEnds() throws Exception {
    start("idle", LONG);
    WorkerRuntime stuckTask = start("stuck-task", SHORT);
    stuckTask.spawn(() -> {
      Await.unwillingly(NEVER);
      return null;
    });
    WorkerRuntime stuckJob = start("stuck-job", SHORT);
    stuckJob.spawnBlocking(() -> {
      Await.unwillingly(NEVER);
      return null;
    });
    WorkerRuntime stuckDestructor = start("stuck-destructor", Duration.ofSeconds(1));
    WorkerLocal<Object> waiting = WorkerLocal.of(Object::new, value -> Await.unwillingly(NEVER));
    stuckDestructor.run(() -> waiting.with(Object::hashCode));
    touch(stuckDestructor, "young");
    WorkerRuntime guarded = start("stuck-guard", SHORT);
    WorkerLocal<Object> guardedLocal = printing("stuck-guard.local");
    guarded.run(guardedLocal::guard);
    WorkerRuntime noWait = start("no-wait", Duration.ZERO);
    noWait.spawn(() -> {
      Await.unwillingly(NEVER);
      return null;
    });
  }

  private static void hook() {
    try {
      try (WorkerRuntime closed = start("closed", LONG)) {
        System.out.println("runs: " + closed.run(() -> "yes"));
      }
      start("open", LONG);
    } catch (Exception e) {
      System.out.println("failed: " + e);
    }
  }
}
