// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes away whatever may stand in the way of a runtime's end, waits for that, and finds what is
 * not as it should be. What happens to values and works meanwhile the witness sees.
 */
final class Judge {

  private static final int MOST_STACKS = 6;

  /** A value that was alive when a call said that all is over. */
  private record Early(String by, ArmedValue value) {}

  private final Stage stage;
  private final Witness witness;
  private final Limits limits;

  // What was alive when a call said that all is over; written by the threads that made these calls.
  private final Queue<Early> aliveAtEnd = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean saidEarly = new AtomicBoolean();

  Judge(Stage stage) {
    this.stage = stage;
    this.witness = stage.witness();
    this.limits = stage.limits();
  }

  /** Noted by a thread whose call has just said that all is over. */
  void claimed(String by) {
    for (ArmedValue value : witness.alive()) {
      aliveAtEnd.add(new Early(by, value));
    }
    for (Work work : stage.works()) {
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
  void finish() {
    if (stage.closings().stream().noneMatch(closing -> closing.way().equals(stage.way()))) {
      stage.end();
    }
    stage.release();
    if (!Waiting.until(limits.patience(), stage::allReturned)) {
      reportHang();
      return;
    }
    if (stage.closings().stream().noneMatch(closing -> closing.ending() == Ending.COMPLETE)
        && stage.closings().stream().anyMatch(closing -> closing.ending() == Ending.TIMED_OUT)) {
      // The bounded wait of the scene is over; now it can end.
      stage.end();
      if (!Waiting.until(limits.patience(), stage::allReturned)) {
        reportHang();
        return;
      }
    }
    while (!settled()) {
      // As long as something goes on, what is missing may just be late.
      long before = progress();
      BooleanSupplier goesOn = () -> progress() != before || settled();
      if (!Waiting.until(limits.grace(), goesOn)
          && !(stage.works().stream().anyMatch(Work::running)
              && Waiting.until(limits.patience(), goesOn))) {
        break;
      }
    }
    judge();
  }

  /** Grows with each step that a work or a destructor makes. */
  private long progress() {
    long steps = witness.gone();
    for (Work work : stage.works()) {
      steps += work.begun() ? 1 : 0;
      steps += work.ended() ? 1 : 0;
    }
    return steps;
  }

  private boolean settled() {
    stage.release();
    return stage.works().stream().allMatch(work -> !work.accepted() || work.resolved())
        && witness.alive().isEmpty();
  }

  private void judge() {
    for (Work work : stage.works()) {
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
    Early early = aliveAtEnd.peek();
    if (early != null) {
      long many = aliveAtEnd.stream().filter(other -> other.by.equals(early.by)).count();
      witness.reportStacks(
          Verdict.EARLY_RETURN,
          early.by
              + " said that all is over before "
              + count(many, "value")
              + " destroyed; the first: "
              + early.value,
          Map.of("destruction, later", early.value.destruction()));
    }
  }

  private static String count(long count, String noun) {
    return count == 1 ? "1 " + noun + " was" : count + " " + noun + "s were";
  }

  /** What the calls threw, as the end of a sentence. */
  private String thrown() {
    StringBuilder text = new StringBuilder();
    for (Closing closing : stage.closings()) {
      if (closing.thrown() != null) {
        text.append("; ").append(closing.way()).append(" threw ").append(closing.thrown());
      }
    }
    return text.toString();
  }

  private void reportHang() {
    Set<String> calls = new LinkedHashSet<>();
    List<@Nullable Thread> threads = new ArrayList<>();
    for (Closing closing : stage.closings()) {
      if (closing.pending()) {
        calls.add(closing.way());
        threads.add(closing.thread());
      }
    }
    for (Submitter submitter : stage.submitters()) {
      if (!submitter.over()) {
        calls.add("a submission");
        threads.add(submitter.thread());
      }
    }
    threads.addAll(witness.threads());
    witness.reportStacks(
        Verdict.HANG,
        String.join(" and ", calls)
            + " did not return within "
            + limits.patience().toMillis()
            + " ms after every task had been woken",
        stacks(threads));
  }

  private static Map<String, List<StackTraceElement>> stacks(List<@Nullable Thread> threads) {
    Map<String, List<StackTraceElement>> stacks = new LinkedHashMap<>();
    for (Thread thread : new LinkedHashSet<>(threads)) {
      StackTraceElement[] stack =
          thread == null ? new StackTraceElement[0] : thread.getStackTrace();
      if (stack.length > 0 && stacks.size() < MOST_STACKS) {
        stacks.put(Witness.name(thread), Arrays.asList(stack));
      }
    }
    return stacks;
  }
}
