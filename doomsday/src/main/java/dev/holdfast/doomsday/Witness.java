// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sees what happens to the values and works of one round, and keeps what should not have happened.
 *
 * <p>Its methods are called by all threads of the round.
 */
final class Witness {

  /** Findings of one kind that are kept; more of them say nothing new. */
  private static final int MOST_OF_A_KIND = 4;

  /** References that works share; enough for some of each thread. */
  private static final int MOST_SHARED = 64;

  private static final Comparator<String> USE_FIRST =
      Comparator.<String, Boolean>comparing(name -> !name.equals("use"))
          .thenComparing(Comparator.naturalOrder());

  // In words; more than one where several threads end the runtime. Set by the round.
  private volatile String way;
  private final long seed;
  private final Log log;

  private final Queue<Finding> findings = new ConcurrentLinkedQueue<>();
  private final Queue<ArmedValue> values = new ConcurrentLinkedQueue<>();

  // The ordered values of each owner that are not destroyed yet, last made first; each deque is
  // guarded by itself.
  private final Map<Owner, ArrayDeque<ArmedValue>> stacks = new ConcurrentHashMap<>();

  private final Map<Thread, Owner> owners = new ConcurrentHashMap<>();

  private final Set<ArmedValue> shared = ConcurrentHashMap.newKeySet();
  private final List<Reference> board = new CopyOnWriteArrayList<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  // Set by works, read by the round: any of them will do.
  private volatile @Nullable RuntimeException refusal;

  // Set by the round before the runtime is ended, read by destructors.
  private volatile Consumer<ArmedValue> destructor = value -> {};

  /** Is told of each value and finding as it happens, for who cannot wait for the end. */
  interface Log {
    /** What keeps no log. */
    Log NONE =
        new Log() {
          @Override
          public void made(ArmedValue value) {}

          @Override
          public void gone(ArmedValue value) {}

          @Override
          public void found(Finding finding) {}
        };

    void made(ArmedValue value);

    void gone(ArmedValue value);

    void found(Finding finding);
  }

  Witness(String way, long seed, Log log) {
    this.way = way;
    this.seed = seed;
    this.log = log;
  }

  void endedAlsoBy(String other) {
    way = way + " and " + other;
  }

  void made(ArmedValue value) {
    values.add(value);
    if (value.ordered()) {
      ArrayDeque<ArmedValue> stack =
          stacks.computeIfAbsent(value.owner(), owner -> new ArrayDeque<>());
      synchronized (stack) {
        stack.push(value);
      }
    }
    log.made(value);
  }

  void destroyed(ArmedValue value, Throwable place) {
    ArrayDeque<ArmedValue> stack = value.ordered() ? stacks.get(value.owner()) : null;
    if (stack == null) {
      return;
    }
    ArmedValue last;
    synchronized (stack) {
      last = stack.peek();
      stack.remove(value);
    }
    if (last != value && last != null) {
      report(
          Verdict.WRONG_ORDER,
          value + " was destroyed before " + last + ", which was made later",
          Map.of("destruction", place));
    }
  }

  void gone(ArmedValue value) {
    log.gone(value);
  }

  Consumer<ArmedValue> destructor() {
    return destructor;
  }

  /** Has each destructor do this, too. */
  void destructor(Consumer<ArmedValue> action) {
    destructor = action;
  }

  /** Lets other works use this reference. */
  void publish(Reference reference) {
    if (board.size() < MOST_SHARED && shared.add(reference.get())) {
      board.add(reference);
    }
  }

  @Nullable Reference anyReference(SplittableRandom random) {
    // A copy on write never shrinks.
    int size = board.size();
    return size == 0 ? null : board.get(random.nextInt(size));
  }

  void runsOn(Thread thread) {
    threads.add(thread);
  }

  /** Every thread that has run a part of a work, and every owner of a value. */
  List<Thread> threads() {
    List<Thread> all = new ArrayList<>(threads);
    for (Owner owner : stacks.keySet()) {
      Thread thread = owner.thread();
      if (thread != null && !threads.contains(thread)) {
        all.add(thread);
      }
    }
    return all;
  }

  /** The owner that a thread is, the same for all its values. */
  Owner owner(Thread thread) {
    return owners.computeIfAbsent(thread, Owner::of);
  }

  /** How many values are gone. */
  long gone() {
    return values.stream().filter(ArmedValue::gone).count();
  }

  List<ArmedValue> alive() {
    return values.stream().filter(value -> !value.gone()).toList();
  }

  /** A refusal that a work met, or null. */
  @Nullable RuntimeException refusal() {
    return refusal;
  }

  void refused(Work work, String what, RuntimeException refusal) {
    this.refusal = refusal;
    report(
        Verdict.USE_AFTER_DESTROY,
        work + " was refused " + what + " while it was running: " + refusal,
        Map.of("use", refusal));
  }

  void hurt(Work work, Throwable thrown) {
    report(
        Verdict.WAKER_HURT,
        "who woke " + work + " was thrown " + thrown,
        Map.of("wake-up", thrown));
  }

  void report(Verdict verdict, String what, Map<String, Throwable> places) {
    Map<String, List<StackTraceElement>> stacks = new LinkedHashMap<>();
    places.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(USE_FIRST))
        .forEach(
            place -> stacks.put(place.getKey(), Arrays.asList(place.getValue().getStackTrace())));
    reportStacks(verdict, what, stacks);
  }

  void reportStacks(Verdict verdict, String what, Map<String, List<StackTraceElement>> stacks) {
    if (findings.stream().filter(known -> known.verdict() == verdict).count() < MOST_OF_A_KIND) {
      Finding finding = new Finding(verdict, what, way, seed, stacks);
      findings.add(finding);
      log.found(finding);
    }
  }

  List<Finding> findings() {
    return List.copyOf(findings);
  }

  static String name(Thread thread) {
    String name = thread.getName();
    return (thread.isVirtual() ? "virtual thread " : "thread ")
        + (name.isEmpty() ? "#" + thread.threadId() : "'" + name + "'");
  }
}
