// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.LocalDestroyedException;
import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testkit.SimulationFailure.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** References that are used where they are not valid. */
final class EscapeScenarios {

  private static final Duration MILLI = Duration.ofMillis(1);

  private EscapeScenarios() {}

  static List<Scenario> all() {
    return List.of(
        Scenario.of(
            "S1",
            "a reference that left its task is refused outside of tasks, and works in another task",
            EscapeScenarios::reference,
            Sabotage.PERMITTED,
            Sabotage.TWICE),
        Scenario.of(
            "S2",
            "a continuation on a foreign thread: the reference is refused, the guard works",
            EscapeScenarios::continuation,
            Sabotage.PERMITTED,
            Sabotage.EARLY),
        Scenario.of(
            "S3",
            "a reference that is used after the close is refused",
            EscapeScenarios::afterTheClose,
            Sabotage.PERMITTED),
        Scenario.of(
            "S4",
            "what is asked for on a foreign thread is refused",
            EscapeScenarios::foreignThread,
            Sabotage.PERMITTED),
        Scenario.of(
            "S5",
            "a job uses a reference that was passed in, and is refused one of its own",
            EscapeScenarios::job,
            Sabotage.PERMITTED,
            Sabotage.EARLY),
        Scenario.of(
                "S6",
                "a guard and a lease that are left open: named, and the values are safe",
                EscapeScenarios::leftOpen,
                Sabotage.NEVER,
                Sabotage.TWICE)
            .tolerating(Kind.LEAK),
        Scenario.of(
            "S7",
            "references swapped through raw types never hand out the other's value",
            EscapeScenarios::swapped,
            Sabotage.SWAPPED),
        Scenario.of(
            "S8",
            "there is one value for each worker, whoever asks first",
            EscapeScenarios::onePerWorker,
            Sabotage.SWAPPED,
            Sabotage.ORDER),
        Scenario.of(
            "S9",
            "a reference means the value of its first worker wherever its task resumes",
            EscapeScenarios::stable,
            Sabotage.SWAPPED,
            Sabotage.ELSEWHERE),
        Scenario.of(
            "S10",
            "a leased value is used by one task at a time, however tasks diverge",
            EscapeScenarios::exclusive,
            Sabotage.SWAPPED,
            Sabotage.HANG));
  }

  private static void reference(World world) {
    WorkerLocal<Probe> local = world.local("value");
    LocalRef<Probe> ref = world.spawn("maker", local::ref).join();
    Task<?> user =
        world.start(
            "user",
            () -> {
              World.pause();
              ref.get().use();
            });
    world.refused(EscapedReferenceException.class, ref::get);
    Thread foreign =
        world.thread("foreign", () -> world.refused(EscapedReferenceException.class, ref::get));
    user.join();
    join(foreign);
  }

  private static void continuation(World world) throws InterruptedException {
    WorkerLocal<Probe> local = world.local("value");
    CompletableFuture<Object> ready = new CompletableFuture<>();
    Thread completer =
        world.thread(
            "completer",
            () -> {
              World.pause();
              ready.complete(ready);
            });
    world.launch(
        "maker",
        () -> {
          LocalRef<Probe> ref = local.ref();
          ref.get().use();
          Guard<Probe> guard = local.guard();
          world.holds();
          CompletableFuture<Void> done =
              ready.thenAccept(any -> {
                try (guard) {
                  if (Thread.currentThread() == completer) {
                    world.refused(EscapedReferenceException.class, ref::get);
                  } else {
                    ref.get().use();
                  }
                  World.pause();
                  guard.get().use();
                } finally {
                  world.lets();
                }
              });
          World.pause();
          done.exceptionally(e -> {
            throw world.wrong("the continuation threw " + e);
          });
        });
    world.runtime.shutdown();
    world.runtime.close();
    world.closed("a close");
    completer.join();
  }

  private static void afterTheClose(World world) {
    WorkerLocal<Probe> local = world.local("value");
    LocalRef<Probe> ref = world.spawn("maker", local::ref).join();
    Thread closer = world.thread("closer", world.runtime::close);
    world.runtime.close();
    world.refused(LocalDestroyedException.class, ref::get);
    join(closer);
  }

  private static void foreignThread(World world) {
    WorkerLocal<Probe> local = world.local("value");
    Task<?> task = world.start("task", () -> local.with(Probe::use));
    Thread foreign = world.thread("foreign", () -> isRefusedAll(world, local));
    isRefusedAll(world, local);
    task.join();
    join(foreign);
    world.check(world.made() == 1, "made " + world.made() + " values, and not one");
  }

  private static void isRefusedAll(World world, WorkerLocal<Probe> local) {
    world.refused(EscapedReferenceException.class, local::ref);
    world.refused(EscapedReferenceException.class, local::lease);
    World.pause();
    world.refused(EscapedReferenceException.class, local::guard);
    world.refused(EscapedReferenceException.class, () -> local.with(Probe::use));
    world.refused(EscapedReferenceException.class, () -> local.onOwner(Probe::use));
  }

