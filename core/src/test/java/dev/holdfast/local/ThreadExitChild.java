// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.VmState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * The program of a JVM that uses thread-exit locals, and ends, in the way its argument names. Its
 * threads make a value "first" and then one "second"; it prints what is destroyed, and where.
 */
final class ThreadExitChild {

  private static final CountDownLatch NEVER = new CountDownLatch(1);
  private static final AtomicInteger HOOKS = new AtomicInteger();

  private ThreadExitChild() {}

  /** A way to use them, and to end. */
  enum Ending {
    MAIN_RETURNS,
    MAIN_THROWS,
    EXIT_FROM_MAIN,
    EXIT_FROM_THREAD,
    EXIT_FROM_HANDLER,
    EXIT_FROM_DESTRUCTOR,
    EXIT_FROM_INITIALISER,
    EXIT_FROM_VIRTUAL,
    EXIT_FROM_JOB,
    EXIT_FROM_TASK,
    EXIT_WITH_HOOKS,
    TERMINATED,
    HALT,
    HOOK_COMES_AND_GOES,
    DAEMON,
    RUNTIME,
    FOREIGN,
    POOL
  }

  public static void main(String[] arguments) throws Exception {
    // With a factory of ours if the JVM has no flag, else with the JDK's alone.
    ThreadFactory plain = Thread.ofPlatform().factory();
    ThreadFactory factory = arguments.length > 1 ? ThreadExitLocal.threadFactory(plain) : plain;
    switch (Ending.valueOf(arguments[0])) {
      case MAIN_RETURNS -> {
        finished(factory);
        running(factory.newThread(ThreadExitChild::untilMainHasEnded), "outlives");
        touch("main");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook runs")));
        System.out.println("main returns");
      }
      case MAIN_THROWS -> {
        touch("main");
        throw new IllegalStateException("main fails");
      }
      case EXIT_FROM_MAIN -> {
        finished(factory);
        running(factory.newThread(ThreadExitChild::forEver), "running");
        touch("main");
        System.exit(7);
      }
      case EXIT_FROM_THREAD -> {
        finished(factory);
        running(factory.newThread(ThreadExitChild::forEver), "running");
        factory
            .newThread(() -> {
              Thread.currentThread().setName("exiting");
              touch("exiting");
              System.exit(8);
            })
            .start();
        forEver();
      }
      case EXIT_FROM_HANDLER -> {
        Thread thread =
            factory.newThread(() -> {
              touch("exiting");
              throw new IllegalStateException("body fails");
            });
        thread.setName("exiting");
        thread.setUncaughtExceptionHandler((on, failure) -> System.exit(9));
        thread.start();
        forEver();
      }
      case EXIT_FROM_DESTRUCTOR -> {
        Thread thread =
            factory.newThread(() -> {
              printing("exiting.first").get();
              ThreadExitLocal.of(() -> "value", value -> System.exit(10)).get();
              printing("exiting.second").get();
            });
        thread.setName("exiting");
        thread.start();
        forEver();
      }
      case EXIT_FROM_INITIALISER -> {
        Thread thread =
            factory.newThread(() -> {
              printing("exiting.first").get();
              printing("exiting.second").get();
              ThreadExitLocal.of(
                      () -> {
                        System.exit(11);
                        return "never";
                      },
                      value -> System.out.println("not reached"))
                  .get();
            });
        thread.setName("exiting");
        thread.start();
        forEver();
      }
      case EXIT_FROM_VIRTUAL -> {
        ThreadExitLocal.threadFactory(Thread.ofVirtual().name("exiting").factory())
            .newThread(() -> {
              touch("exiting");
              System.exit(12);
            })
            .start();
        forEver();
      }
      case EXIT_FROM_JOB -> {
        WorkerRuntime runtime = WorkerRuntime.builder().name("open").workers(1).start();
        runtime.spawnBlocking(() -> {
          Thread.currentThread().setName("exiting");
          touch("exiting");
          System.exit(13);
          return null;
        });
        forEver();
      }
      case EXIT_FROM_TASK -> {
        WorkerRuntime runtime =
            WorkerRuntime.builder()
                .name("open")
                .workers(1)
                .exitDeadline(Duration.ofMillis(200))
                .start();
        // The hook is there because of this one.
        running(factory.newThread(ThreadExitChild::forEver), "running");
        runtime.spawn(
            "exiting",
            () -> {
              touch("exiting");
              System.exit(16);
              return null;
            });
        forEver();
      }
      case EXIT_WITH_HOOKS -> {
        // Whichever of them is started first: none waits for the destructors of who exits.
        IntStream.range(0, 8)
            .mapToObj(i -> new Thread(HOOKS::incrementAndGet))
            .forEach(Runtime.getRuntime()::addShutdownHook);
        ThreadExitLocal.of(() -> "value", value -> System.out.println("destroyed")).get();
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(() -> {
                  Await.until("the others have run", () -> HOOKS.get() == 8);
                  System.out.println("hooks have run");
                }));
        System.exit(14);
      }
      case TERMINATED -> {
        finished(factory);
        running(factory.newThread(ThreadExitChild::forEver), "running");
        touch("main");
        new ProcessBuilder("kill", String.valueOf(ProcessHandle.current().pid())).start();
        forEver();
      }
      case HALT -> {
        finished(factory);
        touch("main");
        Runtime.getRuntime().halt(15);
      }
      case DAEMON -> {
        Thread daemon = factory.newThread(ThreadExitChild::forEver);
        daemon.setDaemon(true);
        running(daemon, "daemon");
        Thread ended = factory.newThread(() -> touch("ended"));
        ended.setDaemon(true);
        ended.setName("ended");
        ended.start();
        ended.join();
      }
      case HOOK_COMES_AND_GOES -> hookComesAndGoes(factory);
      case RUNTIME -> runtime();
      case FOREIGN -> foreign();
      case POOL -> pool();
    }
  }

  private static ThreadExitLocal<String> printing(String name) {
    return ThreadExitLocal.<String>builder(() -> name)
        .name(name)
        .destructor(value ->
            System.out.println(value + " destroyed on " + Thread.currentThread().getName()))
        .build();
  }

  private static void touch(String prefix) {
    try {
      printing(prefix + ".first").get();
      printing(prefix + ".second").get();
    } catch (ThreadExitUnavailableException e) {
      System.out.println(prefix + " is refused");
    }
  }

  /** Runs a thread that has ended when this returns. */
  private static void finished(ThreadFactory factory) throws InterruptedException {
    Thread thread = factory.newThread(() -> touch("finished"));
    thread.setName("finished");
    thread.start();
    thread.join();
  }

  /** Starts a thread that makes its values, if it may, and then waits. */
  private static void running(Thread thread, String name) {
    thread.setName(name);
    thread.start();
    Await.until("it has made its values", () -> thread.getState() == Thread.State.TIMED_WAITING);
  }

  private static void forEver() {
    String name = Thread.currentThread().getName();
    if (!name.equals("main")) {
      touch(name);
    }
    boolean ended = false;
    while (!ended) {
      try {
        ended = NEVER.await(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        System.out.println("not reached");
      }
    }
  }

  private static void untilMainHasEnded() {
    touch(Thread.currentThread().getName());
    Thread main =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("main"))
            .findFirst()
            .orElseThrow();
    try {
      main.join(TimeUnit.SECONDS.toMillis(20));
    } catch (InterruptedException e) {
      System.out.println("not reached");
    }
    System.out.println("main is alive: " + main.isAlive());
  }

  /** Prints which hook of ours is registered, around two threads that have values. */
  private static void hookComesAndGoes(ThreadFactory factory) throws InterruptedException {
    printHooks();
    CountDownLatch touched = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread longer =
        factory.newThread(() -> {
          touch("longer");
          touched.countDown();
          Await.unwillingly(end);
        });
    longer.setName("longer");
    longer.start();
    touched.await();
    finished(factory);
    printHooks();
    end.countDown();
    longer.join();
    printHooks();
    finished(factory);
    printHooks();
  }

  private static void printHooks() {
    System.out.println("hooks: " + VmState.shutdownHooks("holdfast"));
  }

  /** Uses a local where nobody would see the end of the thread. */
  private static void foreign() throws InterruptedException {
    System.out.println("unavailable: " + ThreadExitLocal.unavailable().orElse("no"));
    ThreadExitLocal<String> local = printing("local");
    for (Thread each :
        List.of(
            Thread.ofPlatform().name("platform").unstarted(() -> refused(local)),
            Thread.ofVirtual().name("virtual").unstarted(() -> refused(local)))) {
      each.start();
      each.join();
    }
  }

  private static void refused(ThreadExitLocal<String> local) {
    try {
      local.get();
      System.out.println("made on " + Thread.currentThread().getName());
    } catch (ThreadExitUnavailableException e) {
      System.out.println(e.getMessage());
    }
  }

  /** Uses locals on the platform threads of a runtime, whatever its tier. */
  private static void runtime() throws Exception {
    WorkerLocal<String> owned = WorkerLocal.of(() -> "owned", value -> touch("worker"));
    try (WorkerRuntime runtime = WorkerRuntime.builder().name("open").workers(1).start()) {
      System.out.println("tier " + runtime.tier());
      runtime.spawnBlocking(() -> {
        Thread.currentThread().setName("job");
        touch("job");
        return null;
      });
      runtime.run(() ->
          owned.onOwner(value -> {
            Thread.currentThread().setName("worker");
            return value;
          }));
    }
    System.out.println("closed");
  }

  /** Uses locals in pools whose threads are made by a factory of ours. */
  private static void pool() throws Exception {
    ThreadFactory platform = Thread.ofPlatform().name("pooled").factory();
    ThreadFactory virtual = Thread.ofVirtual().name("pooled").factory();
    for (ThreadFactory each : List.of(platform, virtual)) {
      CountDownLatch ended = new CountDownLatch(1);
      ThreadExitLocal<String> last =
          ThreadExitLocal.of(
              () -> "last",
              value -> {
                System.out.println(value + " on virtual: " + Thread.currentThread().isVirtual());
                ended.countDown();
              });
      try (ExecutorService pool =
          Executors.newFixedThreadPool(1, ThreadExitLocal.threadFactory(each))) {
        pool.submit(last::get).get();
        ThreadExitLocal<String> failing =
            ThreadExitLocal.of(
                () -> "value",
                value -> {
                  throw new IllegalStateException("destructor fails");
                });
        pool.submit(failing::get).get();
        pool.submit(() -> touch("pooled")).get();
      }
      ended.await();
    }
  }
}
