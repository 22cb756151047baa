// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.BlockingEntryException;
import dev.holdfast.runtime.RuntimeClosedException;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testkit.SimulationFailure.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** The barrier, and the life of a runtime up to it. */
final class CloseScenarios {

  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration UNBOUNDED = Duration.ofNanos(Long.MAX_VALUE);

  private CloseScenarios() {}

  static List<Scenario> all() {
    return List.of(
        Scenario.of(
            "S15",
            "started and closed at once: what was accepted runs, the rest is refused",
            CloseScenarios::closedAtOnce,
            Sabotage.LOST,
            Sabotage.HASTY),
        Scenario.of(
            "S16",
            "a job holds the barrier from its submission on",
            CloseScenarios::jobs,
            Sabotage.LOST,
            Sabotage.EARLY),
        Scenario.of(
            "S18",
            "a worker keeps its thread and its value",
            CloseScenarios::identity,
            Sabotage.SWAPPED,
            Sabotage.ELSEWHERE),
        Scenario.of(
            "S21",
            "closed by many, and racing entries: each close returns after the end",
            CloseScenarios::closedByMany,
            Sabotage.HASTY,
            Sabotage.LOST),
        Scenario.of(
            "S22",
            "interrupts and spurious wake-ups at the barrier: the close goes on, the interrupt stays",
            CloseScenarios::interrupted,
            Sabotage.HASTY,
            Sabotage.EARLY),
        Scenario.of(
            "S24",
            "tasks that wait for jobs and tasks during the close are waited for",
            CloseScenarios::blocksWhileClosing,
            Sabotage.HANG,
            Sabotage.LOST),
        Scenario.of(
            "S27",
            "a job holds a value beyond the deadline: named, and the value is alive until it ends",
            CloseScenarios::deadline,
            Sabotage.EARLY,
            Sabotage.NEVER),
        Scenario.of(
            "S28",
            "a task that closes its own runtime is refused, and may ask for a close",
            CloseScenarios::closedFromInside,
            Sabotage.PERMITTED,
            Sabotage.HANG),
        Scenario.of(
            "S29",
            "a blocking entry inside a task is refused",
            CloseScenarios::nestedEntry,
            Sabotage.PERMITTED),
        Scenario.of(
                "S33",
                "an entry that throws leaves its caller as it was",
                CloseScenarios::failingEntry,
                Sabotage.PERMITTED)
            .tolerating(Kind.TASK),
        Scenario.of(
                "S34",
                "tasks that throw while the runtime shuts down: it closes, and names them",
                CloseScenarios::failures,
                Sabotage.LOST,
                Sabotage.NEVER)
            .tolerating(Kind.TASK),
        Scenario.of(
            "S35",
            "a task that ignores interrupts: the close is bounded, and names it",
            CloseScenarios::deaf,
            Sabotage.HANG,
            Sabotage.EARLY),
        Scenario.of(
            "S36",
            "parked tasks that use each other's values in their finally blocks",
            CloseScenarios::doomsday,
            Sabotage.EARLY,
            Sabotage.TWICE,
            Sabotage.NEVER),
        Scenario.of(
            "S38",
            "a foreign thread wakes a task during and after the close",
            CloseScenarios::wakers,
            Sabotage.HANG,
            Sabotage.HASTY),
        Scenario.of(
            "S39",
            "clean-ups that need a lock that another dying task holds",
            CloseScenarios::sharedLocks,
            Sabotage.HANG,
            Sabotage.LOST),
        Scenario.of(
            "S66",
            "virtual threads that tasks start by themselves are counted and not stranded",
            CloseScenarios::strays,
            Sabotage.EARLY,
            Sabotage.LOST));
  }

  private static void closedAtOnce(World world) throws InterruptedException {
    WorkerLocal<Probe> local = world.local("value");
    Thread closer = world.thread("closer", world.runtime::shutdown);
    for (int i = 0; i < 3; i++) {
      if (!world.offer("task-" + i, () -> local.with(Probe::use))) {
        world.check(
            world.runtime.phase() != ShutdownPhase.RUNNING, "refused, and it is not closing");
      }
      World.pause();
    }
    closer.join();
    world.refused(RuntimeClosedException.class, () -> world.runtime.spawn(() -> null).isDone());
  }

