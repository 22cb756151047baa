// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.scheduler.Admission;
import dev.holdfast.scheduler.Carriers;
import dev.holdfast.scheduler.Scheduler;
import dev.holdfast.scheduler.Surroundings;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The carrier tier: the workers are the carriers of the tasks' virtual threads. */
final class CarrierTier implements Workforce, Admission {

  private final TieredRuntime runtime;
  private final Carriers carriers;
  private final Object container;

  // Live virtual threads that were not made by this runtime. Written by who starts one and by the
  // worker that sees its end.
  private final ConcurrentMap<Thread, StrayTask> strays = new ConcurrentHashMap<>();

  CarrierTier(TieredRuntime runtime, RuntimeBuilder.Config config, long trackNanos) {
    this.runtime = runtime;
    Carriers.Maker given = config.carriers();
    Carriers.Maker maker = given == null ? Scheduler::new : given;
    this.carriers =
        maker.make(this, runtime.notices(), runtime, config.workers(), config.spares(), trackNanos);
    this.container = VirtualThreads.container(runtime.name(), runtime::threadsStartedHere);
  }

  Executor executor() {
    return carriers.executor();
  }

  @Override
  public Tier tier() {
    return Tier.CARRIER;
  }

  @Override
  public Surroundings surroundings() {
    return carriers.surroundings();
  }

  @Override
  public void start() {
    carriers.start();
  }

  @Override
  public List<? extends WorkerOwner> workers() {
    return carriers.workers();
  }

  @Override
  public int started() {
    return carriers.count();
  }

  @Override
  public WorkerOwner worker(int number) {
    return carriers.worker(number);
  }

  @Override
  public void stop() {
    carriers.stop();
  }

  @Override
  public void close() {
    carriers.close();
  }

  @Override
  public Thread newThread(WorkerOwner worker, Runnable body) {
    return runtime.newThread(worker, body, worker.name());
  }

  // ---- Tasks

  @Override
  public Thread newThread(@Nullable String name, Runnable body) {
    return VirtualThreads.unstarted(carriers.executor(), name, body);
  }

  @Override
  public void start(VirtualTask<?> task) {
    task.startsCounted();
    VirtualThreads.start(task.thread(), container);
  }

  @Override
  public Thread offer(VirtualTask<?> task) {
    return task.thread();
  }

  @Override
  public void begins(VirtualTask<?> task) {}

  @Override
  public void settles(VirtualTask<?> task) {}

  @Override
  public void ends(VirtualTask<?> task) {}

  @Override
  public void admit(Thread thread, Thread starter, @Nullable Membership membership) {
    WorkerOwner on =
        starter.isVirtual() && membership != null && membership.domain() == runtime
            ? membership.worker()
            : null;
    Runnable body = VirtualThreads.body(thread);
    if (body instanceof VirtualTask<?> task && task.thread() == thread) {
      if (task.startedHere()) {
        runtime.started(task, on, starter, membership);
      } else {
        startedWithValues(task, task, on, starter, membership);
      }
      return;
    }
    if (body instanceof StrayTask) {
      // Goes on with one that ended, and is counted as that one still.
      return;
    }
    StrayTask stray = new StrayTask(thread, null, runtime);
    // Before it is counted: what fails for want of memory must leave nothing counted.
    strays.put(thread, stray);
    carriers.strayStarted();
    try {
      startedWithValues(stray, stray, on, starter, membership);
    } catch (Throwable e) {
      strays.remove(thread);
      carriers.strayEnded();
      throw e;
    }
  }

  /** Lets a task inherit that was started by its thread alone, then counts and lists it. */
  private void startedWithValues(
      TaskScope task,
      Registry.Entry entry,
      @Nullable WorkerOwner on,
      Thread starter,
      @Nullable Membership membership) {
    try {
      task.inherit(Here.scope(starter));
      runtime.started(entry, on, starter, membership);
    } catch (Throwable e) {
      task.end();
      throw e;
    }
  }

  @Override
  public void retract(Thread thread) {
    if (VirtualThreads.body(thread) instanceof VirtualTask<?> task && task.thread() == thread) {
      if (!task.startedHere()) {
        // Else who wanted to start it sees to that.
        task.end();
      }
      runtime.ended(task);
    } else {
      strayEnded(thread);
    }
  }

  @Override
  public void strayEnded(Thread thread) {
    StrayTask stray = strays.remove(thread);
    if (stray != null) {
      carriers.strayEnded();
      stray.ended();
    }
  }

  @Override
  public void startEnding(StrayTask stray) {
    Thread ending = newThread(stray.name(), stray);
    stray.endsOn(ending);
    VirtualThreads.start(ending, container);
  }

  @Override
  public @Nullable TaskScope strayScope(Thread thread) {
    return strays.get(thread);
  }

  @Override
  public void forEachUncounted(Consumer<? super VirtualTask<?>> action) {}

  @Override
  public boolean isAtWork(Thread current, Membership membership) {
    // A task, a job, or a call that a task waits for on its worker's own thread.
    WorkerOwner worker = membership.worker();
    return current.isVirtual() || worker == null || worker.isRunning();
  }

  // ---- Watching

  @Override
  public void beginWatch() {
    carriers.beginWatch();
  }

  @Override
  public long look() {
    return carriers.look();
  }

  @Override
  public void lookForEnded() {}

  @Override
  public boolean seal() {
    return true;
  }

  @Override
  public long now() {
    return carriers.now();
  }

  @Override
  public void touch() {
    carriers.touch();
  }
}
