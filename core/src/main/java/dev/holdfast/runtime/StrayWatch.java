// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.TaskMember;
import dev.holdfast.striped.StripedWorkers;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The virtual threads that code inside tasks of the owned tier made by itself, and the end of each.
 *
 * <p>Such a thread inherits a membership as it is made, and is counted from then on. Nobody tells
 * of its end. If it has shown itself, by using anything of the runtime, its state tells. Else its
 * membership is looked at, which only the thread holds and lets go as it ends: when the collector
 * has found it unreachable, the thread has ended, or was never started and is gone itself.
 */
final class StrayWatch {

  private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final class Stray extends WeakReference<TaskMember> {
    private final StrayTask task;

    Stray(TaskMember member, StrayTask task, ReferenceQueue<TaskMember> queue) {
      super(member, queue);
      this.task = task;
    }
  }

  private final StripedWorkers workers;
  private final Set<Stray> alive = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<TaskMember> collected = new ReferenceQueue<>();

  // The watching thread only.
  private long lastCollection = System.nanoTime();
  private long pause = MIN_PAUSE_NANOS;

  StrayWatch(StripedWorkers workers) {
    this.workers = workers;
  }

  /** Watches a thread that is counted already; by its maker. */
  void add(TaskMember member, StrayTask task) {
    alive.add(new Stray(member, task, collected));
  }

  int alive() {
    return alive.size();
  }

  /**
   * Counts those out that have ended; by the watching thread.
   *
   * @param last whether nothing else holds the barrier back: the collector is then asked, now and
   *     then, to find those that only it can tell of
   */
  void look(boolean last) {
    if (alive.isEmpty()) {
      return;
    }
    for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
      ended((Stray) gone);
    }
    boolean unknown = false;
    for (Stray stray : alive) {
      Thread thread = stray.task.thread();
      if (thread == null) {
        unknown = true;
      } else if (thread.getState() == Thread.State.TERMINATED) {
        ended(stray);
      }
    }
    if (last && unknown && System.nanoTime() - lastCollection >= pause) {
      System.gc();
      lastCollection = System.nanoTime();
      pause = Math.min(2 * pause, MAX_PAUSE_NANOS);
    }
  }

  private void ended(Stray stray) {
    if (alive.remove(stray)) {
      Thread thread = stray.task.thread();
      if (thread != null) {
        workers.free(thread);
      }
      stray.task.ended();
    }
  }
}
