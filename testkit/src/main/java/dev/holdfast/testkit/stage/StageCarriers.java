// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.scheduler.Admission;
import dev.holdfast.scheduler.Carriers;
import dev.holdfast.scheduler.Surroundings;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.WorkerEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The simulated workers of one runtime, as the runtime sees them, and its time and threads. */
final class StageCarriers implements Carriers, Surroundings {

  private final Stage stage;
  private final Admission admission;
  private final WorkerEvents events;
  private final Domain domain;
  private final int configured;
  private final long trackNanos;
  private final long origin = System.nanoTime();

  // Filled as the runtime starts, before there are turns.
  private final List<StageWorker> workers = new ArrayList<>();

  // By who has the turn.
  private int strays;
  private int ended;
  private @Nullable Thread stopper;

  // Set with the first job, by who submits it; read by who has the turn.
  private volatile @Nullable Seat jobs;

  StageCarriers(
      Stage stage,
      Admission admission,
      WorkerEvents events,
      Domain domain,
      int configured,
      long trackNanos) {
    this.stage = stage;
    this.admission = admission;
    this.events = events;
    this.domain = domain;
    this.configured = configured;
    this.trackNanos = trackNanos;
  }

  Admission admission() {
    return admission;
  }

  Domain domain() {
    return domain;
  }

  @Override
  public Executor executor() {
    return stage.bridge(Strand.Kind.TASK);
  }

  @Override
  public Surroundings surroundings() {
    return this;
  }

  @Override
  public void start() {
    for (int i = 0; i < configured; i++) {
      StageWorker worker = new StageWorker(stage, admission, events, domain, i, trackNanos);
      worker.own = stage.strandOf(worker);
      workers.add(worker);
      worker.thread().start();
    }
  }

  @Override
  public List<StageWorker> workers() {
    return List.copyOf(workers);
  }

  @Override
  public int count() {
    return workers.size();
  }

  @Override
  public StageWorker worker(int index) {
    return workers.get(index);
  }

  /** Has each worker end in a turn of its own, in whatever order, and waits for them. */
  @Override
  public void stop() {
    if (!Thread.currentThread().isVirtual()) {
      // The runtime could not be started, and there are no turns.
      stage.abandon();
      return;
    }
    stopper = Thread.currentThread();
    workers.forEach(StageWorker::stop);
    while (ended < workers.size()) {
      LockSupport.park(this);
    }
  }

  /** A worker's thread has ended; by who has the turn. */
  void ended(StageWorker worker) {
    ended++;
    if (ended == workers.size()) {
      LockSupport.unpark(stopper);
    }
  }

  @Override
  public void close() {}

  @Override
  public void strayStarted() {
    strays++;
  }

  @Override
  public void strayEnded() {
    strays--;
  }

  /** A virtual thread has ended that a worker carried; by who has the turn. */
  void taskEnded(Thread thread) {
    if (strays > 0) {
      admission.strayEnded(thread);
    }
  }

  // ---- Time and threads

  @Override
  public long nanoTime() {
    return origin + stage.elapsed();
  }

  @Override
  public Thread newWatch(String name, Runnable body) {
    Thread watch = VirtualThreads.unstarted(stage.bridge(Strand.Kind.OUTSIDE), name, body);
    stage.watchedBy(watch);
    return watch;
  }

  @Override
  public Thread newJobThread(Membership pool, String name, Runnable body) {
    carryJobs(pool);
    Thread thread = VirtualThreads.unstarted(stage.bridge(Strand.Kind.JOB), name, body);
    stage.isJobThread(thread);
    return thread;
  }

  private synchronized void carryJobs(Membership pool) {
    if (jobs != null) {
      return;
    }
    Seat seat = new Seat("blocking");
    Thread carrier =
        new OwnerThread(pool, () -> stage.serve(seat), domain.name() + "-blocking-carrier");
    seat.thread(carrier);
    jobs = seat;
    stage.add(seat);
    carrier.start();
  }

  Seat jobs() {
    Seat seat = jobs;
    if (seat == null) {
      throw new IllegalStateException("there is a job, but nothing that carries jobs");
    }
    return seat;
  }

  @Override
  public boolean closesAtExit() {
    return false;
  }

  // ---- Watching

  @Override
  public void beginWatch() {}

  @Override
  public long look() {
    return Long.MAX_VALUE;
  }

  @Override
  public long now() {
    return nanoTime();
  }

  @Override
  public void touch() {}
}
