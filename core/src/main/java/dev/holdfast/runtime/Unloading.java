// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.ThreadOwner;
import dev.holdfast.slot.WorkerOwner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The course of one release of a class loader, which whoever waits for it moves on.
 *
 * <p>No new values are made from the start. When nobody holds anything of the loader, each worker
 * is asked to seal its values: to take them out of every access's reach, unless one is leased or
 * guarded by then. When all are sealed those are waited for that came before their worker's seal;
 * later ones have got nothing. Then each worker is asked to destroy. All of this is done by the
 * workers' own threads, between two tasks, so that a running {@code with} is waited for as well.
 */
final class Unloading {

  private enum Stage {
    /** Waits for holders, then seals. */
    SEALING,
    /** All sealed: waits for those that came meanwhile. */
    SEALED,
    /** Waits for the destructors. */
    DESTROYING,
    /** Nothing is left. */
    DONE
  }

  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
  private static final long MAX_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(16);
  private static final int COLLECTIONS = 6;

  /** How long all workers together may take to tell what they have: after the end, or before. */
  private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long HASTY_ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Origin origin;

  // All of these guarded by this. The maps are of a kind that stays whole if memory runs out as
  // something is put there.
  private final IdentityHashMap<WorkerOwner, Errand> errands = new IdentityHashMap<>();
  private final Set<Thread> asked = Collections.newSetFromMap(new IdentityHashMap<>());
  private Stage stage = Stage.SEALING;
  private boolean goesOn;

  // How many tasks and jobs of the loader were started since; see isHeld().
  private final AtomicLong starts = new AtomicLong();

  Unloading(Origin origin) {
    this.origin = origin;
  }

  Origin origin() {
    return origin;
  }

  /** Returns the release of a loader: the one that is running, or a new one. */
  static Unloading of(Origin origin) {
    // First: it needs memory, and there must be one as soon as no values are made.
    Unloading release = Releases.of(origin);
    origin.release();
    return release;
  }