  private static void job(World world) {
    WorkerLocal<Probe> local = world.local("value");
    world.launch(
        "task",
        () -> {
          LocalRef<Probe> ref = local.ref();
          Probe known = ref.get().use();
          world.post(
              "job",
              () -> {
                World.pause();
                world.check(ref.get().use() == known, "another value");
                world.refused(EscapedReferenceException.class, local::ref);
                world.refused(EscapedReferenceException.class, () -> local.with(Probe::use));
              });
        });
    world.runtime.close();
    world.closed("a close");
  }

  @SuppressWarnings("LeaseNotClosed") // which is what it is about
  private static void leftOpen(World world) {
    WorkerLocal<Probe> guarded = world.local("guarded");
    WorkerLocal<Probe> leased = world.local("leased");
    Guard<Probe> guard = world.spawn("careless", guarded::guard).join();
    world.holds();
    Task<Probe> task = world.spawn("sloppy", () -> leased.lease().get().use());
    Probe value = task.join();
    ShutdownReport report = world.runtime.shutdown(MILLI, Duration.ZERO);
    world.check(!report.terminated(), "it has ended, and a guard is open: " + report);
    world.check(
        report.holders().stream()
            .anyMatch(
                each -> each.kind() == ShutdownReport.Kind.GUARD && each.name().equals("guarded")),
        "the guard is not named: " + report);
    guard.get().use();
    world.lets();
    guard.close();
    world.runtime.close();
    ShutdownReport last = world.runtime.shutdown(MILLI, Duration.ZERO);
    world.check(last.leaks().size() == 1, "the lease is not named: " + last);
    world.check(value.isDestroyed(), value + " was not destroyed");
  }

  private record Other(Probe probe) {}

  @SuppressWarnings("unchecked") // the mistake
  private static void swapped(World world) {
    WorkerLocal<Probe> local = world.local("value");
    WorkerLocal<Other> others =
        WorkerLocal.of(() -> new Other(world.make("other")), any -> any.probe().destroy(here()));
    for (int i = 0; i < 3; i++) {
      world.launch(
          "task-" + i,
          () -> {
            LocalRef<?> raw = local.ref();
            others.update(any -> {});
            World.pause();
            Probe probe = world.seen(((LocalRef<Probe>) raw).get());
            world.check(probe.local.equals("value") && probe.number > 0, probe + " was handed out");
            Object wrong = ((LocalRef<Object>) (LocalRef<?>) others.ref()).get();
            world.check(wrong instanceof Other, wrong + " was handed out");
          });
    }
  }

  private static String here() {
    return Thread.currentThread().getName();
  }

  private static void onePerWorker(World world) {
    WorkerLocal<Probe> first = world.local("first");
    WorkerLocal<Probe> second = world.local("second");
    Map<String, Probe> known = new HashMap<>();
    for (int i = 0; i < 3; i++) {
      world.launch(
          "task-" + i,
          () -> {
            for (WorkerLocal<Probe> each : List.of(first, second)) {
              Probe probe = world.seen(each.ref().get().use());
              Probe before = known.putIfAbsent(probe.owner + each.name(), probe);
              world.check(
                  probe.number > 0 && (before == null || before == probe),
                  probe + " was handed out beside " + before);
              World.pause();
            }
          });
    }
    world.runtime.close();
    world.check(world.made() <= 4, "made " + world.made() + " values on 2 workers");
  }

  private static void stable(World world) {
    WorkerLocal<Probe> local = world.local("value");
    for (int i = 0; i < 2; i++) {
      world.launch(
          "task-" + i,
          () -> {
            LocalRef<Probe> ref = local.ref();
            Probe first = ref.get();
            for (int turn = 0; turn < 4; turn++) {
              World.pause();
              Probe now = world.seen(ref.get().use());
              world.check(now == first, now + " was handed out, and not " + first);
              String owner = local.onOwner(any -> Thread.currentThread().getName());
              world.check(owner.contains("-worker-"), "the owner is " + owner);
            }
          });
    }
  }

  private static void exclusive(World world) {
    WorkerLocal<Probe> local =
        WorkerLocal.<Probe>builder(() -> world.make("leased"))
            .destructor(probe -> probe.destroy(here()))
            .leases(1)
            .build();
    List<Task<?>> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      tasks.add(
          world.start(
              "task-" + i,
              () -> {
                try (Lease<Probe> lease = local.lease()) {
                  world.leased(lease.get()).useAlone();
                }
              }));
    }
    tasks.forEach(Task::join);
    world.check(world.made() <= 2, "made " + world.made() + " values on 2 workers");
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