  private static void jobs(World world) {
    WorkerLocal<Probe> local = world.local("value");
    world.launch(
        "last",
        () -> {
          LocalRef<Probe> ref = local.ref();
          for (int i = 0; i < 2; i++) {
            world.post(
                "job-" + i,
                () -> {
                  ref.get().use();
                  World.pause();
                  ref.get().use();
                });
          }
        });
    world.runtime.close();
    world.closed("a close");
  }

  private static void identity(World world) {
    WorkerLocal<Probe> local = world.local("value");
    for (int i = 0; i < 2; i++) {
      world.launch(
          "task-" + i,
          () -> {
            for (int turn = 0; turn < 3; turn++) {
              // Which worker that is may change between the two calls: each must fit itself.
              Probe byOwner = local.onOwner(probe -> belongs(world, probe));
              byOwner.use();
              World.pause();
              local.update(probe -> {
                Probe seen = world.seen(probe);
                world.check(
                    Thread.currentThread().toString().endsWith("@" + seen.owner),
                    seen + " was handed out to " + Thread.currentThread());
              });
            }
          });
    }
  }

  private static Probe belongs(World world, Probe probe) {
    String thread = Thread.currentThread().getName();
    world.check(thread.equals(probe.owner), probe + " was handed out to " + thread);
    return probe;
  }

