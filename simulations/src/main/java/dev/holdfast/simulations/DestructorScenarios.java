// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import dev.holdfast.local.InitializerCycleException;
import dev.holdfast.local.LocalDestroyedException;
import dev.holdfast.local.LocalRef;
import dev.holdfast.local.TaskLocal;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.RuntimeClosedException;
import dev.holdfast.runtime.Task;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testkit.SimulationFailure.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Destructors and initialisers. */
final class DestructorScenarios {

  private static final Duration UNBOUNDED = Duration.ofNanos(Long.MAX_VALUE);

  private DestructorScenarios() {}

  static List<Scenario> all() {
    return List.of(
        Scenario.of(
            "S37",
            "a destructor that starts work is refused",
            DestructorScenarios::startsWork,
            Sabotage.PERMITTED,
            Sabotage.NEVER),
        Scenario.of(
            "S40",
            "a destructor that makes another local's value: it is destroyed too, last made first",
            DestructorScenarios::makesAnother,
            Sabotage.ORDER,
            Sabotage.TWICE,
            Sabotage.NEVER),
        Scenario.of(
            "S41",
            "a destructor that reads a destroyed local is refused",
            DestructorScenarios::readsADestroyedOne,
            Sabotage.PERMITTED,
            Sabotage.ORDER),
        Scenario.of(
                "S42",
                "destructors that throw: the rest run, and all are named",
                DestructorScenarios::throwing,
                Sabotage.ORDER,
                Sabotage.ELSEWHERE,
                Sabotage.NEVER)
            .tolerating(Kind.CLOSE),
        Scenario.of(
            "S44",
            "joins, gets and closes return after the destructors that they stand for",
            DestructorScenarios::joins,
            Sabotage.HASTY,
            Sabotage.NEVER),
        Scenario.of(
            "S45",
            "initialisers that throw, recurse, and read another local",
            DestructorScenarios::initializers,
            Sabotage.PERMITTED,
            Sabotage.ORDER),
        Scenario.of(
            "S46",
            "first use while shutting down works, and is refused after the barrier",
            DestructorScenarios::firstUse,
            Sabotage.PERMITTED,
            Sabotage.EARLY));
  }

  private static void startsWork(World world) {
    WorkerLocal<Probe> local =
        world.local(
            "value",
            () -> {
              world.refused(
                  RuntimeClosedException.class, () -> world.runtime.spawn(() -> null).isDone());
              world.refused(
                  RuntimeClosedException.class,
                  () -> world.runtime.spawnBlocking(() -> null).isDone());
            });
    for (int i = 0; i < 2; i++) {
      world.launch("task-" + i, () -> local.update(Probe::use));
    }
  }

  private static void makesAnother(World world) {
    AtomicInteger made = new AtomicInteger();
    WorkerLocal<Probe> late = world.local("late");
    WorkerLocal<Probe> first =
        world.local(
            "first",
            () -> {
              late.update(Probe::use);
              made.incrementAndGet();
            });
    WorkerLocal<Probe> second = world.local("second");
    for (int i = 0; i < 2; i++) {
      world.launch(
          "task-" + i,
          () -> {
            first.update(any -> second.update(Probe::use));
            World.pause();
            second.update(any -> first.update(Probe::use));
          });
    }
    world.runtime.close();
    world.closed("a close");
    world.check(made.get() > 0, "no destructor has made another value");
  }

  private static void readsADestroyedOne(World world) {
    AtomicReference<LocalRef<Probe>> ref = new AtomicReference<>();
    WorkerLocal<Probe> last = world.local("last");
    WorkerLocal<Probe> first =
        world.local(
            "first",
            () -> {
              LocalRef<Probe> known = ref.get();
              if (known != null) {
                world.refused(LocalDestroyedException.class, () -> last.with(Probe::use));
              }
            });
    world.launch(
        "task",
        () ->
            // On one worker: the second value is made later, and destroyed earlier.
            first.update(any -> {
              ref.set(last.ref());
              any.use();
            }));
  }

