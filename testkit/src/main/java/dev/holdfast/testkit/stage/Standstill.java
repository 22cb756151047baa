// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Words for a stage on which nothing goes on: who waits for what, and who for whom. */
final class Standstill {

  private Standstill() {}

  /**
   * Describes threads.
   *
   * @param alive those that have not ended, all with a thread
   * @param couldRun whether one of them waits for nothing but its turn
   */
  static String describe(List<Strand> alive, Predicate<Strand> couldRun) {
    Map<Long, Strand> byThread = new HashMap<>();
    alive.forEach(each -> byThread.put(thread(each).threadId(), each));
    Owners owners = Owners.look(alive.stream().map(Standstill::thread).toList());
    Map<Strand, Strand> waitsFor = new HashMap<>();
    StringBuilder text = new StringBuilder();
    for (Strand each : alive) {
      Thread thread = thread(each);
      text.append("    ").append(each.label);
      if (each.worker >= 0) {
        text.append(", last on worker-").append(each.worker);
      }
      boolean waits = !couldRun.test(each);
      text.append(waits ? ", " + Stacks.how(thread) : ", could run");
      long owner = waits ? owners.ownerOf(thread) : -1;
      if (owner >= 0) {
        Strand its = byThread.get(owner);
        text.append(", which ")
            .append(its == null ? "a thread outside, #" + owner + "," : its.label)
            .append(" has");
        if (its != null) {
          waitsFor.put(each, its);
        }
      }
      text.append('\n');
      Stacks.append(text, thread.getStackTrace());
    }
    List<Strand> circle = circle(alive, waitsFor);
    return (circle.isEmpty() ? "" : words(circle)) + text;
  }

  private static Thread thread(Strand strand) {
    return Objects.requireNonNull(strand.thread);
  }

  /** Returns those that wait for each other in a circle, or an empty list. */
  private static List<Strand> circle(List<Strand> alive, Map<Strand, Strand> waitsFor) {
    for (Strand first : alive) {
      List<Strand> way = new ArrayList<>();
      @Nullable Strand next = first;
      while (next != null && !way.contains(next)) {
        way.add(next);
        next = waitsFor.get(next);
      }
      if (next == first) {
        return way;
      }
    }
    return List.of();
  }

  private static String words(List<Strand> circle) {
    StringBuilder text = new StringBuilder("    in a circle: ");
    for (Strand each : circle) {
      text.append(each.label).append(" waits for ");
    }
    return text.append(circle.getFirst().label).append('\n').toString();
  }
}
