// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One runtime from its start to its end: a scene is played on it, then whatever stands in the way
 * of its end is taken away, and what is not as it should be is found.
 *
 * <p>What is random in it comes from its seed; how the threads run does not.
 */
final class Round {

  /** For works to begin that may never begin before others end: each new one renews it. */
  private static final Duration BEGINNING = Duration.ofMillis(25);

  /** For a call that ends the runtime to begin waiting; one that never waits is not waited for. */
  private static final Duration ASKING = Duration.ofMillis(10);

  private static final int MOST_STACKS = 6;

  private final RuntimeAdapter adapter;
  private final Scenario scenario;
  private final String way;
  private final Limits limits;
  private final SplittableRandom random;
  private final Witness witness;
  private final Setup setup;

  // Destructors submit works, too.
  private final Queue<Work> works = new ConcurrentLinkedQueue<>();

  // Used by the thread of the round alone.
  private int worksMade;
  private final List<Closing> closings = new ArrayList<>();
  private final List<ForeignHolder> holders = new ArrayList<>();

  // What was alive when a call said that all is over; written by the threads that made these calls.
  private final Queue<ArmedValue> aliveAtEnd = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean saidEarly = new AtomicBoolean();

  private @Nullable AuditedRuntime runtime;

  Round(
      RuntimeAdapter adapter,
      Scenario scenario,
      String way,
      long seed,
      Limits limits,
      Witness.Log log) {
    this.adapter = adapter;
    this.scenario = scenario;
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
  }

  /** Plays the round and returns what was found. */
  List<Finding> play() throws InterruptedException {
    try {
      start();
      Scenes.play(scenario, this);
      finish();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception | Error e) {
      witness.report(
          Verdict.NOT_DESTROYED, "the runtime broke down: " + e, Map.of("what it threw", e));
    } finally {
      abandon();
    }
    return witness.findings();
  }

