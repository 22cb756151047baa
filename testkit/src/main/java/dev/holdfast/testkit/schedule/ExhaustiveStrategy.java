// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * Every schedule, depth first: a run repeats the choices of the one before up to the last at which
 * something else is left to try, tries that, and from there on always takes the first.
 *
 * <p>The first is the one that ran last, if it could go on, so that the first schedule has no
 * preemption; where no more preemptions are allowed it is the only one.
 */
final class ExhaustiveStrategy implements Strategy {

  /** One choice on the way from the root. */
  private static final class Node {
    private final int options;

    // Which of them was taken in the current run, in the order in which they are tried.
    private int taken;

    Node(int options) {
      this.options = options;
    }
  }

  private final int preemptions;
  private final List<Node> path = new ArrayList<>();
  private boolean begun;

  ExhaustiveStrategy(int preemptions) {
    if (preemptions < 0) {
      throw new IllegalArgumentException("preemptions must not be negative, was " + preemptions);
    }
    this.preemptions = preemptions;
  }

  @Override
  public Chooser begin(long seed) {
    if (begun) {
      advance();
    }
    begun = true;
    return new Walk();
  }

  /** Moves on to the next schedule, which is the first again if all were seen. */
  private void advance() {
    while (!path.isEmpty() && path.getLast().taken + 1 == path.getLast().options) {
      path.removeLast();
    }
    if (!path.isEmpty()) {
      path.getLast().taken++;
    }
  }

  @Override
  public boolean isSeeded() {
    return false;
  }

  @Override
  public boolean isExhausted() {
    return begun && path.stream().allMatch(each -> each.taken + 1 == each.options);
  }

  @Override
  public String toString() {
    return "exhaustive(" + preemptions + ")";
  }

  private final class Walk implements Chooser {

    private int depth;
    private int left = preemptions;

    @Override
    public int next(Choice choice) {
      int last = choice.last();
      int options = last >= 0 && left == 0 ? 1 : choice.size();
      if (depth == path.size()) {
        path.add(new Node(options));
      }
      Node node = path.get(depth);
      if (node.options != options) {
        throw new IllegalStateException(
            "at step "
                + choice.step()
                + " there were "
                + node.options
                + " choices in an earlier run that was the same up to here, and there are "
                + options
                + " now: what is tested depends on more than the schedule");
      }
      depth++;
      if (last < 0) {
        return node.taken;
      }
      if (node.taken > 0) {
        left--;
      }
      // The last one first, then the others in their order.
      return node.taken == 0 ? last : node.taken <= last ? node.taken - 1 : node.taken;
    }

    @Override
    public int worker(int workers, int previous) {
      return (previous + 1) % workers;
    }
  }
}
