// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a scene is played on: one runtime, the works that it is given, and the threads outside that
 * do something to it.
 *
 * <p>What is random comes from the seed of the round; how the threads run does not.
 */
final class Stage {

  /** For works to begin that may never begin before others end: each new one renews it. */
  private static final Duration BEGINNING = Duration.ofMillis(10);

  /** For one more work to begin, if there is a thread for it. */
  private static final Duration ONE_MORE = Duration.ofMillis(5);

  /** For a call that ends the runtime to begin waiting; one that never waits is not waited for. */
  private static final Duration ASKING = Duration.ofMillis(10);

  /** Gates that are tried for a runtime that has a thread for each of them. */
  private static final int MOST_GATES = 32;

  private final RuntimeAdapter adapter;
  private final String way;
  private final Limits limits;
  private final SplittableRandom random;
  private final Witness witness;
  private final Setup setup;

  // Destructors submit works, too.
  private final Queue<Work> works = new ConcurrentLinkedQueue<>();

  // Added to by the thread of the round; destructors look whether one has returned.
  private final List<Closing> closings = new CopyOnWriteArrayList<>();

  // Used by the thread of the round alone.
  private int worksMade;
  private final List<ForeignHolder> holders = new ArrayList<>();
  private final List<Submitter> submitters = new ArrayList<>();

  private final Judge judge;

  private @Nullable AuditedRuntime runtime;

  Stage(
      RuntimeAdapter adapter,
      Scenario scenario,
      String way,
      long seed,
      Limits limits,
      Witness.Log log) {
    this.adapter = adapter;
    this.way = way;
    this.limits = limits;
    this.random =
        new SplittableRandom(
            seed * 31 + (adapter.name() + "/" + scenario.id() + "/" + way).hashCode());
    this.witness = new Witness(way, seed, log);
    // One thread in eight rounds; values of other threads need two.
    this.setup =
        new Setup(
            random.nextInt(8) == 0 ? 1 : between(2, 4), new Armory(witness), random.nextLong());
    this.judge = new Judge(this);
  }

  /** Starts the runtime, and has each of its threads make values. */
  void start() {
    try {
      runtime = adapter.start(setup);
    } catch (Exception | Error e) {
      throw new AuditSetupException(adapter.name() + " could not be started: " + e, e);
    }
    List<Work> each = submit(threads(), Work.Kind.COMPUTES);
    awaitBegun(each);
    wake(each);
    Waiting.until(
        limits.patience(), () -> each.stream().allMatch(work -> !work.accepted() || work.ended()));
    RuntimeException refusal = witness.refusal();
    if (refusal != null) {
      throw new AuditSetupException(
          adapter.name() + " gave a task no value, although nobody had ended it: " + refusal,
          refusal);
    }
  }

  AuditedRuntime runtime() {
    if (runtime == null) {
      throw new IllegalStateException("the runtime has not been started");
    }
    return runtime;
  }

  // What scenes are made of.

  int threads() {
    return setup.threads();
  }

  int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  String anyWay() {
    return adapter.ways().get(random.nextInt(adapter.ways().size()));
  }

  Limits limits() {
    return limits;
  }

  Queue<Work> works() {
    return works;
  }

  List<Closing> closings() {
    return closings;
  }

  List<Submitter> submitters() {
    return submitters;
  }

  Judge judge() {
    return judge;
  }

  Witness witness() {
    return witness;
  }

  /** Waits for a moment, from none at all to two milliseconds. */
  void pause() {
    switch (random.nextInt(4)) {
      case 0 -> {}
      case 1 -> spin(random.nextInt(20_000));
      case 2 -> spin(random.nextInt(300_000));
      default -> LockSupport.parkNanos(random.nextInt(2_000_000));
    }
  }

