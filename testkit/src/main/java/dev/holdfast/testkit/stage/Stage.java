// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.scheduler.Carriers;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.testkit.schedule.Choice;
import dev.holdfast.testkit.schedule.Chooser;
import dev.holdfast.testkit.schedule.Schedule;
import dev.holdfast.testkit.schedule.Step;
import dev.holdfast.testkit.schedule.Trace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One run of a simulation: virtual threads and workers of which exactly one runs at a time, from
 * where it stands to its next suspension, in an order that a chooser makes.
 *
 * <p>There is a platform thread for each worker, so that all that asks for the owning thread gets a
 * true answer; one for what is no task, and one for the jobs. They hand the turn on to each other:
 * whoever gives it up chooses who is next. What is not volatile here belongs to who has the turn.
 * The thread that called {@link #play} watches that the turn is given up at all.
 */
public final class Stage {

  /** How many turns in a row the runtime's watching thread may have alone. */
  private static final int ALONE = 10_000;

  private static final long WATCH_NANOS = Duration.ofMillis(50).toNanos();

  /** How long to wait at least for what others outside have, whatever is set. */
  private static final Duration OTHERS = Duration.ofSeconds(10);

  /**
   * How long to wait in any case: who leaves a lock is for a moment not seen to have it, and has
   * not woken the next one yet.
   */
  private static final Duration MOMENT = Duration.ofMillis(5);

  // Which stage a carrier serves. Written as the carrier begins and ends, read by any thread.
  private static final Map<Thread, Stage> CARRIERS = new ConcurrentHashMap<>();

  /**
   * The bounds of a run.
   *
   * @param turns how many turns there are at most
   * @param stuck how long one turn takes at most, by the real clock
   * @param outside how long to wait for threads outside before nobody is said to be able to run
   */
  public record Limits(int turns, Duration stuck, Duration outside) {}

  private final Limits limits;
  private final Chooser chooser;
  private final boolean detailed;

  private final StageBridge tasks = new StageBridge(this, Strand.Kind.TASK);
  private final StageBridge jobs = new StageBridge(this, Strand.Kind.JOB);
  private final StageBridge outside = new StageBridge(this, Strand.Kind.OUTSIDE);

  private final Seat driver = new Seat("driver");
  private final Seat others = new Seat("outside");
  private final List<Seat> seats = new CopyOnWriteArrayList<>();

  private final Alarms alarms = new Alarms();
  private final Map<Thread, Strand> strands = new HashMap<>();
  private final TreeMap<Integer, Strand> ready = new TreeMap<>();
  private final Set<Strand> atMonitors = new HashSet<>();
  private final List<Integer> choices = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private int nextId;
  private int turns;
  private int alone;
  private boolean atPoint;
  private @Nullable Strand last;
  private @Nullable Thread watch;
  private @Nullable StageCarriers carriers;

  // The threads of the blocking pool that are not ready yet. Added to by who submits a job.
  private final Set<Thread> jobThreads = ConcurrentHashMap.newKeySet();

  // What threads do that have not the turn; taken in by who has it.
  private final Queue<Runnable> deliveries = new ConcurrentLinkedQueue<>();

  // The platform thread that has the turn. Written by who hands it over, read by any thread, which
  // only has to know whether it is itself.
  private volatile @Nullable Thread holder = Thread.currentThread();

  // Written by who has the turn, read by who watches.
  private volatile int progress;
  private volatile boolean waitsOutside;
  private volatile @Nullable Strand running;

  // Set once, by who has the turn or by who watches.
  private volatile @Nullable Ending ending;

  /**
   * Makes a stage on which nothing runs yet. The thread that makes it must be the one that plays.
   *
   * @param detailed whether the trace names the place in the code for each turn, which takes time
   */
  public Stage(Limits limits, Chooser chooser, boolean detailed) {
    this.limits = limits;
    this.chooser = chooser;
    this.detailed = detailed;
    driver.thread(Thread.currentThread());
  }

  /** Returns what makes the carriers of the one runtime of this stage. */
  public Carriers.Maker maker() {
    return (admission, events, domain, workers, spares, trackNanos) -> {
      if (carriers != null) {
        throw new IllegalStateException("a stage has one runtime, and this is a second one");
      }
      StageCarriers made = new StageCarriers(this, admission, events, domain, workers, trackNanos);
      carriers = made;
      return made;
    };
  }

  StageCarriers carriers() {
    return Objects.requireNonNull(carriers);
  }

  StageBridge bridge(Strand.Kind kind) {
    return switch (kind) {
      case TASK -> tasks;
      case JOB -> jobs;
      case OUTSIDE, OWN -> outside;
    };
  }

  /** Returns the stage that the current thread is on, or null if it is on none. */
  public static @Nullable Stage current() {
    Thread platform = VirtualThreads.platform(Thread.currentThread());
    return platform == null ? null : CARRIERS.get(platform);
  }

  /** Lets another one come between; by who has the turn. */
  @SuppressWarnings("ThreadPriorityCheck") // which is what gives up the turn
  public void yieldPoint() {
    atPoint = true;
    Thread.yield();
  }

  /** Returns the simulated time since the start, in nanoseconds; any thread. */
  public long elapsed() {
    return alarms.now();
  }

  // ---- What becomes ready

  /** Has something done by who has the turn: at once if that is the current thread. */
  void deliver(Runnable change) {
    if (VirtualThreads.platform(Thread.currentThread()) == holder) {
      change.run();
    } else {
      deliveries.add(change);
      LockSupport.unpark(holder);
    }
  }

  void ready(Strand.Kind kind, Thread thread, Runnable run) {
    deliver(() -> {
      if (VirtualThreads.isTerminated(thread)) {
        return;
      }
      Strand strand = strands.get(thread);
      if (strand == null) {
        boolean job = kind == Strand.Kind.JOB && jobThreads.remove(thread);
        String name = thread.getName();
        strand =
            new Strand(
                nextId++,
                kind == Strand.Kind.JOB && !job ? Strand.Kind.OUTSIDE : kind,
                name.isEmpty() ? (kind == Strand.Kind.TASK ? "task" : "thread") : name,
                thread);
        strands.put(thread, strand);
      }
      strand.run = run;
      atMonitors.remove(strand);
      ready.put(strand.id, strand);
    });
  }

  void readyOwn(StageWorker worker) {
    Strand own = Objects.requireNonNull(worker.own);
    ready.put(own.id, own);
  }

  Strand strandOf(StageWorker worker) {
    seats.add(worker.seat);
    Strand own = new Strand(nextId++, Strand.Kind.OWN, worker.seat.name, null);
    own.worker = worker.index();
    return own;
  }

  void add(Seat seat) {
    seats.add(seat);
  }

  void isJobThread(Thread thread) {
    jobThreads.add(thread);
  }

  void watchedBy(Thread thread) {
    watch = thread;
  }

  /** Sets an alarm for the virtual thread whose turn it is; in the midst of parking it. */
  ScheduledFuture<?> schedule(Runnable command, long nanos) {
    Strand current = running;
    boolean looksAtTheClock = current == null || current.thread != watch;
    return alarms.set(command, nanos, looksAtTheClock);
  }

  // ---- Playing

  /**
   * Plays: runs the body on a virtual thread that is no task, and with it all that becomes ready,
   * until everything has ended or nothing goes on.
   *
   * @param name the name of the body's thread
   */
  public Ending play(String name, Runnable body) {
    Thread carrier = new Thread(null, () -> serve(others), "simulated-outside", 0, false);
    carrier.setDaemon(true);
    others.thread(carrier);
    seats.add(others);
    carrier.start();
    CARRIERS.put(Thread.currentThread(), this);
    try {
      VirtualThreads.unstarted(outside, name, body).start();
      pass(driver);
      return watchOver();
    } finally {
      CARRIERS.remove(Thread.currentThread());
      abandon();
    }
  }

  /** Ends all turns: carriers that wait for one end. */
  void abandon() {
    seats.forEach(Seat::end);
  }

  /** Takes turns, until there are no more; on the carrier's thread, as all it does. */
  void serve(Seat seat) {
    Thread thread = Thread.currentThread();
    CARRIERS.put(thread, this);
    try {
      for (Runnable work = seat.await(); work != null; work = seat.await()) {
        work.run();
        StageWorker worker = workerThatEnds(seat);
        if (worker != null) {
          holder = driver.thread();
          driver.hand(() -> joined(worker));
          return;
        }
        pass(seat);
      }
    } catch (Throwable e) {
      end(Ending.Way.FAILED, "the simulation failed: " + e, e);
    } finally {
      CARRIERS.remove(thread);
    }
  }

  private @Nullable StageWorker workerThatEnds(Seat seat) {
    for (StageWorker each : carriers().workers()) {
      if (each.seat == seat) {
        return each.hasEnded() ? each : null;
      }
    }
    return null;
  }

  /** Waits for the thread of a worker that has ended: its own values end with it. */
  private void joined(StageWorker worker) {
    try {
      worker.thread().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    carriers().ended(worker);
    pass(driver);
  }

  /** Watches that the turns go on, and takes those that are for this thread; until the end. */
  private Ending watchOver() {
    int seen = -1;
    long since = System.nanoTime();
    while (true) {
      Runnable work = driver.take();
      if (work != null) {
        work.run();
      }
      Ending known = ending;
      if (known != null) {
        return known;
      }
      int now = progress;
      if (now != seen || waitsOutside) {
        seen = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > limits.stuck().toNanos()) {
        end(Ending.Way.STUCK, stuck(), null);
        continue;
      }
      LockSupport.parkNanos(this, WATCH_NANOS);
      if (Thread.interrupted()) {
        end(Ending.Way.FAILED, "the thread that runs the simulation was interrupted", null);
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Gives up the turn: chooses who is next and hands it to who carries that. */
  private void pass(Seat from) {
    try {
      Strand next = choose();
      if (next == null) {
        return;
      }
      Seat seat = seatOf(next);
      if (seat != from) {
        holder = seat.thread();
      }
      seat.hand(() -> run(next, seat));
    } catch (Throwable e) {
      end(Ending.Way.FAILED, e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
  }

  private Seat seatOf(Strand strand) {
    return switch (strand.kind) {
      case TASK, OWN -> {
        StageWorker worker = carriers().worker(strand.worker);
        // What becomes ready after the barrier is no task any more: see LateCarrier.
        yield worker.hasEnded() ? others : worker.seat;
      }
      case JOB -> carriers().jobs();
      case OUTSIDE -> others;
    };
  }

  private void run(Strand strand, Seat seat) {
    running = strand;
    String how;
    Thread thread = strand.thread;
    if (thread == null) {
      carriers().worker(strand.worker).runOwn();
      how = carriers().worker(strand.worker).hasEnded() ? "destroys its values" : "runs calls";
    } else {
      Runnable run = Objects.requireNonNull(strand.run);
      strand.run = null;
      if (seat == others || strand.kind != Strand.Kind.TASK) {
        run.run();
      } else {
        carriers().worker(strand.worker).carry(run);
      }
      how = ready.get(strand.id) == strand ? "yields" : Stacks.how(thread);
      settle(strand, thread);
    }
    running = null;
    if (thread == null || thread != watch) {
      last = strand;
    }
    note(strand, seat, how);
  }

  private void settle(Strand strand, Thread thread) {
    if (VirtualThreads.isTerminated(thread)) {
      strands.remove(thread);
      if (strand.kind == Strand.Kind.TASK) {
        carriers().taskEnded(thread);
      }
    } else if (VirtualThreads.awaitsMonitor(thread) && !ready.containsKey(strand.id)) {
      atMonitors.add(strand);
    }
  }

  /** Keeps a turn for the trace; of the watching thread's looks, if nothing else goes on, none. */
  private void note(Strand strand, Seat seat, String how) {
    Thread thread = strand.thread;
    if (thread != null && thread == watch) {
      alone++;
      if (alone > 1 && !VirtualThreads.isTerminated(thread)) {
        return;
      }
    } else {
      alone = 0;
    }
    String place = detailed && thread != null ? Stacks.place(thread) : null;
    steps.add(
        new Step(steps.size(), strand.label, seat.name, Duration.ofNanos(elapsed()), how, place));
    turns++;
  }

  // ---- Choosing

  @SuppressWarnings("NonAtomicVolatileUpdate") // by who has the turn
  private @Nullable Strand choose() {
    progress++;
    if (ending != null) {
      return null;
    }
    if (turns > limits.turns()) {
      end(
          Ending.Way.TOO_MANY_TURNS,
          "there were more than "
              + limits.turns()
              + " turns: somebody goes round without end, or the bound is too low\n"
              + describe(),
          null);
      return null;
    }
    String broken = brokenInvariant();
    if (broken != null) {
      end(Ending.Way.BROKEN_INVARIANT, broken + "\n" + describe(), null);
      return null;
    }
    takeIn();
    alarms.fire();
    while (ready.isEmpty() || onlyTheWatch()) {
      if (strands.isEmpty()) {
        end(Ending.Way.ALL_ENDED, "", null);
        return null;
      }
      boolean came = onlyTheWatch() ? awaitOthers() : awaitSomething();
      // Who takes the stack of a thread that becomes ready meanwhile is the one who makes it ready.
      if (!came && (ready.isEmpty() || onlyTheWatch())) {
        end(Ending.Way.DEADLOCK, describe(), null);
        return null;
      }
    }
    return pick();
  }

  private boolean onlyTheWatch() {
    return alone > ALONE
        && ready.size() == 1
        && ready.firstEntry().getValue().thread == watch
        && alarms.next() == null;
  }

  /** Takes in what came from other threads, also from the VM's, which may be on its way. */
  private void takeIn() {
    if (!atMonitors.isEmpty()) {
      MonitorFlush.flush();
    }
    for (Runnable each = deliveries.poll(); each != null; each = deliveries.poll()) {
      each.run();
    }
  }

  /** Lets time pass, or waits for others, since nobody can run; false if there is nothing to do. */
  private boolean awaitSomething() {
    Alarms.Alarm next = alarms.next();
    if (next != null) {
      if (!awaitReal(next)) {
        alarms.moveTo(next);
        alarms.fire();
      }
      return true;
    }
    return awaitOthers();
  }

  /** Waits for threads outside; false if nothing came from them. */
  private boolean awaitOthers() {
    Duration least = othersHaveSomething() ? OTHERS : MOMENT;
    Duration patience = limits.outside();
    return awaitDelivery((patience.compareTo(least) < 0 ? least : patience).toNanos());
  }

  /**
   * Says whether somebody waits for a socket, or for a lock or monitor that a thread outside has,
   * as one that flushes a log may, for a moment: who would call that a deadlock would also leave
   * what the waiting one has itself to nobody, for all later runs. The monitor that nobody seems to
   * have was just left; and who waits for nothing any more, and is not ready, is on his way.
   */
  private boolean othersHaveSomething() {
    List<Thread> threads = new ArrayList<>();
    Set<Long> ours = new HashSet<>();
    for (Strand each : strands.values()) {
      if (each.thread != null) {
        if (Stacks.awaitsOutside(each.thread)) {
          return true;
        }
        ours.add(each.thread.threadId());
        if (!ready.containsKey(each.id)) {
          threads.add(each.thread);
        }
      }
    }
    Owners owners = Owners.look(threads);
    for (Thread each : threads) {
      long owner = owners.ownerOf(each);
      Thread.State state = each.getState();
      if (owner < 0
          ? state == Thread.State.BLOCKED || state == Thread.State.RUNNABLE
          : !ours.contains(owner)) {
        return true;
      }
    }
    return false;
  }

  /** Waits until the real clock has got to where an alarm is due; true if something else came. */
  private boolean awaitReal(Alarms.Alarm alarm) {
    long left = alarms.realNanosLeft(alarm);
    return left > 0 && awaitDelivery(left);
  }

  private boolean awaitDelivery(long nanos) {
    long until = System.nanoTime() + nanos;
    waitsOutside = true;
    while (deliveries.isEmpty() && until - System.nanoTime() > 0 && ending == null) {
      LockSupport.parkNanos(this, until - System.nanoTime());
      Thread.interrupted();
    }
    waitsOutside = false;
    boolean came = !deliveries.isEmpty();
    int before = ready.size();
    // Also what the VM has on its way to us.
    takeIn();
    return came || ready.size() > before;
  }

  private Strand pick() {
    List<Strand> candidates = List.copyOf(ready.values());
    Strand ranLast = last;
    int lastIndex = ranLast == null ? -1 : candidates.indexOf(ranLast);
    boolean gaveWay = !atPoint;
    atPoint = false;
    int chosen =
        chooser.next(
            new Choice() {
              @Override
              public int step() {
                return turns;
              }

              @Override
              public int size() {
                return candidates.size();
              }

              @Override
              public int id(int index) {
                return candidates.get(index).id;
              }

              @Override
              public int last() {
                return lastIndex;
              }

              @Override
              public boolean gaveWay() {
                return gaveWay;
              }
            });
    Strand strand = candidates.get(Objects.checkIndex(chosen, candidates.size()));
    ready.remove(strand.id);
    if (candidates.size() > 1) {
      choices.add(chosen);
    }
    int workers = carriers().count();
    if (strand.kind == Strand.Kind.TASK && workers > 1) {
      strand.worker = Objects.checkIndex(chooser.worker(workers, strand.worker), workers);
      choices.add(strand.worker);
    } else if (strand.kind == Strand.Kind.TASK) {
      strand.worker = 0;
    }
    return strand;
  }

  /** Says what must never be, and is. */
  private @Nullable String brokenInvariant() {
    ShutdownPhase phase = carriers().domain().phase();
    String broken = Contract.ofTasks(phase, strands.values());
    for (StageWorker each : carriers().workers()) {
      if (broken == null) {
        broken = Contract.ofValues(phase, each.name(), each.madeCount(), each.destroyedCount());
      }
    }
    return broken;
  }

  // ---- The end

  private synchronized void end(Ending.Way way, String words, @Nullable Throwable cause) {
    if (ending != null) {
      return;
    }
    ending =
        new Ending(
            way,
            words,
            cause,
            new Trace(steps),
            Schedule.of(choices),
            turns,
            Duration.ofNanos(elapsed()));
    LockSupport.unpark(driver.thread());
  }

  /** Describes all threads that are alive: for what they wait, who has that, and their stacks. */
  private String describe() {
    List<Strand> alive = new ArrayList<>(strands.values());
    alive.removeIf(each -> each.thread == watch);
    alive.sort((a, b) -> Integer.compare(a.id, b.id));
    return Standstill.describe(alive, each -> ready.containsKey(each.id));
  }

  /** Says who does not give up the turn; by who watches. */
  private String stuck() {
    Strand strand = running;
    StringBuilder text = new StringBuilder();
    text.append("a turn has not ended for ").append(limits.stuck());
    if (strand == null) {
      return text.append(", and nobody has it").toString();
    }
    text.append(": ")
        .append(strand.label)
        .append(
            " computes, or blocks its carrier: inside with(), a class initialiser or a native call,"
                + " or in a destructor\n");
    Thread thread =
        strand.thread == null ? carriers().worker(strand.worker).thread() : strand.thread;
    Stacks.append(text, thread.getStackTrace());
    return text.toString();
  }
}