  private static void throwing(World world) {
    List<WorkerLocal<Probe>> locals = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String name = "local-" + i;
      locals.add(
          world.local(
              name,
              () -> {
                if (!name.equals("local-1")) {
                  throw new IllegalStateException("on purpose: " + name);
                }
              }));
    }
    world.launch(
        "task", () -> locals.get(0).update(any -> locals.get(1).update(x -> locals.get(2).ref())));
    ShutdownReport report = world.runtime.shutdown(UNBOUNDED, UNBOUNDED);
    world.closed("a shutdown");
    List<String> named =
        report.failures().stream()
            .filter(each -> each.kind() == ShutdownReport.Kind.DESTRUCTOR)
            .map(ShutdownReport.Failure::name)
            .toList();
    world.check(named.equals(List.of("local-2", "local-0")), "named are " + named);
  }

  private static void joins(World world) throws Exception {
    AtomicInteger alive = new AtomicInteger();
    TaskLocal<AtomicInteger> local =
        TaskLocal.of(
            () -> {
              alive.incrementAndGet();
              return alive;
            },
            AtomicInteger::decrementAndGet);
    WorkerLocal<Probe> ofWorkers = world.local("value");
    Task<Object> task =
        world.spawn(
            "task",
            () -> {
              ofWorkers.update(Probe::use);
              Object value = local.get();
              World.pause();
              return value;
            });
    Thread getter =
        world.thread(
            "getter",
            () -> {
              task.get();
              world.check(alive.get() == 0, "a get returned, and a value was not destroyed");
            });
    task.join();
    world.check(alive.get() == 0, "a join returned, and a value was not destroyed");
    getter.join();
    Thread closer =
        world.thread(
            "closer",
            () -> {
              world.runtime.close();
              world.closed("a close");
            });
    world.runtime.close();
    world.closed("another close");
    closer.join();
  }

  @SuppressWarnings("ReferenceEscapes") // of the local that asks for itself: it gets no value
  private static void initializers(World world) {
    AtomicInteger calls = new AtomicInteger();
    WorkerLocal<Probe> inner = world.local("inner");
    WorkerLocal<Probe> outer =
        WorkerLocal.<Probe>builder(
                () -> {
                  if (calls.incrementAndGet() == 1) {
                    throw new IllegalStateException("the first time, on purpose");
                  }
                  inner.update(Probe::use);
                  return world.make("outer");
                })
            .destructor(probe -> probe.destroy(Thread.currentThread().getName()))
            .build();
    List<WorkerLocal<Object>> cycle = new ArrayList<>();
    cycle.add(WorkerLocal.of(() -> cycle.getFirst().with(any -> any)));
    AtomicInteger failed = new AtomicInteger();
    WorkerLocal<Probe> other = world.local("other");
    for (int i = 0; i < 2; i++) {
      world.launch(
          "task-" + i,
          () -> {
            other.update(Probe::use);
            try {
              outer.update(Probe::use);
            } catch (IllegalStateException e) {
              failed.incrementAndGet();
            }
            World.pause();
            outer.update(Probe::use);
            world.refused(InitializerCycleException.class, () -> cycle.getFirst().with(any -> any));
          });
    }
    world.runtime.close();
    world.closed("a close");
    world.check(failed.get() == 1, failed + " failed, and not one");
  }

  private static void firstUse(World world) {
    WorkerLocal<Probe> early = world.local("early");
    WorkerLocal<Probe> late = world.local("late");
    Semaphore begun = new Semaphore(0);
    LocalRef<?>[] refs = new LocalRef<?>[1];
    world.launch(
        "task",
        () -> {
          begun.release();
          World.pause();
          refs[0] = early.ref();
          World.pause();
          late.update(Probe::use);
        });
    begun.acquireUninterruptibly();
    world.runtime.shutdown();
    world.runtime.close();
    world.refused(LocalDestroyedException.class, () -> refs[0].get());
  }
}