  private static void spin(long nanos) {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < nanos) {
      Thread.onSpinWait();
    }
  }

  /** Makes a work that belongs to this round. */
  Work work(Work.Kind kind) {
    SplittableRandom own = new SplittableRandom(random.nextLong());
    return new Work(worksMade++, kind, witness, runtime(), own, Thread.currentThread());
  }

  List<Work> submit(int count, Work.Kind kind) {
    List<Work> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Work work = work(kind);
      submit(work);
      all.add(work);
    }
    return all;
  }

  /** Submits works that compute until one finds no thread: each thread of the runtime has one. */
  List<Work> occupy() {
    List<Work> gates = submit(threads(), Work.Kind.COMPUTES);
    awaitBegun(gates);
    while (gates.size() < MOST_GATES && gates.getLast().begun()) {
      gates.addAll(submit(1, Work.Kind.COMPUTES));
      Waiting.until(ONE_MORE, gates.getLast()::begun);
    }
    return gates;
  }

  /** Submits a work, which the runtime may refuse. Called by any thread. */
  void submit(Work work) {
    submit(work, () -> runtime().submit(work));
  }

  void submitBlocking(Work work) {
    submit(work, () -> runtime().submitBlocking(work));
  }

  void schedule(Work work, Duration delay) {
    submit(work, () -> runtime().schedule(work, delay));
  }

  private void submit(Work work, Supplier<Receipt> submission) {
    works.add(work);
    try {
      work.accepted(submission.get());
    } catch (RuntimeException refusal) {
      // It is not accepted, and nothing is expected of it.
      work.drop(refusal);
    }
  }

  /** Waits until all have begun and are where they wait to be woken, or no more of them do. */
  void awaitBegun(List<Work> begun) {
    long count = -1;
    while (true) {
      long now = begun.stream().filter(Work::arrived).count();
      if (now == begun.size() || now == count) {
        return;
      }
      count = now;
      Waiting.until(BEGINNING, () -> begun.stream().filter(Work::arrived).count() > now);
    }
  }

  /** Wakes these, in any order and with pauses. */
  void wake(List<Work> sleeping) {
    List<Work> shuffled = new ArrayList<>(sleeping);
    Collections.shuffle(shuffled, new Random(random.nextLong()));
    for (Work work : shuffled) {
      work.wake();
      if (random.nextBoolean()) {
        pause();
      }
    }
  }

  /** Has a thread outside end the runtime, in the way of this round. */
  Closing end() {
    return end(way, limits.patience().multipliedBy(4));
  }

  /** Does as {@link #end}, and waits until that call waits for something, or has returned. */
  Closing ask() {
    return ask(limits.patience().multipliedBy(4));
  }

  Closing ask(Duration limit) {
    Closing closing = end(way, limit);
    Waiting.until(limits.patience(), closing::called);
    Waiting.until(ASKING, closing::waits);
    return closing;
  }

  Closing end(String by, Duration limit) {
    Closing closing = closing(by, limit);
    closing.start("closer-" + closings.size());
    return closing;
  }

  /** Has another thread outside end it at the same time, perhaps in another way. */
  void endAlso(String by, Duration limit) {
    witness.endedAlsoBy(by);
    end(by, limit);
  }

  /** Returns a call that ends the runtime, which somebody is to run. */
  Closing closing(String by, Duration limit) {
    Closing closing = new Closing(this, by, limit);
    closings.add(closing);
    return closing;
  }

  String way() {
    return way;
  }

  /** Whether a call that ends the runtime has returned. */
  boolean anyReturned() {
    return closings.stream().anyMatch(Closing::returned);
  }

  /** Waits until a call that ends the runtime has returned. */
  void awaitReturn(Closing closing) {
    Waiting.until(limits.patience(), closing::returned);
  }

  /** Waits a while for such a call to return, which it need not do yet. */
  void awaitFor(Closing closing, Duration limit) {
    Waiting.until(limit, closing::returned);
  }

  /** Has a thread outside use a value until the end of the round. */
  void hold(Reference reference) {
    ForeignHolder holder = new ForeignHolder(reference, witness);
    holders.add(holder);
    holder.start();
  }

  /** Has a thread outside submit these, one after the other, until one is refused. */
  void submitOutside(List<Work> ready) {
    Submitter submitter = new Submitter(this, ready);
    submitters.add(submitter);
    submitter.start();
  }

  // What comes after the scene.

  /** Whether everybody who calls the runtime from outside has come back. */
  boolean allReturned() {
    // A call that a task was to make, and that was refused, never begins.
    return closings.stream().noneMatch(Closing::pending)
        && submitters.stream().allMatch(Submitter::over);
  }

  /** Takes away what works and threads outside may still wait for, or hold. */
  void release() {
    holders.forEach(ForeignHolder::stop);
    works.forEach(Work::wake);
  }

  /** Ends by force what hangs, as far as that can be done. */
  void abandon() {
    release();
    witness.destructor(value -> {});
    boolean over = closings.stream().noneMatch(Closing::pending);
    if (!over || !witness.findings().isEmpty()) {
      for (Closing closing : closings) {
        Thread thread = closing.thread();
        if (closing.pending() && thread != null) {
          thread.interrupt();
        }
      }
      works.stream()
          .filter(Work::underWay)
          .map(Work::thread)
          .filter(thread -> thread != null && thread != Thread.currentThread())
          .forEach(Thread::interrupt);
    }
    if (runtime != null) {
      try {
        runtime.abandon();
      } catch (RuntimeException e) {
        // It is given up anyway; what it did wrong before that has been found.
        return;
      }
    }
  }
}