  /** Waits until it is done or the deadline has come; goes on by itself if this throws. */
  LoaderRelease.Report await(Duration deadline) {
    try {
      return reached(deadline);
    } catch (Throwable e) {
      // Memory ran out: what is sealed by now must not stay so until somebody calls again.
      try {
        goOn();
      } catch (VirtualMachineError again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private LoaderRelease.Report reached(Duration deadline) {
    long began = System.nanoTime();
    long nanos = NANOSECONDS.convert(deadline);
    long look = LOOK_NANOS;
    boolean done = step();
    while (!done) {
      long left = nanos - (System.nanoTime() - began);
      if (left <= 0 || Thread.currentThread().isInterrupted()) {
        break;
      }
      LockSupport.parkNanos(this, Math.min(left, look));
      look = Math.min(2 * look, MAX_LOOK_NANOS);
      done = step();
    }
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    if (!done) {
      List<ShutdownReport.Holder> holders = holders();
      goOn();
      return new LoaderRelease.Report(
          origin, took, false, holders, false, remaining(HASTY_ANSWER_NANOS));
    }
    boolean collected = collect(origin);
    return new LoaderRelease.Report(
        origin, took, true, List.of(), collected, collected ? List.of() : remaining(ANSWER_NANOS));
  }

  /** Asks the collector, a few times, for a loader that nobody refers to. */
  static boolean collect(Origin origin) {
    for (int i = 0; i < COLLECTIONS && !origin.isCollected(); i++) {
      System.gc();
      LockSupport.parkNanos(LOOK_NANOS << i);
    }
    return origin.isCollected();
  }

  /** Has a thread wait for the end, since nobody does. */
  private synchronized void goOn() {
    if (goesOn) {
      return;
    }
    Thread thread = new Thread(null, this::finish, "holdfast-release", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    thread.start();
    goesOn = true;
  }

  private void finish() {
    long look = LOOK_NANOS;
    boolean done = false;
    while (!done) {
      LockSupport.parkNanos(this, look);
      Thread.interrupted();
      look = Math.min(2 * look, MAX_LOOK_NANOS);
      try {
        done = step();
      } catch (Throwable e) {
        // Memory ran out, here or as a class was loaded: nobody else goes on, and the next look
        // comes.
        look = MAX_LOOK_NANOS;
      }
    }
  }

  // ---- The course

  /** Goes as far as it can without waiting; returns whether all is done. */
  synchronized boolean step() {
    if (stage == Stage.SEALING && !isHeld() && all(Errand.Task.SEAL)) {
      stage = Stage.SEALED;
    }
    if (stage == Stage.SEALED && !isHeld()) {
      stage = Stage.DESTROYING;
    }
    if (stage == Stage.DESTROYING && all(Errand.Task.DESTROY) && endedOnThreads()) {
      // First: it needs memory.
      Releases.done(this);
      stage = Stage.DONE;
      errands.clear();
      asked.clear();
    }
    return stage == Stage.DONE;
  }

  /** Says whether all workers have done something, asking those that were not asked. */
  private boolean all(Errand.Task task) {
    boolean done = true;
    Set<WorkerOwner> live = new HashSet<>();
    for (TieredRuntime runtime : LiveRuntimes.all()) {
      for (WorkerOwner worker : runtime.workforce().workers()) {
        live.add(worker);
        Errand errand = errands.get(worker);
        if (errand == null || errand.task() != task || errand.isRefused()) {
          errand = new Errand(task, origin, worker);
          // Noted last: who was not asked for want of memory is asked at the next look, and to be
          // asked twice does no harm.
          worker.post(errand);
          errands.put(worker, errand);
        }
        // A worker that has ended has destroyed all it had.
        done &= errand.isDone() || !worker.thread().isAlive();
      }
    }
    // A release may wait for long, and is not to keep the runtimes that come and go meanwhile.
    errands.keySet().retainAll(live);
    return done;
  }

  /**
   * Says whether no thread of a runtime has values of its own, asking those of blocking pools; the
   * workers have been asked.
   */
  private boolean endedOnThreads() {
    Set<Thread> threads = origin.threads();
    for (Thread thread : threads) {
      if (!asked.contains(thread)) {
        LiveRuntimes.all()
            .forEach(
                runtime -> runtime.jobs().post(thread, () -> ThreadOwner.releaseCurrent(origin)));
        // Last, as above.
        asked.add(thread);
      }
    }
    return threads.isEmpty();
  }

  // ---- Who is alive

  /** A task or job was started and is listed, before who started it can end; any thread. */
  void started(TaskBody<?> task) {
    if (task.comesFrom(origin)) {
      starts.incrementAndGet();
    }
  }

  /**
   * Says whether somebody holds something of the loader.
   *
   * <p>The lists are looked at one after the other. So one that ends as it starts another may be
   * found no more, and the other not yet. What begins is counted behind its place in the list, and
   * before who began it can end: nobody was overlooked if no count has changed.
   */
  private boolean isHeld() {
    long before = starts.get() + origin.begun();
    return origin.isHeld()
        || LiveRuntimes.all().stream().anyMatch(this::isHeldIn)
        || starts.get() + origin.begun() != before;
  }

  private boolean isHeldIn(TieredRuntime runtime) {
    boolean[] held = new boolean[1];
    runtime.ledger().forEachTask(each -> held[0] |= isOurTask(each));
    // Behind the others: it is among them once it is no more among these.
    runtime.workforce().forEachUncounted(each -> held[0] |= isOurTask(each));
    held[0] |= runtime.jobs().alive().stream().anyMatch(this::isOurTask);
    long now = System.nanoTime();
    for (WorkerOwner worker : runtime.workforce().workers()) {
      worker.forEachGuard(each -> held[0] |= isOurs(each, now));
      worker.leases().forEach(each -> held[0] |= isOurs(each, now));
    }
    return held[0];
  }

  private boolean isOurs(Object each, long now) {
    return WorkerOwner.holdsOf(each, origin) && ((Holder) each).describe(now) != null;
  }

  /** Returns who holds something of the loader, and who keeps a worker from answering. */
  private List<ShutdownReport.Holder> holders() {
    long now = System.nanoTime();
    List<ShutdownReport.Holder> found = listed(now);
    for (TieredRuntime runtime : LiveRuntimes.all()) {
      addUnanswered(found, runtime, now);
    }
    return found;
  }

  private List<ShutdownReport.Holder> listed(long now) {
    List<ShutdownReport.Holder> found = new ArrayList<>(origin.holders(now));
    for (TieredRuntime runtime : LiveRuntimes.all()) {
      runtime.ledger().forEachTask(each -> addTask(found, each, now));
      runtime.workforce().forEachUncounted(each -> addTask(found, each, now));
      runtime.jobs().alive().forEach(each -> addTask(found, each, now));
      for (WorkerOwner worker : runtime.workforce().workers()) {
        worker.forEachGuard(each -> addOurs(found, each, now));
        worker.leases().forEach(each -> addOurs(found, each, now));
      }
    }
    return found;
  }

  private boolean isOurTask(Object each) {
    return each instanceof TaskBody<?> task && task.comesFrom(origin);
  }

  private void addTask(List<ShutdownReport.Holder> found, Object each, long now) {
    if (isOurTask(each)) {
      add(found, (Holder) each, now);
    }
  }

  private void addOurs(List<ShutdownReport.Holder> found, Object each, long now) {
    if (WorkerOwner.holdsOf(each, origin)) {
      add(found, (Holder) each, now);
    }
  }

  private static void add(List<ShutdownReport.Holder> found, Holder holder, long now) {
    add(found, holder.describe(now));
  }

  private static void add(
      List<ShutdownReport.Holder> found, ShutdownReport.@Nullable Holder described) {
    if (described != null && found.size() < ShutdownReport.MAX_LISTED) {
      found.add(described);
    }
  }

  /**
   * Adds who keeps workers from answering: tasks there, calls on their own threads, destructors.
   */
  private synchronized void addUnanswered(
      List<ShutdownReport.Holder> found, TieredRuntime runtime, long now) {
    List<WorkerOwner> silent = new ArrayList<>();
    for (WorkerOwner worker : runtime.workforce().workers()) {
      Errand errand = errands.get(worker);
      if (errand == null || errand.isDone() || errand.isRefused()) {
        continue;
      }
      ShutdownReport.Holder destroying = worker.destroying(now);
      if (destroying == null) {
        silent.add(worker);
      } else {
        add(found, destroying);
      }
    }
    for (Thread thread : asked) {
      BlockingJob<?> job = runtime.jobs().runningOn(thread);
      if (job != null && origin.threads().contains(thread)) {
        add(found, job, now);
      }
    }
    if (!silent.isEmpty()) {
      new SilentWorkers(silent)
          .who(runtime, this::isOurTask, now)
          .forEach(each -> add(found, each));
    }
  }

  /** Says whether a thread runs a task or job of a loader. */
  static boolean isRunBy(Thread current, Origin origin) {
    if (Here.task(current) instanceof TaskBody<?> task && task.comesFrom(origin)) {
      return true;
    }
    for (TieredRuntime runtime : LiveRuntimes.all()) {
      for (BlockingJob<?> job : runtime.jobs().alive()) {
        if (job.thread() == current && job.comesFrom(origin)) {
          return true;
        }
      }
    }
    return false;
  }

  // ---- What remains

  private List<LoaderRelease.Remaining> remaining(long nanos) {
    List<LoaderRelease.Remaining> found = new ArrayList<>();
    List<Errand> looks = new ArrayList<>();
    for (ShutdownReport.Holder each : listed(System.nanoTime())) {
      LoaderRelease.Reference kind =
          switch (each.kind()) {
            case JOB -> LoaderRelease.Reference.JOB;
            case LEASE -> LoaderRelease.Reference.LEASE;
            case GUARD -> LoaderRelease.Reference.GUARD;
            case VALUE -> LoaderRelease.Reference.VALUE;
            case TASK, DESTRUCTOR, HOOK -> LoaderRelease.Reference.TASK;
          };
      found.add(new LoaderRelease.Remaining(kind, each.name(), each.owner()));
    }
    for (TieredRuntime runtime : LiveRuntimes.all()) {
      runtime
          .optionsFrom(origin)
          .forEach(option ->
              found.add(
                  new LoaderRelease.Remaining(
                      LoaderRelease.Reference.RUNTIME_OPTION, option, runtime.name())));
      for (WorkerOwner worker : runtime.workforce().workers()) {
        Errand look = new Errand(Errand.Task.LOOK, origin, worker);
        worker.post(look);
        looks.add(look);
      }
    }
    long began = System.nanoTime();
    for (Errand look : looks) {
      found.addAll(look.found(nanos - (System.nanoTime() - began)));
    }
    return found;
  }
}
