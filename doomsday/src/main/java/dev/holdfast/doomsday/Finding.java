// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One thing that an audit found, with its evidence.
 *
 * @param verdict what it is
 * @param what what happened, in a sentence
 * @param way how the runtime was ended
 * @param seed the seed of the round; an audit of one round with it plays the same round again
 * @param stacks stack traces by what they show, such as "use" and "destruction", in order
 */
public record Finding(
    Verdict verdict,
    String what,
    String way,
    long seed,
    Map<String, List<StackTraceElement>> stacks) {

  /** The most frames of a stack that {@link #toString} shows. */
  private static final int SHOWN = 12;

  /** Makes a finding; the stacks are copied. */
  public Finding {
    stacks = new LinkedHashMap<>(stacks);
  }

  @Override
  public Map<String, List<StackTraceElement>> stacks() {
    return new LinkedHashMap<>(stacks);
  }

  /** Says all of it, in several lines. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(verdict).append(": ").append(what);
    text.append("\n  ended by ").append(way).append(", seed ").append(seed);
    stacks.forEach((name, stack) -> {
      text.append("\n  ").append(name).append(':');
      stack.stream().limit(SHOWN).forEach(frame -> text.append("\n    at ").append(frame));
      if (stack.size() > SHOWN) {
        text.append("\n    ... ").append(stack.size() - SHOWN).append(" more");
      }
    });
    return text.toString();
  }
}
