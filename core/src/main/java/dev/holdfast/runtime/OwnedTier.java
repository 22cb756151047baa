// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.Stripes;
import dev.holdfast.slot.TaskMember;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.striped.StripedWorkers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The owned tier: tasks are virtual threads of the JDK's own scheduler, and values belong to
 * workers that carry nothing. Needs no internals of the JDK.
 */
final class OwnedTier implements Workforce, Stripes {

  /** How long between two looks while tasks are alive. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final TieredRuntime runtime;
  private final StripedWorkers workers;
  private final StripedWatch watch;
  private final StrayWatch strays;
  private final Offers offers = new Offers();

  // Set by the watching thread before it counts the tasks, read by who has counted one: volatile,
  // so that one of the two sees the other.
  private volatile boolean idle;

  private volatile @Nullable Thread watching;

  OwnedTier(TieredRuntime runtime, RuntimeBuilder.Config config, long trackNanos) {
    this.runtime = runtime;
    this.workers =
        new StripedWorkers(
            runtime,
            runtime.notices(),
            (worker, body) -> runtime.newThread(worker, body, worker.name()),
            config.workers(),
            config.spares(),
            trackNanos);
    this.watch = new StripedWatch(workers, runtime.name(), runtime.notices());
    this.strays = new StrayWatch(workers);
  }

  @Override
  public Tier tier() {
    return Tier.OWNED;
  }

  @Override
  public Domain domain() {
    return runtime;
  }

  @Override
  public void start() {
    workers.start();
  }

  @Override
  public List<WorkerOwner> workers() {
    return workers.workers();
  }

  @Override
  public int started() {
    return workers.started();
  }

  @Override
  public WorkerOwner worker(int number) {
    return workers.worker(number);
  }

  @Override
  public void stop() {
    workers.stop();
  }

  @Override
  public void close() {}

  // ---- Tasks

  @Override
  public Thread newThread(@Nullable String name, Runnable body) {
    Thread current = Thread.currentThread();
    TaskMember starter = current.isVirtual() ? Here.memberOf(current) : null;
    return starter == null
        ? VirtualThreads.unstartedByDefault(name, body)
        : starter.make(name, body);
  }

  @Override
  public void start(VirtualTask<?> task) {
    task.startsCounted();
    started(task);
    try {
      task.thread().start();
    } catch (Throwable e) {
      runtime.ended(task);
      throw e;
    }
  }

  private <E extends TaskScope & Registry.Entry> void started(E task) {
    Thread current = Thread.currentThread();
    Membership membership = Here.membershipOf(current);
    WorkerOwner on =
        membership instanceof TaskMember member && member.domain() == runtime ? member.on() : null;
    StackRoom.ensure();
    runtime.started(task, on, current, membership);
    if (idle) {
      idle = false;
      LockSupport.unpark(watching);
    }
  }

  @Override
  public Thread offer(VirtualTask<?> task) {
    try {
      // Nobody tells of the start: it is refused here, where the one who starts it is told.
      task.inherit(Here.scope(Thread.currentThread()));
      offers.add(task, () -> runtime.mayStart("a task was made"));
    } catch (Throwable e) {
      task.end();
      throw e;
    }
    return task.thread();
  }

  @Override
  public void begins(VirtualTask<?> task) {
    if (!task.startedHere()) {
      offers.take(runtime, task);
    }
  }

  @Override
  public void settles(VirtualTask<?> task) {
    Thread thread = task.thread();
    Here.become(new TaskMember(this, task, thread, workers.preferred(thread)));
  }

  @Override
  public void ends(VirtualTask<?> task) {
    TaskMember member = Here.memberOf(task.thread());
    if (member != null) {
      member.leaveAll();
    }
  }

  @Override
  public void startEnding(StrayTask task) {
    Thread ending = VirtualThreads.unstartedByDefault(task.name(), () -> end(task));
    task.endsOn(ending);
    ending.start();
  }

  private void end(StrayTask task) {
    Thread current = Thread.currentThread();
    TaskMember member = new TaskMember(this, task, current, workers.preferred(current));
    Here.become(member);
    try {
      task.end();
    } finally {
      member.leaveAll();
      runtime.ended(task);
    }
  }

  @Override
  public @Nullable TaskScope strayScope(Thread thread) {
    return null;
  }

  @Override
  public void forEachUncounted(Consumer<? super VirtualTask<?>> action) {
    offers.forEachStarted(action);
  }

  @Override
  public boolean isAtWork(Thread current, Membership membership) {
    // A task, a job, or a call that a task waits for on its worker's own thread.
    return !(membership instanceof WorkerOwner worker) || worker.isRunning();
  }

  // ---- As its tasks see it

  @Override
  public WorkerOwner enter(TaskMember by, WorkerOwner preferred) {
    return workers.enter(by, preferred);
  }

  @Override
  public TaskMember child(TaskMember parent) {
    StrayTask task =
        new StrayTask(
            null, "a virtual thread that task '" + parent.task().name() + "' made", runtime);
    TaskMember child = new TaskMember(this, task, null, parent.worker());
    try {
      task.inherit(parent.task());
      started(task);
    } catch (Throwable e) {
      task.end();
      throw e;
    }
    strays.add(child, task);
    return child;
  }

  // ---- Watching

  @Override
  public void beginWatch() {
    watching = Thread.currentThread();
  }

  @Override
  public long look() {
    strays.look(false);
    offers.clean();
    watch.look();
    idle = true;
    if (runtime.tasksAlive() > 0) {
      idle = false;
      return LOOK_NANOS;
    }
    return Long.MAX_VALUE;
  }

  @Override
  public void lookForEnded() {
    strays.look(runtime.tasksAlive() <= strays.alive());
  }

  @Override
  public boolean seal() {
    return offers.seal();
  }

  @Override
  public long now() {
    return System.nanoTime();
  }

  @Override
  public void touch() {}
}