  private static void closedByMany(World world) throws InterruptedException {
    WorkerLocal<Probe> local = world.local("value");
    world.launch(
        "task",
        () -> {
          local.update(Probe::use);
          World.pause();
          local.update(Probe::use);
        });
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String name = "closer-" + i;
      threads.add(
          world.thread(
              name,
              () -> {
                world.runtime.close();
                world.closed(name);
              }));
    }
    threads.add(world.thread("entry", () -> world.offer("late", () -> local.update(Probe::use))));
    for (Thread each : threads) {
      each.join();
    }
  }

  private static void interrupted(World world) throws InterruptedException {
    WorkerLocal<Probe> local = world.local("value");
    Semaphore end = new Semaphore(0);
    world.launch(
        "task",
        () -> {
          LocalRef<Probe> ref = local.ref();
          end.acquireUninterruptibly();
          ref.get().use();
        });
    AtomicBoolean kept = new AtomicBoolean();
    Thread closer =
        world.thread(
            "closer",
            () -> {
              world.runtime.close();
              kept.set(Thread.currentThread().isInterrupted());
              world.closed("the interrupted close");
            });
    AtomicBoolean wasAlive = new AtomicBoolean();
    Thread other =
        world.thread(
            "other",
            () -> {
              LockSupport.unpark(closer);
              World.pause();
              wasAlive.set(closer.isAlive());
              closer.interrupt();
              LockSupport.unpark(closer);
              World.pause();
              end.release();
            });
    closer.join();
    other.join();
    world.check(kept.get() || !wasAlive.get(), "the interrupt is lost");
  }

  private static void blocksWhileClosing(World world) {
    WorkerLocal<Probe> local = world.local("value");
    Semaphore begun = new Semaphore(0);
    world.launch(
        "parent",
        () -> {
          begun.release();
          World.pause();
          LocalRef<Probe> ref = local.ref();
          world.job("job", () -> ref.get().use()).join();
          world.start("child", () -> ref.get().use()).join();
        });
    begun.acquireUninterruptibly();
    world.runtime.close();
    world.closed("a close");
  }

  private static void deadline(World world) {
    WorkerLocal<Probe> local = world.local("value");
    Semaphore end = new Semaphore(0);
    LocalRef<Probe> ref =
        world
            .spawn(
                "maker",
                () -> {
                  LocalRef<Probe> made = local.ref();
                  made.get().use();
                  return made;
                })
            .join();
    world.post(
        "holder",
        () -> {
          end.acquireUninterruptibly();
          ref.get().use();
        });
    Thread ender =
        world.thread(
            "ender",
            () -> {
              ShutdownReport report = world.runtime.shutdown(MILLI, Duration.ZERO);
              boolean named =
                  report.holders().stream()
                      .anyMatch(each -> each.kind() == ShutdownReport.Kind.JOB);
              world.check(named, "the job is not named: " + report);
              world.check(report.destroyed() == 0, "destroyed: " + report);
              world.check(
                  report.phase() == ShutdownPhase.CANCELLING,
                  "returned in phase " + report.phase());
              World.pause();
              end.release();
            });
    join(ender);
    world.runtime.close();
    world.closed("the second close");
  }

  private static void closedFromInside(World world) {
    WorkerRuntime runtime = world.runtime;
    WorkerLocal<Probe> local = world.local("value");
    world.launch(
        "task",
        () -> {
          local.update(Probe::use);
          world.refused(BlockingEntryException.class, () -> runtime.shutdown(MILLI, MILLI));
          World.pause();
          world.refused(
              BlockingEntryException.class, () -> runtime.awaitTermination(1, TimeUnit.DAYS));
          runtime.shutdown();
          local.update(Probe::use);
          world.refused(
              BlockingEntryException.class,
              () -> {
                runtime.close();
                return null;
              });
        });
    world.post(
        "job",
        () -> world.refused(BlockingEntryException.class, () -> runtime.shutdown(MILLI, MILLI)));
  }

  private static void nestedEntry(World world) throws Exception {
    WorkerRuntime runtime = world.runtime;
    Task<?> task =
        world.start(
            "task",
            () -> {
              world.refused(BlockingEntryException.class, () -> runtime.run(() -> null));
              World.pause();
              world.refused(BlockingEntryException.class, () -> runtime.run(() -> null));
            });
    world.check(runtime.run(() -> 5) == 5, "an entry from outside");
    task.join();
  }

  private static void failingEntry(World world) throws Exception {
    WorkerLocal<Probe> local = world.local("value");
    IllegalStateException thrown = new IllegalStateException("on purpose");
    try {
      world.runtime.run(() -> {
        local.update(Probe::use);
        World.pause();
        throw thrown;
      });
      throw world.wrong("nothing was thrown");
    } catch (IllegalStateException e) {
      world.check(e == thrown, "another failure: " + e);
    }
    world.refused(EscapedReferenceException.class, local::ref);
    world.check(!Thread.currentThread().isInterrupted(), "the caller is interrupted");
    world.check(world.runtime.run(() -> 5) == 5, "the next entry");
  }

  private static void failures(World world) {
    WorkerLocal<Probe> local = world.local("value");
    Semaphore never = new Semaphore(0);
    Semaphore begun = new Semaphore(0);
    for (int i = 0; i < 2; i++) {
      String name = "task-" + i;
      world.launch(
          name,
          () -> {
            LocalRef<Probe> ref = local.ref();
            begun.release();
            try {
              never.acquire();
            } finally {
              ref.get().use();
              World.pause();
              throwOnPurpose(name);
            }
          });
    }
    begun.acquireUninterruptibly(2);
    ShutdownReport report = world.runtime.shutdown(Duration.ZERO, UNBOUNDED);
    world.closed("a shutdown");
    List<String> named =
        report.failures().stream()
            .filter(each -> each.kind() == ShutdownReport.Kind.TASK)
            .map(ShutdownReport.Failure::name)
            .sorted()
            .toList();
    world.check(named.equals(List.of("task-0", "task-1")), "named: " + report);
  }

  private static void throwOnPurpose(String name) {
    throw new IllegalStateException("on purpose: " + name);
  }

  private static void deaf(World world) {
    WorkerLocal<Probe> local = world.local("value");
    Semaphore end = new Semaphore(0);
    Semaphore begun = new Semaphore(0);
    world.launch("quick", () -> local.update(Probe::use));
    world.launch(
        "deaf",
        () -> {
          LocalRef<Probe> ref = local.ref();
          ref.get().use();
          begun.release();
          end.acquireUninterruptibly();
          ref.get().use();
        });
    begun.acquireUninterruptibly();
    ShutdownReport report = world.runtime.shutdown(MILLI, Duration.ZERO);
    world.check(!report.terminated(), "it has ended, and a task is alive: " + report);
    world.check(
        report.holders().stream()
            .anyMatch(each -> each.name().equals("deaf") && !each.stack().isEmpty()),
        "the task is not named: " + report);
    world.check(report.destroyed() == 0, "destroyed: " + report);
    end.release();
  }

  private static void doomsday(World world) {
    WorkerLocal<Probe> local = world.local("value");
    int tasks = 12;
    List<LocalRef<Probe>> refs = new ArrayList<>();
    AtomicInteger disarmed = new AtomicInteger();
    Semaphore never = new Semaphore(0);
    Semaphore begun = new Semaphore(0);
    for (int i = 0; i < tasks; i++) {
      int number = i;
      world.launch(
          "task-" + i,
          () -> {
            refs.add(local.ref());
            begun.release();
            try {
              never.acquire();
            } finally {
              Probe probe = refs.get((number + 1) % refs.size()).get().use();
              World.pause();
              probe.use();
              disarmed.incrementAndGet();
            }
          });
    }
    begun.acquireUninterruptibly(tasks);
    world.runtime.shutdown(Duration.ZERO, UNBOUNDED);
    world.closed("a shutdown");
    world.check(disarmed.get() == tasks, disarmed + " of " + tasks + " are disarmed");
  }

  private static void wakers(World world) throws InterruptedException {
    WorkerLocal<Probe> local = world.local("value");
    AtomicBoolean open = new AtomicBoolean();
    List<Thread> sleepers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      world.launch(
          "sleeper-" + i,
          () -> {
            LocalRef<Probe> ref = local.ref();
            sleepers.add(Thread.currentThread());
            while (!open.get()) {
              LockSupport.park(world);
            }
            ref.get().use();
          });
    }
    Thread waker =
        world.thread(
            "waker",
            () -> {
              while (sleepers.size() < 2) {
                World.pause();
              }
              sleepers.forEach(LockSupport::unpark);
              World.pause();
              open.set(true);
              sleepers.forEach(LockSupport::unpark);
              for (int i = 0; i < 3; i++) {
                World.pause();
                sleepers.forEach(LockSupport::unpark);
              }
            });
    world.runtime.close();
    world.closed("a close");
    sleepers.forEach(LockSupport::unpark);
    waker.join();
    sleepers.forEach(each -> world.check(!each.isAlive(), each + " is stranded"));
  }

  private static void sharedLocks(World world) {
    ReentrantLock lock = new ReentrantLock();
    Semaphore never = new Semaphore(0);
    Semaphore begun = new Semaphore(0);
    AtomicInteger cleaned = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      world.launch(
          "task-" + i,
          () -> {
            begun.release();
            try {
              never.acquire();
            } finally {
              lock.lock();
              try {
                World.pause();
                cleaned.incrementAndGet();
              } finally {
                lock.unlock();
              }
            }
          });
    }
    begun.acquireUninterruptibly(3);
    world.runtime.shutdown(Duration.ZERO, UNBOUNDED);
    world.closed("a shutdown");
    world.check(cleaned.get() == 3, cleaned + " of 3 have cleaned up");
  }

  private static void strays(World world) {
    WorkerLocal<Probe> local = world.local("value");
    AtomicInteger ended = new AtomicInteger();
    world.launch(
        "parent",
        () -> {
          LocalRef<Probe> ref = local.ref();
          ref.get().use();
          for (int i = 0; i < 2; i++) {
            Thread.startVirtualThread(() -> {
              World.pause();
              ref.get().use();
              local.update(Probe::use);
              ended.incrementAndGet();
            });
          }
        });
    world.runtime.close();
    world.closed("a close");
    world.check(ended.get() == 2, ended + " of 2 strays have ended: one has not run");
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