  /** Starts the runtime, and has each of its threads make values. */
  void start() throws Exception {
    runtime = adapter.start(setup);
    List<Work> each = submit(threads(), Work.Kind.COMPUTES);
    awaitBegun(each);
    wake(each);
    await(
        limits.patience(), () -> each.stream().allMatch(work -> !work.accepted() || work.ended()));
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
    return new Work(worksMade++, kind, witness, runtime(), own);
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

  /** Waits until all have begun, or no more of them do. */
  void awaitBegun(List<Work> begun) {
    long count = -1;
    while (true) {
      long now = begun.stream().filter(Work::begun).count();
      if (now == begun.size() || now == count) {
        return;
      }
      count = now;
      await(BEGINNING, () -> begun.stream().filter(Work::begun).count() > now);
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
    await(ASKING, closing::waits);
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

  /** Waits until a call that ends the runtime has returned. */
  void awaitReturn(Closing closing) {
    await(limits.patience(), closing::returned);
  }

  /** Waits a while for such a call to return, which it need not do yet. */
  void awaitFor(Closing closing, Duration limit) {
    await(limit, closing::returned);
  }

  /** Has a thread outside use a value until the end of the round. */
  void hold(Reference reference) {
    ForeignHolder holder = new ForeignHolder(reference, witness);
    holders.add(holder);
    holder.start();
  }

  // What comes after the scene.

  /** Noted by a thread whose call has just said that all is over. */
  void claimed(String by) {
    aliveAtEnd.addAll(witness.alive());
    for (Work work : works) {
      Thread thread = work.thread();
      if (work.accepted()
          && work.running()
          && thread != null
          && saidEarly.compareAndSet(false, true)) {
        witness.reportStacks(
            Verdict.EARLY_RETURN,
            by + " said that all is over while " + work + " ran on " + Witness.name(thread),
            Map.of("task", Arrays.asList(thread.getStackTrace())));
      }
    }
  }

  /** Takes away what may stand in the way of the end, waits for it, and judges. */
  void finish() throws InterruptedException {
    if (closings.stream().noneMatch(closing -> closing.way().equals(way))) {
      end();
    }
    holders.forEach(ForeignHolder::stop);
    release();
    if (!await(limits.patience(), () -> closings.stream().noneMatch(this::hangs))) {
      reportHang();
      return;
    }
    if (closings.stream().noneMatch(closing -> closing.ending() == Ending.COMPLETE)
        && closings.stream().anyMatch(closing -> closing.ending() == Ending.TIMED_OUT)) {
      // The bounded wait of the scene is over; now it can end.
      end();
      if (!await(limits.patience(), () -> closings.stream().noneMatch(this::hangs))) {
        reportHang();
        return;
      }
    }
    await(limits.grace(), this::settled);
    await(limits.patience(), () -> works.stream().noneMatch(Work::running) || settled());
    judge();
  }

  private boolean hangs(Closing closing) {
    // A call that a task was to make, and that was refused, never begins.
    return closing.pending();
  }

  /** Wakes everything that is still suspended, over and over since works may begin late. */
  void release() {
    works.forEach(Work::wake);
  }

  private boolean settled() {
    release();
    return works.stream().allMatch(work -> !work.accepted() || work.resolved())
        && witness.alive().isEmpty();
  }

  private void judge() {
    for (Work work : works) {
      if (work.accepted() && !work.resolved()) {
        Thread thread = work.thread();
        witness.reportStacks(
            Verdict.STRANDED,
            work
                + (work.begun()
                    ? " was woken and did not go on"
                    : " was accepted and was not begun")
                + ", and its submitter was not told",
            thread == null ? Map.of() : stacks(List.of(thread)));
      }
    }
    List<ArmedValue> alive = witness.alive();
    if (!alive.isEmpty()) {
      Thread owner = alive.getFirst().owner().thread();
      witness.reportStacks(
          Verdict.NOT_DESTROYED,
          count(alive.size(), "value")
              + " never destroyed, "
              + limits.grace().toMillis()
              + " ms after the last task; the first: "
              + alive.getFirst()
              + thrown(),
          owner == null ? Map.of() : stacks(List.of(owner)));
      return;
    }
    ArmedValue early = aliveAtEnd.peek();
    if (early != null) {
      witness.reportStacks(
          Verdict.EARLY_RETURN,
          way
              + " said that all is over before "
              + count(aliveAtEnd.size(), "value")
              + " destroyed; the first: "
              + early,
          Map.of("destruction, later", early.destruction()));
    }
  }

  private static String count(int count, String noun) {
    return count == 1 ? "1 " + noun + " was" : count + " " + noun + "s were";
  }

  /** What the calls threw, as the end of a sentence. */
  private String thrown() {
    StringBuilder text = new StringBuilder();
    for (Closing closing : closings) {
      if (closing.thrown() != null) {
        text.append("; ").append(closing.way()).append(" threw ").append(closing.thrown());
      }
    }
    return text.toString();
  }

  private void reportHang() {
    List<Thread> threads = new ArrayList<>();
    for (Closing closing : closings) {
      Thread thread = closing.thread();
      if (closing.pending() && thread != null) {
        threads.add(thread);
      }
    }
    String names =
        String.join(
            ", ", closings.stream().filter(Closing::pending).map(Closing::way).distinct().toList());
    witness.threads().stream().filter(thread -> !threads.contains(thread)).forEach(threads::add);
    witness.reportStacks(
        Verdict.HANG,
        names
            + " did not return within "
            + limits.patience().toMillis()
            + " ms, with nothing left to wait for",
        stacks(threads));
  }

  private static Map<String, List<StackTraceElement>> stacks(List<Thread> threads) {
    Map<String, List<StackTraceElement>> stacks = new LinkedHashMap<>();
    for (Thread thread : threads) {
      StackTraceElement[] stack = thread.getStackTrace();
      if (stack.length > 0 && stacks.size() < MOST_STACKS) {
        stacks.put(Witness.name(thread), Arrays.asList(stack));
      }
    }
    return stacks;
  }

  /** Ends by force what hangs, as far as that can be done. */
  private void abandon() {
    release();
    holders.forEach(ForeignHolder::stop);
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
          .forEach(thread -> {
            if (thread != null) {
              thread.interrupt();
            }
          });
    }
    if (runtime != null) {
      try {
        runtime.abandon();
      } catch (RuntimeException e) {
        // It is given up anyway, and what it did wrong before has been found.
        witness.destructor(value -> {});
      }
    }
  }

  /** Waits by looking, with short pauses: what is waited for has nobody who would say so. */
  static boolean await(Duration limit, BooleanSupplier condition) {
    long begin = System.nanoTime();
    long nanos = TimeUnit.NANOSECONDS.convert(limit);
    for (int i = 0; !condition.getAsBoolean(); i++) {
      if (System.nanoTime() - begin > nanos) {
        return condition.getAsBoolean();
      }
      if (i < 50) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(Math.min(i * 1_000L, 1_000_000));
      }
    }
    return true;
  }
}
